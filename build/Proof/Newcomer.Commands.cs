namespace Pipeline.Build.Proof;

/// <summary>What a newcomer sees after a command of a page, and what has to be there before it.</summary>
/// <param name="Expect">Text that the terminal shows; empty for a command that only has to succeed.</param>
internal sealed record PageCommand(string Expect)
{
    /// <summary>Shell lines before it: what the page told the reader to do by hand.</summary>
    public string Before { get; init; } = "";

    /// <summary>What is run instead, where the page's line holds a name that every reader has another of, or never ends.</summary>
    public string? Instead { get; init; }

    /// <summary>Why it is not run; <c>null</c> for one that is.</summary>
    public string? Skip { get; init; }
}

/// <content>The commands of pages that need a build or a machine: a row each, a test compares.</content>
internal static partial class Newcomer
{
    private const string Typed = "a person types in it: the machine tests do so on a pseudo terminal";
    private const string Builds = "it composes builds between two; its tests do so with handmade packages";
    private const string Media = "the part 'live' makes live media and boots them";
    private const string NoMedia = "it is about a published live ISO, which is not to be had here; the tests make their own";
    private const string Serve = "timeout --preserve-status --signal=INT 20 ";
    private const string Stopped = " || [ $? -eq 130 ]";

    /// <summary>By command, as it is typed.</summary>
    public static IReadOnlyDictionary<string, PageCommand> Commands { get; } =
        new Dictionary<string, PageCommand>(StringComparer.Ordinal)
        {
            // README.md
            ["./pipeline init ../my-os --from minimal && cd ../my-os"] = new("my-os"),
            ["./build.sh"] = new("1 passed"),
            ["./pipeline compose manifests/minimal.yaml"] = new("commit"),
            ["./pipeline images latest --platform qemu"] = new("qemu: "),
            ["./pipeline run"] = new("") { Skip = Typed },
            ["./pipeline run latest -- systemctl --failed"] = new("0 loaded units listed"),
            ["./pipeline kola run 'ext.*.my-test'"] = new("PASS  ext.kola-tests.mine.my-test") { Before = Test("my-test", "true") },
            ["./pipeline kola run 'ext.*.update.*'"] = new("passed"),
            ["./pipeline diff good latest"] = new("packages: no difference") { Before = "./pipeline builds tag good latest" },
            ["./pipeline builds push --store file:public/prod/streams/testing --artifact qemu"] = new("write builds/builds.json"),
            ["./pipeline graph serve --store file:public --stream testing"] = new("127.0.0.1")
            {
                Instead = $"{Serve}./pipeline graph serve --store file:public --stream testing{Stopped}",
            },

            // docs/change-the-os.md
            ["pipeline compose manifests/minimal.yaml"] = new("commit") { Before = TwoPackages() },
            ["pipeline images && pipeline run -- htop --version"] = new("htop 3"),
            ["pipeline compose manifests/minimal.yaml --dry-run"] = new("packages"),

            // docs/differences.md
            ["pipeline diff 13.20260901.0.dev0"] = new("files: ") { Instead = "pipeline diff good" },
            ["pipeline diff good latest --stat"] = new("packages: "),
            ["pipeline diff good latest --json | jq .packages"] = new("{"),
            ["pipeline builds tag good latest --description \"before the new kernel\""] = new("good is "),

            // docs/images.md
            ["pipeline images"] = new("qemu: "),
            ["pipeline images --platform aws --platform azure"] = new("azure: "),
            ["pipeline images --platform cloud --compress"] = new("gcp") { Instead = "pipeline images --platform cloud --list" },
            ["pipeline images --pipeline ci/pipeline.yaml --stream next"] = new("metal")
            {
                Instead = "pipeline images --pipeline ci/pipeline.yaml --stream next --list",
            },

            // docs/live-media.md
            ["pipeline images latest --platform live"] = new("") { Skip = Media },
            ["pipeline pxe snippet latest --url http://boot.example.com/os --append console=ttyS0"] = new("") { Skip = Media },
            ["pipeline iso inspect live.iso"] = new("") { Skip = NoMedia },
            ["pipeline iso ignition embed -i config.ign live.iso"] = new("") { Skip = NoMedia },
            ["pipeline iso kargs modify -a console=ttyS0,115200n8 live.iso"] = new("") { Skip = NoMedia },
            ["pipeline iso reset live.iso"] = new("") { Skip = NoMedia },
            [Customize("iso customize live.iso", "--network-keyfile eth0.nmconnection -o mine.iso")] = new("") { Skip = NoMedia },
            ["pipeline iso extract pxe live.iso"] = new("") { Skip = NoMedia },
            [Customize("pxe customize live-initramfs.img", "-o initramfs.img")] = new("") { Skip = NoMedia },
            ["pipeline iso extract minimal-iso live.iso minimal.iso --rootfs-url https://example.com/rootfs.img"] = new("")
            {
                Skip = NoMedia,
            },
            ["pipeline download -s stable -p metal -f iso --stream-base-url https://example.com/streams --key os.asc"] = new("")
            {
                Skip = NoMedia,
            },

            // docs/publish.md
            ["pipeline builds push --store file:public/prod/streams/testing --dry-run"] = new("would write builds/builds.json"),
            ["pipeline builds push --store file:public/prod/streams/testing --artifact qemu"] = new("write builds/builds.json"),
            ["pipeline builds list --store file:public/prod/streams/testing"] = new("debian-minimal"),
            ["pipeline graph serve --store file:public --stream testing --listen 127.0.0.1:8080"] = new("127.0.0.1:8080")
            {
                Instead = $"{Serve}pipeline graph serve --store file:public --stream testing --listen 127.0.0.1:8080{Stopped}",
            },

            // docs/tests.md
            ["pipeline kola run 'ext.*.motd'"] = new("PASS  ext.kola-tests.mine.motd") { Before = Test("motd", "test -e /etc/os-release") },
            ["pipeline kola run --tag '!slow' -k"] = new("") { Skip = "the part 'container-host' runs all tests" },
            ["pipeline run"] = new("") { Skip = Typed },
            ["pipeline run -- journalctl -b -p warning"] = new(""),
            ["pipeline kola check-console tmp/kola/NAME/console.txt"] = new("")
            {
                Instead = "for file in tmp/kola/*/console.txt; do pipeline kola check-console \"$file\"; done",
            },
            ["pipeline kola run --rerun"] = new("passed") { Instead = "pipeline kola run --rerun 'ext.*.motd'" },
            ["pipeline kola run --dry-run"] = new("ext.kola-tests.mine.motd"),
            ["pipeline bisect --good 13.20260901.0.dev0 ext.kola-tests.boot.basic"] = new("") { Skip = Builds },
            ["pipeline bisect --good latest:stable --bad latest:testing --revisions ext.kola-tests.boot.basic"] = new("") { Skip = Builds },

            // docs/updates.md
            ["pipeline kola run 'ext.*.update.*'"] = new("passed"),
        };

    private static string Customize(string verb, string rest) =>
        $"pipeline {verb} --dest-device /dev/sda --dest-ignition server.ign {rest}";

    /// <summary>A test as docs/tests.md shows one.</summary>
    private static string Test(string name, string command) =>
        $$"""
            mkdir -p kola-tests/mine
            printf '#!/bin/bash\n## kola:\n##   exclusive: false\nset -e\n{{command}}\n' > kola-tests/mine/{{name}}
            chmod +x kola-tests/mine/{{name}}
            """;

    /// <summary>The packages of docs/change-the-os.md, in the manifest that its commands name.</summary>
    private static string TwoPackages() =>
        """
            [ -e manifests/base.yaml ] || mv manifests/minimal.yaml manifests/base.yaml
            printf 'schema: compose/v1\ninclude: base.yaml\npackages: [htop, strace]\n' > manifests/minimal.yaml
            """;
}
