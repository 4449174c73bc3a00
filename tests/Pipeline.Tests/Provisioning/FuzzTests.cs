using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>
/// Both parsers on mutated examples. Bounded here; <c>bench/oracle.sh SECONDS</c> runs longer with a fresh seed. A finding is a
/// thrown exception, a config that does not survive printing, or an input that takes longer than it may.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All), Category("fuzz")]
public sealed class FuzzTests
{
    private const int BoundedRounds = 1500;
    private const int OracleEvery = 200;
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(10);
    private static readonly string[] s_tokens =
    [
        "\0",
        "\t",
        "\r\n",
        "\uFEFF",
        "é",
        "\ud83d\ude00",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        ":",
        ": ",
        ",",
        "&a ",
        "*a",
        "<<: *a",
        "!!binary ",
        "!!str ",
        "~",
        "null",
        "|",
        ">-",
        "- ",
        "? ",
        "---\n",
        "# ",
        "-1",
        "0x",
        "0o7",
        "1e400",
        "9223372036854775808",
        "\\u0000",
        "\\ud800",
        "data:",
        "data:;base64,",
        "%",
        "/",
        "/../",
        "//",
        "arn:",
        "true",
        "yes",
        "3.3.0",
        "1.5.0",
        "flatcar",
    ];

    [Test]
    public Task Mutated_yaml_is_read_or_refused() =>
        FuzzAsync(
            "butane",
            TestFiles.Butane().Select(n => TestFiles.Read("butane", n)),
            (name, text) =>
            {
                var problems = new DiagnosticBag();
                var config = Provisioner.Transpile(name, Encoding.UTF8.GetBytes(text), TestFiles.Options, problems);
                Check(config, problems);
                return config;
            }
        );

    [Test]
    public Task Mutated_json_is_read_or_refused() =>
        FuzzAsync(
            "ignition",
            TestFiles.Ignition().Select(n => TestFiles.Read("ignition", n)),
            (name, text) =>
            {
                var problems = new DiagnosticBag();
                var config = Provisioner.ReadIgnition(name, Encoding.UTF8.GetBytes(text), problems);
                Check(config, problems);
                return config;
            }
        );

    private static void Check(IgnitionConfig? config, DiagnosticBag problems)
    {
        Assert.That(config is null, Is.EqualTo(problems.HasErrors), "a config is refused exactly when there is an error");
        if (config is null)
        {
            return;
        }

        var compact = Provisioner.Write(config, pretty: false);
        var again = Provisioner.ReadIgnition("again", compact, new DiagnosticBag());
        Assert.That(again is not null && Provisioner.Write(again, pretty: false) == compact, Is.True, compact);
        Provisioner.Describe(config);
        Provisioner.Resolve(config, new DiagnosticBag());
        var upgrade = new DiagnosticBag();
        Assert.That(Provisioner.Upgrade(config, IgnitionVersion.All[^1], upgrade) is null, Is.EqualTo(upgrade.HasErrors));
        Assert.That(config.Equals(Provisioner.Merge(config, Provisioner.Empty(config.Version), new DiagnosticBag())), Is.True);
    }

    private static async Task FuzzAsync(string name, IEnumerable<string> examples, Func<string, string, IgnitionConfig?> run)
    {
        var corpus = examples.ToArray();
        var seconds = double.Parse(Environment.GetEnvironmentVariable("PIPELINE_FUZZ_SECONDS") ?? "0", CultureInfo.InvariantCulture);
        var seed = int.Parse(Environment.GetEnvironmentVariable("PIPELINE_FUZZ_SEED") ?? "1", CultureInfo.InvariantCulture);
        var clock = Stopwatch.StartNew();
        int accepted = 0,
            judged = 0;
        var round = 0;
        for (; seconds > 0 ? clock.Elapsed.TotalSeconds < seconds : round < BoundedRounds; round++)
        {
            var dice = new Dice(unchecked((seed * 1_000_003) + round));
            var text = round % 5 == 4 && name == "ignition" ? Generated(dice) : Mutate(corpus[dice.Next(corpus.Length)], corpus, dice);
            var before = Environment.CpuUsage.TotalTime;
            IgnitionConfig? config;
            try
            {
                config = run(name, text);
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Assert.Fail($"seed {seed} round {round}: {e}\n{text}");
                return;
            }

            // CPU time, because a busy machine makes everything slow; and twice, because it is the time of the other fuzzer too.
            if (Environment.CpuUsage.TotalTime - before > s_slow)
            {
                before = Environment.CpuUsage.TotalTime;
                run(name, text);
                Assert.That(Environment.CpuUsage.TotalTime - before, Is.LessThan(s_slow), $"seed {seed} round {round} is slow:\n{text}");
            }

            accepted += config is null ? 0 : 1;
            if (config is not null && config.Version.Minor <= 3 && round % OracleEvery == 0)
            {
                judged++;
                var (accepts, says) = await IgnitionValidate.JudgeAsync(Provisioner.Write(config, pretty: false));
                Assert.That(accepts, Is.True, $"seed {seed} round {round}: {says}\n{text}");
            }
        }

        await TestContext.Progress.WriteLineAsync(
            $"fuzz {name}: {round} inputs, {accepted} accepted, {judged} judged by the oracle, "
                + $"{clock.Elapsed.TotalSeconds:0} s, seed {seed}"
        );
        Assert.That(accepted, Is.InRange(round / 100, round - 1), "mutations must leave some inputs good and make some bad");
    }

    private static string Generated(Dice dice) =>
        JsonTextWriter.Write(new ConfigGenerator(dice.Next(int.MaxValue)).Config(IgnitionVersion.Of(dice.Next(8))), JsonStyle.Compact);

    private static string Mutate(string text, string[] corpus, Dice dice)
    {
        var made = new StringBuilder(text);
        for (var i = dice.Next(4); i >= 0 && made.Length > 0; i--)
        {
            var at = dice.Next(made.Length);
            switch (dice.Next(8))
            {
                case 0:
                    made.Remove(at, Math.Min(made.Length - at, 1 + dice.Next(20)));
                    break;
                case 1:
                    made.Insert(at, s_tokens[dice.Next(s_tokens.Length)]);
                    break;
                case 2:
                    made[at] = (char)dice.Next(0x250);
                    break;
                case 3:
                    var other = corpus[dice.Next(corpus.Length)];
                    var from = dice.Next(other.Length);
                    made.Insert(at, other.AsSpan(from, Math.Min(other.Length - from, dice.Next(200))));
                    break;
                case 4:
                    MoveLine(made, dice);
                    break;
                case 5:
                    made.Insert(at, new string(made[at], 1 + dice.Next(300)));
                    break;
                case 6:
                    made.Replace("1.1.0", ButaneVersion.All[dice.Next(9)].Version)
                        .Replace("3.0.0", IgnitionVersion.All[dice.Next(8)].ToString());
                    break;
                default:
                    Number(made, dice);
                    break;
            }
        }

        return made.ToString();
    }

    /// <summary>Repeats a line elsewhere, which keeps many YAML documents well formed.</summary>
    private static void MoveLine(StringBuilder made, Dice dice)
    {
        var lines = made.ToString().Split('\n').ToList();
        lines.Insert(dice.Next(lines.Count + 1), lines[dice.Next(lines.Count)]);
        made.Clear().AppendJoin('\n', lines);
    }

    /// <summary>Replaces a digit by a number at some edge.</summary>
    private static void Number(StringBuilder made, Dice dice)
    {
        for (var i = dice.Next(made.Length); i < made.Length; i++)
        {
            if (char.IsAsciiDigit(made[i]))
            {
                made.Remove(i, 1)
                    .Insert(
                        i,
                        dice.Next(3) switch
                        {
                            0 => "-1",
                            1 => "9223372036854775807",
                            _ => "4096",
                        }
                    );
                return;
            }
        }
    }
}
