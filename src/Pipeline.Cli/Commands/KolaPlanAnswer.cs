using System.Globalization;
using System.Text;
using Pipeline.Kola;
using Pipeline.Model.Text;

namespace Pipeline.Cli.Commands;

/// <summary>The answer of <c>kola run --dry-run</c>.</summary>
internal static class KolaPlanAnswer
{
    /// <summary>A line per machine and per test on it.</summary>
    public static string Text(KolaPlan plan)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{plan.Build}: {Count(plan.Machines.Count, "machine")}\n");
        foreach (var machine in plan.Machines)
        {
            text.Append(CultureInfo.InvariantCulture, $"{machine.Start, -6}  {machine.Name}  {machine.MemoryMiB} MiB");
            text.Append(
                machine.Expected is { } time ? $", {time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s last time\n" : "\n"
            );
            foreach (var test in machine.Start == "shared" ? machine.Tests : [])
            {
                text.Append("          ").Append(test).Append('\n');
            }
        }

        foreach (var (test, why) in plan.Skipped)
        {
            text.Append("skip    ").Append(test).Append(": ").Append(why).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The same as JSON; times are seconds.</summary>
    public static string Json(KolaPlan plan) =>
        JsonTextWriter.Write(
            new JsonTextObject([
                new("build", new JsonTextString(plan.Build)),
                new(
                    "machines",
                    new JsonTextArray([
                        .. plan.Machines.Select(m => new JsonTextObject([
                            new("name", new JsonTextString(m.Name)),
                            new("start", new JsonTextString(m.Start)),
                            new("memory-mib", JsonTextNumber.Of(m.MemoryMiB)),
                            new("tests", JsonTextArray.OfTexts(m.Tests)),
                            new(
                                "expected-seconds",
                                JsonTextNumber.OrNull(m.Expected is { } time ? (long)Math.Ceiling(time.TotalSeconds) : null)
                            ),
                        ])),
                    ])
                ),
                new(
                    "skipped",
                    new JsonTextArray([
                        .. plan.Skipped.Select(s => new JsonTextObject([
                            new("test", new JsonTextString(s.Test)),
                            new("why", new JsonTextString(s.Why)),
                        ])),
                    ])
                ),
            ]),
            JsonStyle.Pretty
        );

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
