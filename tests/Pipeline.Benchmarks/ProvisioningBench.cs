using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Benchmarks;

/// <summary>
/// <c>bench/provisioning.sh</c>: 1 000 typical Butane configs translated, checked and printed, against the bare events of the YAML parser
/// over the same texts; and the checks of what they made against the bare reading of the same JSON. Medians; asserts nothing.
/// </summary>
internal static class ProvisioningBench
{
    private const int Configs = 1000;
    private const int Runs = 5;
    private static readonly ButaneOptions s_options = new();

    public static void Run()
    {
        var documents = Enumerable.Range(0, Configs).Select(Document).ToArray();
        var made = documents.Select(d => Provisioner.Write(Transpile(d), pretty: false)).ToArray();
        Row($"YAML events of {Configs} configs", documents, Events, null);
        Row(
            $"pipeline butane, {Configs} configs",
            documents,
            d => Provisioner.Write(Transpile(d), pretty: false).Length,
            Cpu(documents, Events)
        );
        Row($"JSON tokens of {Configs} configs", made, Tokens, null);
        Row(
            $"ignition validate, {Configs} configs",
            made,
            t => Provisioner.ReadIgnition("c.ign", t, new DiagnosticBag())!.Version.Minor,
            Cpu(made, Tokens)
        );
    }

    private static IgnitionConfig Transpile(string document) => Provisioner.Transpile("c.bu", document, s_options, new DiagnosticBag())!;

    private static string Document(int seed) =>
        "variant: fcos\nversion: 1.5.0\npasswd:\n  users:\n    - name: core\n"
        + $"      ssh_authorized_keys: [ssh-ed25519 AAAA{seed} core@example.com]\nstorage:\n  files:\n"
        + string.Concat(
            Enumerable
                .Range(0, 20)
                .Select(i =>
                    $"    - path: /etc/app/{i}.conf\n      mode: 0644\n      contents:\n        inline: |\n"
                    + $"          [section]\n          key = value {i + seed}\n"
                )
        )
        + "systemd:\n  units:\n    - name: app.service\n      enabled: true\n      contents: |\n        [Service]\n"
        + "        ExecStart=/usr/bin/app\n        [Install]\n        WantedBy=multi-user.target\n";

    private static int Events(string document)
    {
        var parser = new YamlDotNet.Core.Parser(new StringReader(document));
        var count = 0;
        while (parser.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static int Tokens(string document)
    {
        using var parsed = System.Text.Json.JsonDocument.Parse(document);
        return parsed.RootElement.GetRawText().Length;
    }

    private static void Row(string what, string[] documents, Func<string, int> run, double? peer)
    {
        var own = Cpu(documents, run);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{what, -34} {own, 10:0.000} s {own / Configs * 1e6, 8:0} us each {(peer is null ? 1 : own / peer), 8:0.00}"
            )
        );
    }

    /// <summary>CPU seconds of this process for one pass over all documents: the median after one to warm up.</summary>
    private static double Cpu(string[] documents, Func<string, int> run)
    {
        var sum = documents.Sum(run);
        var all = new double[Runs];
        for (var i = 0; i < Runs; i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            sum += documents.Sum(run);
            all[i] = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        }

        Array.Sort(all);
        return sum == 0 ? 0 : all[Runs / 2];
    }
}
