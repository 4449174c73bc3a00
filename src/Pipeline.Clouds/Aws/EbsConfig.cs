using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Util.Internal;

namespace Pipeline.Clouds.Aws;

/// <summary>Settings of <see cref="EbsClient"/>: those of the SDK, for the service <c>ebs</c>.</summary>
internal sealed class EbsConfig : ClientConfig
{
    private static readonly IDefaultConfiguration[] Modes =
    [
        .. new[]
        {
            Amazon.Runtime.DefaultConfigurationMode.Standard,
            Amazon.Runtime.DefaultConfigurationMode.InRegion,
            Amazon.Runtime.DefaultConfigurationMode.CrossRegion,
            Amazon.Runtime.DefaultConfigurationMode.Mobile,
        }.Select(mode => new DefaultConfiguration
        {
            Name = mode,
            RetryMode = RequestRetryMode.Standard,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            TimeToFirstByteTimeout = null,
            HttpRequestTimeout = null,
        }),
    ];

    public EbsConfig()
        : base(new DefaultConfigurationProvider(Modes))
    {
        AuthenticationServiceName = "ebs";
        EndpointProvider = new EbsEndpoints();
        ServiceId = "EBS";
    }

    /// <inheritdoc/>
    public override string RegionEndpointServiceName => "ebs";

    /// <inheritdoc/>
    public override string ServiceVersion => "2019-11-02";

    /// <inheritdoc/>
    public override string UserAgent => InternalSDKUtils.BuildUserAgentString("EBS", "1.0");

    /// <inheritdoc/>
    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(EbsEndpointResolver.Parameters(this, null));
}

/// <summary>The service's address in a region, unless another server is named.</summary>
internal sealed class EbsEndpoints : IEndpointProvider
{
    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        if (parameters[EbsEndpointResolver.Other] is string other)
        {
            return new(other);
        }

        var name = (string?)parameters[EbsEndpointResolver.Region] ?? throw new AmazonClientException("there is no region");
        var region = RegionEndpoint.GetBySystemName(name);
        var fips = parameters[EbsEndpointResolver.Fips] is true ? "-fips" : "";
        var suffix =
            parameters[EbsEndpointResolver.DualStack] is not true ? region.PartitionDnsSuffix
            : region.PartitionName == "aws-cn" ? "api.amazonwebservices.com.cn"
            : "api.aws";
        return new($"https://ebs{fips}.{region.SystemName}.{suffix}/");
    }
}

/// <summary>Hands the settings of a request to <see cref="EbsEndpoints"/>.</summary>
internal sealed class EbsEndpointResolver : BaseEndpointResolver
{
    public const string Region = "Region";
    public const string Other = "Endpoint";
    public const string Fips = "UseFIPS";
    public const string DualStack = "UseDualStack";

    public static EndpointParameters Parameters(IClientConfig configuration, string? region) =>
        new()
        {
            [Region] = region ?? configuration.RegionEndpoint?.SystemName,
            [Other] = string.IsNullOrEmpty(configuration.ServiceURL) ? null : configuration.ServiceURL,
            [Fips] = configuration.UseFIPSEndpoint,
            [DualStack] = configuration.UseDualstackEndpoint,
        };

    protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext) =>
        Parameters(requestContext.ClientConfig, requestContext.Request.AlternateEndpoint?.SystemName);
}
