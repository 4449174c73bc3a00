using Pipeline.Host.Net;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Downloads;

namespace Pipeline.Releases.Desks;

/// <summary>Façade of <c>launch</c>: which image of a cloud a stream has today.</summary>
public sealed class CloudImageDesk
{
    private readonly ReleaseServices _services;

    internal CloudImageDesk(ReleaseServices services) => _services = services;

    /// <summary>The image of a platform in a region.</summary>
    /// <param name="streams">URL or directory of stream metadata.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="platform">The platform; only <c>aws</c> and <c>aliyun</c> have images by region.</param>
    /// <param name="region">The region.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="PipelineException">PL5600 the stream has no such image.</exception>
    public async Task<StreamRegionImage> FindAsync(
        string streams,
        string stream,
        Architecture architecture,
        string platform,
        string region,
        CancellationToken cancellationToken
    )
    {
        using var http = HttpStack.Create();
        var source = new DocumentSource(http, _services.Time);
        var document = await DownloadDesk.ReadAsync(_services, streams, stream, source, cancellationToken);
        var images = DownloadDesk.Of(document.Architectures, "architecture", architecture.Name).Images;
        var replicated = platform switch
        {
            "aws" => images?.Aws,
            "aliyun" => images?.Aliyun,
            _ => null,
        };
        return replicated?.Regions is { } regions
            ? DownloadDesk.Of(regions, "region", region)
            : throw new PipelineException(DownloadDiagnostics.Unknown("cloud", platform, Clouds(images)));
    }

    private static IEnumerable<string> Clouds(StreamImages? images) =>
        ((string, object?)[])[("aliyun", images?.Aliyun), ("aws", images?.Aws)] is var all
            ? all.Where(c => c.Item2 is not null).Select(c => c.Item1)
            : [];
}
