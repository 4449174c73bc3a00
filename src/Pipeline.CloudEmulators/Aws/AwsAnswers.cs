using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Pipeline.CloudEmulators.Faults;
using Pipeline.Model.Text;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>Answers in the form of each service.</summary>
internal static class AwsAnswers
{
    private static readonly XNamespace Ec2 = "http://ec2.amazonaws.com/doc/2016-11-15/";
    private static readonly XNamespace Sts = "https://sts.amazonaws.com/doc/2011-06-15/";

    /// <summary>An answer of EC2.</summary>
    public static Task Ec2Async(HttpContext context, string operation, IEnumerable<XElement> content)
    {
        var root = new XElement(operation + "Response", new XElement("requestId", RequestId(context)), content);
        foreach (var element in root.DescendantsAndSelf())
        {
            element.Name = Ec2 + element.Name.LocalName;
        }

        return XmlAsync(context, 200, root);
    }

    /// <summary>The answer of STS to who one is.</summary>
    public static Task CallerAsync(HttpContext context, AwsCaller caller) =>
        XmlAsync(
            context,
            200,
            new(
                Sts + "GetCallerIdentityResponse",
                new XElement(
                    Sts + "GetCallerIdentityResult",
                    new XElement(Sts + "Arn", $"arn:aws:iam::{caller.Account}:user/emulated"),
                    new XElement(Sts + "UserId", "AIDAEMULATED"),
                    new XElement(Sts + "Account", caller.Account)
                ),
                new XElement(Sts + "ResponseMetadata", new XElement(Sts + "RequestId", RequestId(context)))
            )
        );

    /// <summary>An answer of the EBS direct APIs.</summary>
    public static async Task EbsAsync(HttpContext context, EbsAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.Headers["x-amzn-RequestId"] = RequestId(context);
        context.Response.ContentType = answer.Headers.ContainsKey("x-amz-Data-Length") ? "application/octet-stream" : "application/json";
        context.Response.ContentLength = answer.Body.Length;
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    /// <summary>A refusal in the form of a service.</summary>
    public static Task RefuseAsync(HttpContext context, string service, AwsRefusal refusal)
    {
        var (code, text) = (new XElement("Code", refusal.Code), new XElement("Message", refusal.Message));
        return service switch
        {
            "ebs" => RefuseJsonAsync(context, refusal),
            "s3" => XmlAsync(context, refusal.Status, new("Error", code, text, new XElement("RequestId", RequestId(context)))),
            "sts" => XmlAsync(
                context,
                refusal.Status,
                new(
                    Sts + "ErrorResponse",
                    new XElement(
                        Sts + "Error",
                        new XElement(Sts + "Type", "Sender"),
                        new XElement(Sts + "Code", refusal.Code),
                        new XElement(Sts + "Message", refusal.Message)
                    ),
                    new XElement(Sts + "RequestId", RequestId(context))
                )
            ),
            _ => XmlAsync(
                context,
                refusal.Status,
                new("Response", new XElement("Errors", new XElement("Error", code, text)), new XElement("RequestID", RequestId(context)))
            ),
        };
    }

    /// <summary>The refusal that a fault is, in the words of a service; <c>null</c> for a fault that is none.</summary>
    public static AwsRefusal? Of(FaultRule fault, string service, string operation) =>
        (fault.Kind, service) switch
        {
            (FaultRule.Throttle, "ec2") => new("RequestLimitExceeded", "Request limit exceeded.", 503),
            (FaultRule.Throttle, "s3") => new("SlowDown", "Please reduce your request rate.", 503),
            (FaultRule.Throttle, "sts") => new("Throttling", "Rate exceeded", 400),
            (FaultRule.Throttle, _) => new("RequestThrottledException", "Rate exceeded", 400) { Reason = "ACCOUNT_THROTTLED" },
            (FaultRule.Error or FaultRule.ErrorAfter, "ebs") => new("InternalServerException", "An internal error has occurred", 500),
            (FaultRule.Error or FaultRule.ErrorAfter, _) => new("InternalError", "An internal error has occurred", 500),
            (FaultRule.Down, _) => new("ServiceUnavailable", "The service is unavailable. Please try again shortly.", 503),
            (FaultRule.Full, "ebs") => new("ServiceQuotaExceededException", "Your current service quotas do not allow this", 402)
            {
                Reason = "DEPENDENCY_SERVICE_QUOTA_EXCEEDED",
            },
            (FaultRule.Full, _) when operation == "RunInstances" => new(
                "VcpuLimitExceeded",
                "You have requested more vCPU capacity than your current vCPU limit of 0 allows."
            ),
            (FaultRule.Full, _) => new("ResourceLimitExceeded", "You have reached the limit of your account."),
            _ => null,
        };

    private static Task RefuseJsonAsync(HttpContext context, AwsRefusal refusal)
    {
        context.Response.Headers["x-amzn-ErrorType"] = refusal.Code;
        return EbsAsync(
            context,
            EbsAnswer.Json(
                refusal.Status,
                new([
                    new("Message", new JsonTextString(refusal.Message)),
                    .. refusal.Reason is { } reason
                        ? [new JsonTextMember("Reason", new JsonTextString(reason))]
                        : Array.Empty<JsonTextMember>(),
                ])
            )
        );
    }

    private static async Task XmlAsync(HttpContext context, int status, XElement root)
    {
        var bytes = Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root.ToString(SaveOptions.DisableFormatting));
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/xml;charset=UTF-8";
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    private static string RequestId(HttpContext context) => context.TraceIdentifier;
}
