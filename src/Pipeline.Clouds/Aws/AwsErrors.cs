using System.Collections.Frozen;
using System.Net;
using Amazon.Runtime;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Clouds.Aws;

/// <summary>What an error of AWS means to a user.</summary>
internal static class AwsErrors
{
    private static readonly FrozenSet<string> Passing = FrozenSet.Create(
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "BandwidthLimitExceeded",
        "SlowDown",
        "RequestTimeout",
        "RequestTimeoutException"
    );

    private static readonly FrozenSet<string> Identity = FrozenSet.Create(
        "AuthFailure",
        "UnrecognizedClient",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "OptInRequired"
    );

    private static readonly FrozenSet<string> Forbidden = FrozenSet.Create(
        "UnauthorizedOperation",
        "AccessDenied",
        "AccessDeniedException",
        "OperationNotPermitted",
        "Blocked"
    );

    /// <summary>Whether the same request may succeed in a moment: the service was busy, broke off, or answered nonsense.</summary>
    public static bool IsPassing(Exception e) =>
        e switch
        {
            AmazonUnmarshallingException => true,
            AmazonServiceException s => Passing.Contains(s.ErrorCode ?? "")
                || (int)s.StatusCode >= 500
                || (int)s.StatusCode < 300
                || s.StatusCode == HttpStatusCode.TooManyRequests,
            PipelineException => false,
            _ => true,
        };

    /// <summary>The error for a user.</summary>
    public static Diagnostic Of(string place, string what, Exception e)
    {
        if (e is not AmazonServiceException service || IsPassing(e))
        {
            return CloudDiagnostics.Failed(place, what, e.Message);
        }

        var code = service.ErrorCode ?? "";
        var reason = code.Length == 0 ? e.Message : $"{code}: {e.Message}";
        return Identity.Contains(code) || service.StatusCode == HttpStatusCode.Unauthorized ? CloudDiagnostics.Credentials(place, reason)
            : Forbidden.Contains(code) || service.StatusCode == HttpStatusCode.Forbidden ? CloudDiagnostics.NotAllowed(place, what, reason)
            : IsFull(code) ? CloudDiagnostics.Full(place, what, reason)
            : CloudDiagnostics.Failed(place, what, reason);
    }

    private static bool IsFull(string code) =>
        code.EndsWith("LimitExceeded", StringComparison.Ordinal)
        || code.EndsWith("QuotaExceededException", StringComparison.Ordinal)
        || code.EndsWith("CountExceeded", StringComparison.Ordinal)
        || (code.StartsWith("Insufficient", StringComparison.Ordinal) && code.EndsWith("Capacity", StringComparison.Ordinal));
}
