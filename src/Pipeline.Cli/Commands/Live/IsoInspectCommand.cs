using System.CommandLine;
using System.Globalization;
using System.Text;
using Pipeline.Cli.Answers;
using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands.Live;

/// <summary><c>pipeline iso inspect</c>: what is in a live ISO.</summary>
internal sealed class IsoInspectCommand : Verb
{
    private readonly Argument<string> _iso = MediaFiles.IsoArgument();
    private readonly Option<bool> _json = JsonOption();

    public IsoInspectCommand(Services services)
        : base(
            "inspect",
            "Shows what is in a live ISO: embed areas, what is in them, features and files",
            "pipeline iso inspect live.iso",
            "pipeline iso inspect live.iso --json"
        )
    {
        Arguments.Add(_iso);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var report = LiveMedia.Inspect(MediaFiles.Of(services, parsed.GetValue(_iso)!), cancellationToken);
                var json = parsed.GetValue(_json);
                await services.Answer(exact: json).WriteAsync(json ? AnswerJson.Pretty(Json(report)) : Text(report));
                return ExitClass.Done;
            }
        );
    }

    private static string Text(LiveReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"volume:      {report.VolumeId} ({report.Size})\n");
        text.Append(CultureInfo.InvariantCulture, $"customized:  {(report.IsCustomized ? "yes" : "no")}\n");
        text.Append(CultureInfo.InvariantCulture, $"ignition:    {Area(report.Ignition)}\n");
        text.Append(string.Concat(report.Embedded.Select(f => $"             {f.Path}, {f.Size} bytes\n")));
        text.Append(
            report.KernelArguments is { } arguments
                ? $"kargs:       {arguments}\n{string.Concat(report.KernelArgumentPlaces.Select(p => $"             {Area(p)}\n"))}"
                : "kargs:       cannot be changed in this image\n"
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"features:    {string.Join(", ", Features(report).Where(f => f.Has).Select(f => f.Name).DefaultIfEmpty("none listed"))}\n"
        );
        text.Append(string.Concat(report.Files.Select(f => $"  {f.Size, 12}  {f.Path}\n")));
        return text.ToString();
    }

    private static string Area(LiveArea area) => $"{area.Length} bytes at {area.Offset}, from {area.Source}";

    private static IEnumerable<(string Name, bool Has)> Features(LiveReport report) =>
        [("installer-config", report.HasInstallerConfig), ("live-initrd-network", report.HasNetwork), ("minimal-iso", report.HasMinimal)];

    private static LiveImageAnswer Json(LiveReport report) =>
        new(
            report.VolumeId,
            report.Size.Bytes,
            report.IsCustomized,
            Json(report.Ignition),
            Json(report.Embedded),
            report.KernelArguments,
            report.DefaultKernelArguments,
            [.. report.KernelArgumentPlaces.Select(Json)],
            Features(report).ToDictionary(f => f.Name, f => f.Has, StringComparer.Ordinal),
            report.InstallerDirectives,
            Json(report.Files)
        );

    private static LiveAreaAnswer Json(LiveArea area) => new(area.Source, area.Offset, area.Length);

    private static LiveFileAnswer[] Json(ValueList<LiveFile> files) => [.. files.Select(f => new LiveFileAnswer(f.Path, f.Size))];
}
