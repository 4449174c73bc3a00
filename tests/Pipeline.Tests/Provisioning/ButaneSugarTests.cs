using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>What exists only in Butane: sugar, its rules and its warnings, with places in the YAML.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ButaneSugarTests
{
    private const string Fcos15 = "variant: fcos\nversion: 1.5.0\n";

    [TestCase("variant: fcos\n", "1:1 PL7201")]
    [TestCase("version: 1.5.0\n", "1:1 PL7200")]
    [TestCase("variant: openshift\nversion: 4.14.0\n", "1:10 PL7203 variant")]
    [TestCase("variant: r4e\nversion: 1.1.0\n", "1:10 PL7203 variant")]
    [TestCase("variant: fiot\nversion: 1.0.0\n", "1:10 PL7203 variant")]
    [TestCase("variant: rhcos\nversion: 0.1.0\n", "1:10 PL7203 variant")]
    [TestCase("variant: fkos\nversion: 1.6.0\n", "2:10 PL7202 version")]
    [TestCase("variant: fcos\nversion: 1.9.0\n", "2:10 PL7202")]
    [TestCase("- a\n", "1:1 PL7001")]
    [TestCase("# nothing\n", "1:1 PL7007")]
    [TestCase(
        Fcos15 + "storage:\n  files:\n    - path: /a\n      contents:\n        source: https://example.com\n        inline: z\n",
        "7:17 PL7210 storage.files.0.contents.source"
    )]
    [TestCase(
        Fcos15 + "systemd:\n  units:\n    - name: a.service\n      contents: x\n      contents_local: y\n",
        "7:23 PL7211 systemd.units.0.contents_local"
    )]
    [TestCase(
        Fcos15 + "storage:\n  files:\n    - path: /a\n      contents:\n        local: missing\n",
        "7:16 PL7213 storage.files.0.contents.local"
    )]
    [TestCase(
        Fcos15 + "storage:\n  files:\n    - path: /a\n      contents:\n        local: ../up\n",
        "7:16 PL7215 storage.files.0.contents.local"
    )]
    [TestCase(Fcos15 + "storage:\n  trees:\n    - path: /a\n", "5:7 PL7230 storage.trees.0")]
    [TestCase(Fcos15 + "storage:\n  trees:\n    - local: overlay/../..\n", "5:14 PL7215 storage.trees.0.local")]
    [TestCase(
        Fcos15 + "storage:\n  trees:\n    - local: overlay\n  files:\n    - path: /site.toml\n      contents:\n        inline: x\n",
        "5:7 PL7232 storage.trees.0"
    )]
    [TestCase(
        Fcos15 + "storage:\n  filesystems:\n    - device: /dev/a\n      with_mount_unit: true\n",
        "5:7 PL7222 storage.filesystems.0.format"
    )]
    [TestCase(
        Fcos15 + "storage:\n  filesystems:\n    - device: /dev/a\n      format: xfs\n      with_mount_unit: true\n",
        "5:7 PL7221 storage.filesystems.0.path"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.3.0\nstorage:\n  filesystems:\n    - device: /dev/a\n      format: swap\n      with_mount_unit: true\n",
        "5:7 PL7221 storage.filesystems.0.path"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.6.0\nstorage:\n  filesystems:\n    - device: /dev/a\n      format: xfs\n      path: /varnish\n"
            + "      with_mount_unit: true\n",
        "7:13 PL7223 storage.filesystems.0.path"
    )]
    [TestCase(Fcos15 + "boot_device:\n  layout: s390x-virt\n", "4:11 PL7240 boot_device.layout")]
    [TestCase(Fcos15 + "boot_device:\n  mirror:\n    devices: [/dev/a]\n", "5:14 PL7241 boot_device.mirror.devices")]
    [TestCase(
        "variant: fcos\nversion: 1.6.0\nboot_device:\n  layout: s390x-zfcp\n  luks:\n    device: /dev/sda\n    tpm2: true\n  mirror:\n"
            + "    devices: [/dev/sda, /dev/sdb]\n",
        "4:11 PL7242 boot_device.layout"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.6.0\nboot_device:\n  layout: s390x-eckd\n  luks:\n    device: /dev/sda\n    tpm2: true\n",
        "4:11 PL7243 boot_device.layout"
    )]
    [TestCase("variant: fcos\nversion: 1.6.0\nboot_device:\n  luks:\n    cex:\n      enabled: true\n", "6:7 PL7244 boot_device.luks.cex")]
    [TestCase(
        "variant: fcos\nversion: 1.6.0\nboot_device:\n  layout: s390x-virt\n  luks:\n    tpm2: true\n    cex:\n      enabled: true\n",
        "6:5 PL7245 boot_device.luks"
    )]
    [TestCase("variant: fcos\nversion: 1.7.0\nboot_device:\n  mirror:\n    devices: [/dev/a, /dev/b]\n", "5:5 PL7247 boot_device.mirror")]
    [TestCase(Fcos15 + "grub:\n  users:\n    - password_hash: x\n", "5:7 PL7250 grub.users.0.name")]
    [TestCase(Fcos15 + "grub:\n  users:\n    - name: x\n", "5:7 PL7251 grub.users.0.password_hash")]
    [TestCase(
        "variant: fcos\nversion: 1.8.0-experimental\nsystemd:\n  quadlets:\n    - name: a.service\n",
        "5:13 PL7252 systemd.quadlets.0.name"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.8.0-experimental\nsystemd:\n  quadlets:\n    - name: a@b.container\n      contents: x\n",
        "6:17 PL7253 systemd.quadlets.0.contents"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.8.0-experimental\nsystemd:\n  quadlets:\n    - name: a.container\n      contents: x\n"
            + "    - name: a.container\n",
        "7:7 PL7232 systemd.quadlets.1"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.8.0-experimental\nsystemd:\n  quadlets:\n    - name: a.container\n      dropins:\n"
            + "        - name: b.conf\n          contents: x\n          contents_local: y\n",
        "9:27 PL7211 systemd.quadlets.0.dropins.0.contents_local"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.7.0\nboot_device:\n  layout: x86_64\n  luks:\n    device: /dev/sda\n",
        "6:5 PL7246 boot_device.luks"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.8.0-experimental\nignition:\n  config:\n    merge:\n      - local: motd\n",
        "6:16 PL7216 ignition.config.merge.0.local"
    )]
    [TestCase(
        "variant: flatcar\nversion: 1.1.0\nstorage:\n  luks:\n    - name: a\n      device: /dev/a\n      clevis:\n        tpm2: true\n",
        "8:9 PL7260 storage.luks.0.clevis"
    )]
    [TestCase(
        "variant: flatcar\nversion: 1.2.0-experimental\nstorage:\n  luks:\n    - name: a\n      device: /dev/a\n      cex:\n"
            + "        enabled: true\n",
        "8:9 PL7261 storage.luks.0.cex"
    )]
    [TestCase(
        "variant: flatcar\nversion: 1.2.0-experimental\nignition:\n  config:\n    merge:\n      - local: motd\n",
        "6:16 PL7216 ignition.config.merge.0.local"
    )]
    [TestCase(Fcos15 + "ignition:\n  config:\n    merge:\n      - inline: xyzzy\n", "6:17 PL7216 ignition.config.merge.0.inline")]
    [TestCase(Fcos15 + "storage:\n  files:\n    - path: z\n", "5:13 PL7101 storage.files.0.path")]
    [TestCase(Fcos15 + "storage:\n  files:\n    - path: /z\n    - path: /z\n", "6:7 PL7103 storage.files.1")]
    [TestCase(
        Fcos15 + "storage:\n  disks:\n    - device: /dev/z\n      wipe_table: true\n      partitions:\n        - start_mib: 5\n",
        "8:11 PL7141 storage.disks.0.partitions.0"
    )]
    public void A_broken_rule_is_reported_where_the_user_wrote_it(string yaml, string expected)
    {
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Transpile("c.bu", yaml, TestFiles.Options, problems), Is.Null);
        Assert.That(
            problems
                .Items.Where(d => d.Severity == Severity.Error)
                .Select(d => $"{d.Span?.Line}:{d.Span?.Column} {d.Code} {d.Path}".Trim()),
            Has.Some.StartsWith(expected)
        );
    }

    [TestCase(Fcos15 + "storage:\n  files:\n    - path: /z\n      q: z\n", "6:7 PL7002 storage.files.0.q")]
    [TestCase(Fcos15 + "storage:\n  files:\n    - path: /z\n      mode: 444\n", "6:13 PL7220 storage.files.0.mode")]
    [TestCase(Fcos15 + "storage:\n  directories:\n    - path: /z\n      mode: 755\n", "6:13 PL7220 storage.directories.0.mode")]
    [TestCase(
        "variant: fcos\nversion: 1.6.0\nstorage:\n  disks:\n    - device: /dev/a\n      partitions:\n        - label: x\n",
        "7:11 PL7224 storage.disks.0.partitions.0.number"
    )]
    [TestCase(
        Fcos15 + "storage:\n  disks:\n    - device: /dev/a\n      partitions:\n        - label: root\n          number: 3\n",
        "7:18 PL7225 storage.disks.0.partitions.0.label"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.8.0-experimental\nstorage:\n  disks:\n    - device: /dev/a\n      wipe_table: true\n"
            + "      partitions:\n        - label: root\n          size_mib: 100\n",
        "9:21 PL7226 storage.disks.0.partitions.0.size_mib"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.8.0-experimental\nstorage:\n  disks:\n    - device: /dev/a\n      wipe_table: true\n"
            + "      partitions:\n        - label: root\n        - label: var\n",
        "8:18 PL7227 storage.disks.0.partitions.0.label"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.0.0\nstorage:\n  disks:\n    - device: /dev/a\n      partitions:\n        - label: EFI-SYSTEM\n",
        "7:18 PL7225 storage.disks.0.partitions.0.label"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.1.0\nstorage:\n  disks:\n    - device: /dev/a\n      partitions:\n        - label: boot\n",
        "7:18 PL7225 storage.disks.0.partitions.0.label"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.2.0\nstorage:\n  disks:\n    - device: /dev/a\n      partitions:\n        - number: 0\n"
            + "          label: root\n          size_mib: 12000\n",
        "8:18 PL7225 storage.disks.0.partitions.0.label"
    )]
    [TestCase(
        Fcos15
            + "systemd:\n  units:\n    - {name: say@one.service, enabled: true}\n    - name: say@.service\n"
            + "      contents: |\n        [Service]\n        ExecStart=/bin/echo %i\n",
        "7:17 PL7174 systemd.units.1.contents"
    )]
    [TestCase(
        Fcos15 + "ignition:\n  config:\n    merge:\n      - inline: '{\"ignition\":{\"version\":\"3.4.0\"},\"storage\":{\"a\":1}}'\n",
        "6:17 PL7218 ignition.config.merge.0.inline"
    )]
    [TestCase(
        Fcos15 + "ignition:\n  config:\n    replace:\n      inline: '{\"ignition\":{\"version\":\"3.4.0\"},\"storage\":{\"a\":1}}'\n",
        "6:15 PL7218 ignition.config.replace.inline"
    )]
    [TestCase("variant: fcos\nversion: 1.3.0\nboot_device:\n  mirror:\n    devices: [/dev/a, /dev/b]\n", "5:5 PL7247 boot_device.mirror")]
    [TestCase("variant: fcos\nversion: 1.6.0\nboot_device:\n  mirror:\n    devices: [/dev/a, /dev/b]\n", "5:5 PL7247 boot_device.mirror")]
    [TestCase(Fcos15 + "ignition:\n  config:\n    merge:\n      - local: motd\n", "6:16 PL7216 ignition.config.merge.0.local")]
    [TestCase(
        Fcos15 + "ignition:\n  config:\n    merge:\n      - inline: '{\"ignition\": {\"version\": \"3.99.0\"}}'\n",
        "6:17 PL7217 ignition.config.merge.0.inline"
    )]
    [TestCase("variant: flatcar\nversion: 1.0.0\nboot_device:\n  layout: x86_64\n", "3:1 PL7002 boot_device")]
    [TestCase("variant: fcos\nversion: 1.2.0\nboot_device:\n  layout: x86_64\n", "3:1 PL7002 boot_device")]
    [TestCase("variant: fcos\nversion: 1.0.0\nstorage:\n  trees: []\n", "4:3 PL7002 storage.trees")]
    public void What_is_suspicious_is_a_warning_where_the_user_wrote_it(string yaml, string expected)
    {
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Transpile("c.bu", yaml, TestFiles.Options, problems), Is.Not.Null, string.Join('\n', problems.Items));
        Assert.That(problems.Items.Select(d => $"{d.Span?.Line}:{d.Span?.Column} {d.Code} {d.Path}"), Has.Some.EqualTo(expected));
    }

    [TestCase(
        Fcos15
            + "boot_device:\n  layout: x86_64\n  mirror:\n    devices: [/dev/a, /dev/b]\nstorage:\n  disks:\n    - device: /dev/a\n"
            + "      partitions:\n        - label: var-1\n"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.2.0\nstorage:\n  disks:\n    - device: /dev/a\n      partitions:\n        - label: root\n"
            + "          number: 4\n          size_mib: 100\n"
    )]
    [TestCase(
        Fcos15
            + "storage:\n  disks:\n    - device: /dev/a\n      wipe_table: true\n      partitions:\n        - {label: bios, size_mib: 1}\n"
            + "        - {label: boot, size_mib: 2048}\n        - {label: root}\n"
    )]
    [TestCase(
        "variant: flatcar\nversion: 1.0.0\nstorage:\n  disks:\n    - device: /dev/vda\n      wipe_table: false\n      partitions:\n"
            + "        - {number: 9, label: ROOT, size_mib: 512, resize: true}\n        - {number: 0, label: A, size_mib: 64}\n"
            + "        - {number: 0, label: B, size_mib: 0}\n"
    )]
    [TestCase(
        "variant: fcos\nversion: 1.8.0-experimental\nstorage:\n  disks:\n    - device: /dev/disk/by-id/coreos-boot-disk\n"
            + "      partitions:\n"
            + "        - {number: 4, label: root, size_mib: 9000, resize: true}\n"
            + "        - {number: 7, should_exist: false, wipe_partition_entry: true}\n        - {label: var}\n"
    )]
    [TestCase(
        "variant: flatcar\nversion: 1.2.0-experimental\nstorage:\n  luks:\n    - name: a\n      device: /dev/a\n      clevis:\n"
            + "        tang: [{url: 'https://tang.example', thumbprint: x}]\n"
    )]
    [TestCase(
        Fcos15
            + "systemd:\n  units:\n    - {name: a@one.service, enabled: true}\n    - name: a@.service\n      contents: |\n"
            + "        [Service]\n        ExecStart=/bin/echo\n        [Install]\n        WantedBy=multi-user.target\n"
            + "    - {name: b@one.service, enabled: false}\n    - {name: b@.service, contents: \"[A]\\nb=c\"}\n"
            + "    - {name: c@one.service, enabled: true}\n    - name: c@.service\n      contents: \"[A]\\nb=c\"\n"
            + "      dropins: [{name: d.conf, contents: \"[Install]\\nWantedBy=x.target\"}]\n"
            + "    - {name: e@one.service, enabled: true, contents: \"[Install]\\nWantedBy=x.target\"}\n"
            + "    - {name: e@.service, contents: \"[A]\\nb=c\"}\n    - {name: f@one.service, enabled: true}\n"
    )]
    [TestCase("variant: fcos\nversion: 1.7.0\nboot_device:\n  layout: x86_64\n  luks:\n    device: /dev/sda\n    tpm2: true\n")]
    [TestCase("variant: fcos\nversion: 1.6.0\nboot_device:\n  layout: s390x-eckd\n  luks:\n    device: /dev/dasdz\n")]
    [TestCase("variant: flatcar\nversion: 1.1.0\nstorage:\n  luks:\n    - name: a\n      device: /dev/a\n      clevis: {}\n")]
    public void What_butane_takes_without_a_word_is_taken_so(string yaml)
    {
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Transpile("c.bu", yaml, TestFiles.Options, problems), Is.Not.Null, string.Join('\n', problems.Items));
        Assert.That(problems.Items, Is.Empty);
    }

    [Test]
    public void Quadlets_become_files_links_and_drop_ins()
    {
        var config = TestFiles.Transpile(
            """
            variant: fcos
            version: 1.8.0-experimental
            systemd:
              quadlets:
                - {name: a@.container, contents: "[Container]\n", rootful: true}
                - {name: a@1.2.container, rootful: true}
                - {name: sub/b.pod, dropins: [{name: x.conf, contents: y}]}
            """
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                config.Storage.Files.Select(f => (f.Path, f.Mode)),
                Is.EqualTo([
                    ("/etc/containers/systemd/a@.container", 0x1A4),
                    ("/etc/containers/systemd/users/sub/b.pod", 0x1A4),
                    ("/etc/containers/systemd/users/sub/b.pod.d/x.conf", (int?)0x1A4),
                ])
            );
            Assert.That(
                config.Storage.Links.Select(l => (l.Path, l.Target)),
                Is.EqualTo([("/etc/containers/systemd/a@1.2.container", "a@.container")])
            );
        }
    }

    [TestCase("/", "-")]
    [TestCase("/var/lib/a-b", "var-lib-a\\x2db")]
    [TestCase("//var//lib/", "var-lib")]
    [TestCase("/.hidden/.x", "\\x2ehidden-.x")]
    [TestCase("/dev/disk/by-label/é", "dev-disk-by\\x2dlabel-\\xc3\\xa9")]
    public void Paths_are_escaped_for_units_as_systemd_does(string path, string expected) =>
        Assert.That(Pipeline.Provisioning.Butane.MountUnits.Escape(path), Is.EqualTo(expected));

    [Test]
    public void A_users_own_unit_is_merged_over_the_generated_one()
    {
        var config = TestFiles.Transpile(
            Fcos15
                + """
                storage:
                  filesystems:
                    - path: /var/a
                      device: /dev/a
                      format: ext4
                      mount_options: [ro, noatime]
                      with_mount_unit: true
                systemd:
                  units:
                    - name: other.service
                    - name: var-a.mount
                      enabled: false
                """
        );

        Assert.That(config.Units.Select(u => (u.Name, u.Enabled)), Is.EqualTo([("var-a.mount", false), ("other.service", (bool?)null)]));
        Assert.That(
            config.Units.First().Contents,
            Does.Contain("Options=ro,noatime\n").And.Contain("Requires=systemd-fsck@dev-a.service\n")
        );
    }

    [Test]
    public void Merge_keys_and_anchors_work()
    {
        var config = TestFiles.Transpile(
            Fcos15
                + """
                storage:
                  files:
                    - &base
                      path: /a
                      mode: 0600
                      user: {name: core}
                    - <<: *base
                      path: /b
                """
        );

        Assert.That(config.Storage.Files.Select(f => (f.Path, f.Mode, f.User)), Is.EqualTo([("/a", 384, "core"), ("/b", 384, "core")]));
    }
}
