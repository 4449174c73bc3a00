using System.CommandLine;
using System.Globalization;
using Pipeline.Host.Caches;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline cache show</c>: kinds, sizes and last use.</summary>
internal sealed class CacheShowCommand : Verb
{
    private readonly Option<bool> _json = JsonOption();

    public CacheShowCommand(Services services)
        : base("show", "Shows what the caches hold: kinds, sizes, when they were last used", "pipeline cache show --json")
    {
        Options.Add(_json);
        Run(
            async (parsed, _) =>
            {
                var report = CacheDesk.Of(services, services.WorkDirectory(parsed.GetValue(WorkDirectoryOption))).Show();
                var json = parsed.GetValue(_json);
                await services.Answer(exact: json).WriteAsync(json ? Json(report) : Text(report));
                return ExitClass.Done;
            }
        );
    }

    /// <summary>The table for people.</summary>
    internal static string Text(CacheReport report)
    {
        string[][] rows =
        [
            ["cache", "size", "entries", "last used", "holds"],
            .. report.Kinds.Select(k =>
                (string[])
                    [
                        k.Name,
                        k.Size.ToString(),
                        k.Count.ToString(CultureInfo.InvariantCulture),
                        k.LastUse?.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "-",
                        k.Holds + (k.CanPrune ? "" : " (never pruned)"),
                    ]
            ),
        ];
        var widths = rows[0].Select((_, column) => rows.Max(r => r[column].Length)).ToArray();
        return string.Concat(rows.Select(r => string.Join("  ", r.Select((c, i) => c.PadRight(widths[i]))).TrimEnd() + "\n"))
            + $"{report.Size} in '{report.Directory}'; kept below {report.DefaultBudget}, a quarter of the disk; {report.Free} are free\n";
    }

    private static string Json(CacheReport report) =>
        JsonTextWriter.Write(
            new JsonTextObject([
                new("directory", new JsonTextString(report.Directory)),
                new("size", Number(report.Size)),
                new("default-budget", Number(report.DefaultBudget)),
                new("disk", Number(report.Disk)),
                new("free", Number(report.Free)),
                new(
                    "kinds",
                    new JsonTextArray([
                        .. report.Kinds.Select(k => new JsonTextObject([
                            new("name", new JsonTextString(k.Name)),
                            new("holds", new JsonTextString(k.Holds)),
                            new("size", Number(k.Size)),
                            new("entries", new JsonTextNumber(k.Count.ToString(CultureInfo.InvariantCulture))),
                            new("last-use", k.LastUse is { } used ? Moment(used) : new JsonTextNull()),
                            new("can-prune", new JsonTextBool(k.CanPrune)),
                        ])),
                    ])
                ),
            ]),
            JsonStyle.Pretty
        );

    /// <summary>A size in bytes.</summary>
    internal static JsonTextNumber Number(ByteSize size) => new(size.Bytes.ToString(CultureInfo.InvariantCulture));

    /// <summary>A time in seconds.</summary>
    internal static JsonTextString Moment(DateTimeOffset time) =>
        new(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}
