using System.Collections.Concurrent;
using Amazon;
using Amazon.EC2;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.SecurityToken;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Clouds.Aws;

/// <summary>
/// The clients of one account by region, with the credentials of the vendor's own chain, and the way every request goes: bounded in time
/// and size, tried again while the failure may pass, and with errors for users.
/// </summary>
internal sealed class AwsSession : IDisposable
{
    /// <summary>The longest answer: a page of a thousand images has about two megabytes.</summary>
    private const long MostAnswer = 16L << 20;

    /// <summary>Longest time of one request; the largest carries half a megabyte.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly CloudOptions _options;
    private readonly Lazy<AWSCredentials> _credentials;
    private readonly ConcurrentDictionary<string, Lazy<AmazonEC2Client>> _ec2 = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<EbsClient>> _ebs = new(StringComparer.Ordinal);
    private readonly Stack _stack = new();

    public AwsSession(CloudOptions options, TimeProvider time)
    {
        (_options, Time) = (options, time);
        Region = RegionOf(options);
        _credentials = new(FindCredentials);
    }

    /// <summary>The clock of waits.</summary>
    public TimeProvider Time { get; }

    /// <summary>The first region.</summary>
    public string Region { get; }

    /// <summary>Value of the owner tag.</summary>
    public string Owner => _options.Owner;

    /// <summary>What else the user said.</summary>
    public CloudOptions Options => _options;

    /// <summary>How often a request is tried.</summary>
    public Retry Retry { get; init; } = new(7, TimeSpan.FromMilliseconds(500));

    /// <summary>Attempts below ours: only the SDK's own can set its clock right. Tests do without, and without its waits.</summary>
    public int ClockRetries { get; init; } = 1;

    /// <summary>How often the state of something slow is asked for, and for how long.</summary>
    public (TimeSpan Beat, TimeSpan Patience) Wait { get; init; } = (TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(90));

    /// <summary>EC2 in a region.</summary>
    public AmazonEC2Client Ec2(string region) =>
        _ec2.GetOrAdd(region, r => new(() => new AmazonEC2Client(_credentials.Value, Configured(new AmazonEC2Config(), r)))).Value;

    /// <summary>EBS in a region.</summary>
    public EbsClient Ebs(string region) =>
        _ebs.GetOrAdd(region, r => new(() => new EbsClient(_credentials.Value, Configured(new EbsConfig(), r)))).Value;

    /// <summary>STS in the first region.</summary>
    public AmazonSecurityTokenServiceClient Sts() => new(_credentials.Value, Configured(new AmazonSecurityTokenServiceConfig(), Region));

    /// <summary>Runs a request; see <see cref="TryAsync"/>.</summary>
    public async Task<T> CallAsync<T>(
        string region,
        string what,
        Func<CancellationToken, Task<T>> call,
        CancellationToken cancellationToken
    ) => (await TryAsync(region, what, call, _ => false, cancellationToken)).Value!;

    /// <summary>Runs a request that has no answer of interest.</summary>
    public Task DoAsync(string region, string what, Func<CancellationToken, Task> call, CancellationToken cancellationToken) =>
        CallAsync(
            region,
            what,
            async token =>
            {
                await call(token);
                return true;
            },
            cancellationToken
        );

    /// <summary>Runs a request, again and again while its failure may pass.</summary>
    /// <param name="region">Where.</param>
    /// <param name="what">What it does, for errors.</param>
    /// <param name="call">Sends it.</param>
    /// <param name="answers">Codes of errors that are an answer, and are returned.</param>
    /// <param name="cancellationToken">Ends the waiting and the work.</param>
    /// <exception cref="PipelineException">It failed for good.</exception>
    public async Task<(T? Value, string? Code)> TryAsync<T>(
        string region,
        string what,
        Func<CancellationToken, Task<T>> call,
        Func<string, bool> answers,
        CancellationToken cancellationToken
    )
    {
        var delay = Retry.FirstDelay;
        for (var attempt = 1; ; attempt++)
        {
            using var timer = new CancellationTokenSource(Limit, Time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
            try
            {
                return (await call(both.Token), null);
            }
            catch (AmazonServiceException e) when (e.ErrorCode is { } code && answers(code))
            {
                return (default, code);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
#pragma warning disable CA1031 // a vendor's client fails in many ways when a server answers nonsense; all of them are the server's
            catch (Exception e) when (e is not PipelineException)
#pragma warning restore CA1031
            {
                var reason = timer.IsCancellationRequested ? new TimeoutException($"no answer for {Limit.TotalSeconds:0} s", e) : e;
                if (attempt >= Retry.Attempts || !AwsErrors.IsPassing(reason))
                {
                    throw new PipelineException(AwsErrors.Of($"aws {region}", what, reason), e);
                }
            }

            await Task.Delay(delay, Time, cancellationToken);
            delay *= 2;
        }
    }

    /// <summary>Asks again and again until there is an answer.</summary>
    /// <exception cref="PipelineException">PL6078 there is none after a long time.</exception>
    public async Task<T> UntilAsync<T>(string region, string id, Func<Task<T?>> look, CancellationToken cancellationToken)
        where T : class
    {
        var begin = Time.GetTimestamp();
        while (true)
        {
            if (await look() is { } found)
            {
                return found;
            }

            if (Time.GetElapsedTime(begin) > Wait.Patience)
            {
                throw new PipelineException(CloudDiagnostics.TooLong($"aws {region}", id, Wait.Patience));
            }

            await Task.Delay(Wait.Beat, Time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _ec2.Values.Where(c => c.IsValueCreated))
        {
            client.Value.Dispose();
        }

        foreach (var client in _ebs.Values.Where(c => c.IsValueCreated))
        {
            client.Value.Dispose();
        }

        _stack.Dispose();
    }

    internal static string RegionOf(CloudOptions options) =>
        options.Region
        ?? options.Environment("AWS_REGION")
        ?? options.Environment("AWS_DEFAULT_REGION")
        ?? FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName
        ?? throw new PipelineException(CloudDiagnostics.NoRegion());

    /// <summary>
    /// Keys in the environment, a named profile, then the SDK's whole chain: web identity, SSO, roles, processes, containers, instances.
    /// </summary>
    private AWSCredentials FindCredentials()
    {
        try
        {
            if (_options.Environment("AWS_ACCESS_KEY_ID") is { Length: > 0 } key)
            {
                var secret = _options.Environment("AWS_SECRET_ACCESS_KEY") ?? "";
                return _options.Environment("AWS_SESSION_TOKEN") is { Length: > 0 } token
                    ? new SessionAWSCredentials(key, secret, token)
                    : new BasicAWSCredentials(key, secret);
            }

            if (_options.Environment("AWS_PROFILE") is { Length: > 0 } profile)
            {
                return new CredentialProfileStoreChain().TryGetAWSCredentials(profile, out var credentials)
                    ? credentials
                    : throw new AmazonClientException($"there is no profile '{profile}', or it has no credentials");
            }

            return DefaultAWSCredentialsIdentityResolver.GetCredentials(Configured(new AmazonEC2Config(), Region));
        }
        catch (Exception e) when (e is AmazonClientException or ArgumentException)
        {
            throw new PipelineException(CloudDiagnostics.Credentials("aws", e.Message), e);
        }
    }

    private T Configured<T>(T configuration, string region)
        where T : ClientConfig
    {
        configuration.HttpClientFactory = _stack;

        configuration.MaxErrorRetry = ClockRetries;
        if (_options.Endpoint is { } endpoint)
        {
            configuration.ServiceURL = endpoint.ToString();
            configuration.AuthenticationRegion = region;
        }
        else
        {
            configuration.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return configuration;
    }

    /// <summary>One HTTP client for all clients of the session.</summary>
    private sealed class Stack : HttpClientFactory, IDisposable
    {
        private readonly HttpClient _client = HttpStack.CreateBounded(MostAnswer);

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        public void Dispose() => _client.Dispose();
    }
}
