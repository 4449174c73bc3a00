using Pipeline.Clouds.Aws;
using Pipeline.Clouds.Images;
using Pipeline.Clouds.Instances;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds;

/// <summary>The clouds there are clients for. The façade for images and instances.</summary>
/// <param name="Platform">The platform of its artifacts.</param>
/// <param name="EndpointVariable">The environment variable that names another server with its API.</param>
public sealed record CloudProvider(string Platform, string EndpointVariable)
{
    /// <summary>All of them: a new one is a row here and a folder.</summary>
    public static ValueList<CloudProvider> All { get; } =
    [
        new("aws", "AWS_ENDPOINT_URL")
        {
            OpenImages = (options, journals, time) => new AwsImages(new(options, time), journals),
            OpenInstances = (options, time) => new AwsInstances(new(options, time)),
            RegionOf = AwsSession.RegionOf,
            MostUserData = AwsInstances.MostUserData,
        },
    ];

    private Func<CloudOptions, string, TimeProvider, ICloudImages> OpenImages { get; init; } = null!;

    private Func<CloudOptions, TimeProvider, ICloudInstances> OpenInstances { get; init; } = null!;

    private Func<CloudOptions, string> RegionOf { get; init; } = null!;

    private int MostUserData { get; init; }

    /// <summary>The one for a platform.</summary>
    /// <exception cref="PipelineException">PL6074 there is none.</exception>
    public static CloudProvider Of(string platform) =>
        Find(platform) ?? throw new PipelineException(CloudDiagnostics.NoProvider(platform, All.Select(p => p.Platform)));

    /// <summary>The one for a platform, or <c>null</c>.</summary>
    public static CloudProvider? Find(string platform) => All.FirstOrDefault(p => p.Platform == platform);

    /// <summary>Images of the account.</summary>
    /// <param name="options">What the user said.</param>
    /// <param name="journals">A directory in which interrupted uploads are remembered.</param>
    /// <param name="time">Clock.</param>
    public ICloudImages Images(CloudOptions options, string journals, TimeProvider time) => OpenImages(options, journals, time);

    /// <summary>Instances of the first region.</summary>
    public ICloudInstances Instances(CloudOptions options, TimeProvider time) => OpenInstances(options, time);

    /// <summary>An Ignition config as instances get it: as it is, or in a form that fits.</summary>
    /// <exception cref="PipelineException">PL6069 it is too large.</exception>
    public byte[] UserData(string config) => IgnitionUserData.Fit(Platform, config, MostUserData);

    /// <summary>The first region: the named one, the environment's, or that of the vendor's own files.</summary>
    /// <exception cref="PipelineException">PL6071 nothing says which.</exception>
    public string Region(CloudOptions options) => RegionOf(options);
}
