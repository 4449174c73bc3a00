using System.CommandLine;
using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary>Where the image of an instance is looked up.</summary>
internal abstract class ImageSource
{
    /// <summary>Adds its options to a verb.</summary>
    public abstract void AddTo(Command verb);

    /// <summary>The cloud's id of the image, and the version that it is of.</summary>
    /// <exception cref="PipelineException">There is none.</exception>
    public abstract Task<(string Id, string? Release)> FindAsync(
        Services services,
        ParseResult parsed,
        (string Platform, string Region, Architecture Architecture) place,
        CancellationToken cancellationToken
    );
}

/// <summary>The metadata of a stream.</summary>
internal sealed class StreamImageSource : ImageSource
{
    private readonly Option<string?> _stream = new("--stream", "-s") { Description = "The stream", HelpName = "NAME" };
    private readonly Option<string?> _base = new("--stream-base-url")
    {
        Description = "Where the stream metadata is, a URL or directory; PIPELINE_STREAMS without it",
        HelpName = "URL|DIR",
    };

    /// <inheritdoc/>
    public override void AddTo(Command verb)
    {
        verb.Options.Add(_stream);
        verb.Options.Add(_base);
    }

    /// <inheritdoc/>
    public override async Task<(string Id, string? Release)> FindAsync(
        Services services,
        ParseResult parsed,
        (string Platform, string Region, Architecture Architecture) place,
        CancellationToken cancellationToken
    )
    {
        var stream = parsed.GetValue(_stream) ?? throw new PipelineException(CloudUsage.NoImageNamed());
        var found = await services.Releases.CloudImages.FindAsync(
            DownloadCommand.Base(services, parsed.GetValue(_base), url: null),
            stream,
            place.Architecture,
            place.Platform,
            place.Region,
            cancellationToken
        );
        return (found.Image, found.Release);
    }
}

/// <summary>A build's meta.json.</summary>
internal sealed class BuildImageSource : ImageSource
{
    private readonly Option<string?> _build = Verb.BuildOption();

    /// <inheritdoc/>
    public override void AddTo(Command verb) => verb.Options.Add(_build);

    /// <inheritdoc/>
    public override async Task<(string Id, string? Release)> FindAsync(
        Services services,
        ParseResult parsed,
        (string Platform, string Region, Architecture Architecture) place,
        CancellationToken cancellationToken
    )
    {
        var store = new BuildStore(services.WorkDirectory(parsed.GetValue(Verb.WorkDirectoryOption)), services.Time);
        var id = await store.ResolveAsync(parsed.GetValue(_build), place.Architecture, cancellationToken);
        var meta = await store.ReadBuildAsync(id, place.Architecture, cancellationToken);
        return meta.Amis?.FirstOrDefault(a => a.Name == place.Region) is { } image
            ? (image.Hvm, id)
            : throw new PipelineException(CloudUsage.NotRecorded(id, place.Region));
    }
}
