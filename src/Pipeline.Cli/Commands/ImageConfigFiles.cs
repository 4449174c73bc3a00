using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Configs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;

namespace Pipeline.Cli.Commands;

/// <summary>image.yaml and platforms.yaml for a command.</summary>
internal static class ImageConfigFiles
{
    /// <summary>image.yaml and platforms.yaml of a directory, as far as they are there.</summary>
    /// <exception cref="PipelineException">PL1050–PL1055, all of them; PL1058: there is neither.</exception>
    public static ImageSettings Read(string directory, string display, string? stream, IReporter reporter)
    {
        var (problems, remarks) = (new DiagnosticBag(), new List<Diagnostic>());
        var reader = new ImageSettingsReader(problems, remarks);
        var image = ConfigTexts.Open(directory, display, "image.yaml");
        var platforms = ConfigTexts.Open(directory, display, "platforms.yaml");
        if (image is null && platforms is null)
        {
            throw new PipelineException(NothingThere(display));
        }

        var settings = image is null ? new() : reader.Image(image, stream, name => ConfigTexts.Open(directory, display, name));
        settings = platforms is null ? settings : reader.Platforms(platforms, settings);
        remarks.ForEach(reporter.Report);
        problems.ThrowIfErrors();
        return settings;
    }

    /// <summary>A file that a command names and that cannot be read.</summary>
    public static Diagnostic NotThere(string file) => Diagnostic.Error("PL1059", $"'{file}' is no regular file of at most 1 MiB");

    /// <summary>A pipeline's config without the stream that is wanted, or without a default one.</summary>
    public static Diagnostic NoStream(string file, string? stream, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL1060",
            stream is null ? $"'{file}' has no default stream" : $"'{file}' has no stream '{stream}'",
            hint: ClosestName.Hint(stream ?? "", known, $"--stream takes {string.Join(", ", known)}")
        );

    private static Diagnostic NothingThere(string directory) =>
        Diagnostic.Error(
            "PL1058",
            $"'{directory}' has neither image.yaml nor platforms.yaml",
            hint: "name the directory of the manifest; files larger than 1 MiB are not read"
        );
}
