using Microsoft.AspNetCore.Http;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>An answer of class 4xx or 5xx with one of the provider's own codes.</summary>
internal sealed class AwsRefusal(string code, string message, int status = StatusCodes.Status400BadRequest) : Exception(message)
{
    /// <summary>The code as clients compare it, for example <c>InvalidAMIID.NotFound</c>.</summary>
    public string Code => code;

    /// <summary>HTTP status.</summary>
    public int Status => status;

    /// <summary>EBS direct APIs: the detail within a <c>ValidationException</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>A parameter that is not there.</summary>
    public static AwsRefusal Missing(string parameter) => new("MissingParameter", $"The request must contain the parameter {parameter}");

    /// <summary>A parameter with a value that is none.</summary>
    public static AwsRefusal BadValue(string parameter, string value) =>
        new("InvalidParameterValue", $"Value ({value}) for parameter {parameter} is invalid.");
}
