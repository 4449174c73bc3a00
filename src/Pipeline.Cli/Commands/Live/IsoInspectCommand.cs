using System.CommandLine;
using System.Globalization;
using System.Text;
using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
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
                await services.Answer(exact: json).WriteAsync(json ? JsonTextWriter.Write(Json(report), JsonStyle.Pretty) : Text(report));
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

    private static JsonTextObject Json(LiveReport report) =>
        new([
            new("volume", new JsonTextString(report.VolumeId)),
            new("size", Number(report.Size.Bytes)),
            new("customized", new JsonTextBool(report.IsCustomized)),
            new("ignition", Json(report.Ignition)),
            new("embedded", Json(report.Embedded)),
            new("kargs", report.KernelArguments is { } now ? new JsonTextString(now) : new JsonTextNull()),
            new("kargs-default", report.DefaultKernelArguments is { } first ? new JsonTextString(first) : new JsonTextNull()),
            new("kargs-areas", new JsonTextArray([.. report.KernelArgumentPlaces.Select(Json)])),
            new("features", new JsonTextObject([.. Features(report).Select(f => new JsonTextMember(f.Name, new JsonTextBool(f.Has)))])),
            new("installer-config-directives", new JsonTextArray([.. report.InstallerDirectives.Select(d => new JsonTextString(d))])),
            new("files", Json(report.Files)),
        ]);

    private static JsonTextObject Json(LiveArea area) =>
        new([new("source", new JsonTextString(area.Source)), new("offset", Number(area.Offset)), new("length", Number(area.Length))]);

    private static JsonTextArray Json(ValueList<LiveFile> files) =>
        new([.. files.Select(f => new JsonTextObject([new("path", new JsonTextString(f.Path)), new("size", Number(f.Size))]))]);

    private static JsonTextNumber Number(long value) => new(value.ToString(CultureInfo.InvariantCulture));
}
