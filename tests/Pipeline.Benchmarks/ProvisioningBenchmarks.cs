using BenchmarkDotNet.Attributes;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Benchmarks;

/// <summary>A typical Butane config translated and checked, against the bare event stream of the YAML parser over the same text.</summary>
[MemoryDiagnoser, ShortRunJob]
public class ProvisioningBenchmarks
{
    private static readonly ButaneOptions s_options = new();
    private readonly string _document = "variant: fcos\nversion: 1.5.0\npasswd:\n  users:\n    - name: core\n      ssh_authorized_keys: [ssh-ed25519 AAAA core@example.com]\nstorage:\n  files:\n"
        + string.Concat(Enumerable.Range(0, 20).Select(i => $"    - path: /etc/app/{i}.conf\n      mode: 0644\n      contents:\n        inline: |\n          [section]\n          key = value {i}\n"))
        + "systemd:\n  units:\n    - name: app.service\n      enabled: true\n      contents: |\n        [Service]\n        ExecStart=/usr/bin/app\n        [Install]\n        WantedBy=multi-user.target\n";

    /// <summary>Events only: what any reader of YAML pays.</summary>
    [Benchmark(Baseline = true)]
    public int Events()
    {
        var parser = new YamlDotNet.Core.Parser(new StringReader(_document));
        var count = 0;
        while (parser.MoveNext())
        {
            count++;
        }

        return count;
    }

    /// <summary>Translated, embedded, checked and printed.</summary>
    [Benchmark]
    public int Transpile() => Provisioner.Write(Provisioner.Transpile("c.bu", _document, s_options, new DiagnosticBag())!, pretty: false).Length;
}
