namespace Pipeline.Kola.Tests;

/// <content>An example of each key, for people; a test reads them.</content>
internal static partial class HeaderKeys
{
    /// <summary>Values by key, as they are written.</summary>
    public static IReadOnlyDictionary<string, string> Examples { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["architectures"] = "x86_64 aarch64",
            ["platforms"] = "\"!azure\"",
            ["distros"] = "debian-container-host",
            ["tags"] = "[podman, slow]",
            ["requiredTag"] = "upgrade",
            ["description"] = "podman pulls and runs a container",
            ["creationDate"] = "2026-11-20",
            ["exclusive"] = "false",
            ["conflicts"] = "ext.*.networking.ports",
            ["timeoutMin"] = "10",
            ["allowConfigWarnings"] = "true",
            ["minMemory"] = "2048",
            ["primaryDisk"] = "20G:mpath",
            ["minDisk"] = "20",
            ["additionalDisks"] = "[\"5G\", \"10G:mpath\"]",
            ["additionalNics"] = "2",
            ["numaNodes"] = "true",
            ["appendKernelArgs"] = "mitigations=auto,nosmt",
            ["appendFirstbootKernelArgs"] = "ip=dhcp",
            ["instanceType"] = "m5.large",
            ["bootFrom"] = "iso",
            ["injectContainer"] = "true",
            ["bindMountHostRO"] = "[\"/srv/data,/var/mnt/data\"]",
            ["requiredHostPorts"] = "[8080]",
            ["noInstanceCreds"] = "true",
        };
}
