using System.Globalization;
using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Transform;

namespace Pipeline.Clouds.Aws;

/// <summary>
/// The EBS direct APIs (version 2019-11-02, REST and JSON) on the core of the vendor's SDK: its pipeline, signer, clock and endpoints. The
/// vendor's own package of it can take this one's place.
/// </summary>
internal sealed class EbsClient : AmazonServiceClient
{
    private static readonly Metadata Service = new();
    private static readonly InvokeOptions Options = new()
    {
        RequestMarshaller = EbsMarshaller.Instance,
        ResponseUnmarshaller = EbsUnmarshaller.Instance,
    };

    public EbsClient(AWSCredentials credentials, EbsConfig configuration)
        : base(credentials, configuration) { }

    /// <inheritdoc/>
    protected override IServiceMetadata ServiceMetadata => Service;

    /// <summary>Sends a request.</summary>
    public Task<EbsResponse> SendAsync(EbsRequest request, CancellationToken cancellationToken) =>
        InvokeAsync<EbsResponse>(request, Options, cancellationToken);

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new SignatureChoice());
        pipeline.AddHandlerAfter<SignatureChoice>(new EbsEndpointResolver());
    }

    private sealed class Metadata : IServiceMetadata
    {
        public string ServiceId => "EBS";

        public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>();
    }

    private sealed class SignatureChoice : BaseAuthResolverHandler
    {
        private static readonly List<IAuthSchemeOption> Only = [new AuthSchemeOption { SchemeId = "aws.auth#sigv4" }];

        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => Only;
    }
}

/// <summary>A request of the EBS direct APIs.</summary>
/// <param name="method">HTTP method.</param>
/// <param name="path">Path with labels in braces.</param>
internal sealed class EbsRequest(string method, string path) : AmazonWebServiceRequest
{
    public string Method => method;

    public string Path => path;

    public Dictionary<string, string> Headers { get; } = [];

    public Dictionary<string, string> Query { get; } = [];

    public Dictionary<string, string> Labels { get; } = [];

    public byte[]? Json { get; init; }

    public Stream? Body { get; init; }
}

/// <summary>An answer; made by the SDK.</summary>
internal sealed class EbsResponse : AmazonWebServiceResponse
{
    public JsonElement Json { get; init; }

    /// <summary>What the service computed of the bytes that it got; empty for none.</summary>
    public string? Checksum { get; init; }
}

/// <summary>An error of the EBS direct APIs.</summary>
#pragma warning disable CA1032, CA1064 // the SDK makes it from an answer; nobody else throws it
internal sealed class EbsException(string message, Exception? inner, ErrorType type, string code, string requestId, HttpStatusCode status)
    : AmazonServiceException(message, inner, type, code, requestId, status);
#pragma warning restore CA1032, CA1064

/// <summary>Puts a request on the wire.</summary>
internal sealed class EbsMarshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public static readonly EbsMarshaller Instance = new();

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = (EbsRequest)input;
        var wire = new DefaultRequest(request, "Amazon.EBS") { HttpMethod = request.Method, ResourcePath = request.Path };
        foreach (var (name, value) in request.Labels)
        {
            wire.AddPathResource(name, value);
        }

        foreach (var (name, value) in request.Headers)
        {
            wire.Headers[name] = value;
        }

        foreach (var (name, value) in request.Query)
        {
            wire.Parameters[name] = value;
        }

        wire.UseQueryString = true;
        if (request.Body is { } body)
        {
            wire.ContentStream = body;
            wire.Headers["Content-Length"] = body.Length.ToString(CultureInfo.InvariantCulture);
            wire.Headers["Content-Type"] = "application/octet-stream";
        }
        else if (request.Json is { } json)
        {
            wire.Content = json;
            wire.Headers["Content-Type"] = "application/json";
        }

        return wire;
    }
}

/// <summary>Reads an answer.</summary>
internal sealed class EbsUnmarshaller : JsonResponseUnmarshaller
{
    public static readonly EbsUnmarshaller Instance = new();

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        // Answers that are all headers have no body.
        using var body = new MemoryStream();
        input.Stream.CopyTo(body);
        using var document = JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body.ToArray());
        return new EbsResponse { Json = document.RootElement.Clone(), Checksum = input.ResponseData.GetHeaderValue("x-amz-Checksum") };
    }

    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext input,
        Exception? innerException,
        HttpStatusCode statusCode
    )
    {
        var (code, message, reason) = (input.ResponseData.GetHeaderValue("x-amzn-ErrorType"), (string?)null, (string?)null);
        try
        {
            using var document = JsonDocument.Parse(input.Stream);
            message = Text(document.RootElement, "Message") ?? Text(document.RootElement, "message");
            reason = Text(document.RootElement, "Reason");
            code = string.IsNullOrEmpty(code) ? Text(document.RootElement, "__type") : code;
        }
        catch (JsonException)
        {
            // A proxy's page; the status says enough.
        }

        return new EbsException(
            $"{message ?? statusCode.ToString()}{(reason is null ? "" : $" ({reason})")}",
            innerException,
            (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender,
            reason == EbsCalls.WrongState ? reason
                : string.IsNullOrEmpty(code) ? "Unknown"
                : code.Split(':')[0].Split('#')[^1],
            input.ResponseData.GetHeaderValue("x-amzn-RequestId") ?? "",
            statusCode
        );
    }

    private static string? Text(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
