using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Answers;
using Pipeline.Host.Caches;
using Pipeline.Model.Diagnostics;

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
        return TextTable.Of(rows)
            + $"{report.Size} in '{report.Directory}'; kept below {report.DefaultBudget}, a quarter of the disk; {report.Free} are free\n";
    }

    private static string Json(CacheReport report) =>
        AnswerJson.Pretty(
            new CacheAnswer(
                report.Directory,
                report.Size.Bytes,
                report.DefaultBudget.Bytes,
                report.Disk.Bytes,
                report.Free.Bytes,
                [
                    .. report.Kinds.Select(k => new CachedKind(
                        k.Name,
                        k.Holds,
                        k.Size.Bytes,
                        k.Count,
                        k.LastUse is { } used ? Moment(used) : null,
                        k.CanPrune
                    )),
                ]
            )
        );

    /// <summary>A time in seconds.</summary>
    internal static string Moment(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
