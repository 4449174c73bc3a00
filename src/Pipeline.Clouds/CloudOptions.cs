using Pipeline.Model.Diagnostics;

namespace Pipeline.Clouds;

/// <summary>What a user says about a cloud; the rest comes from the environment and the vendor's own files.</summary>
public sealed record CloudOptions
{
    /// <summary>The owner tag of everything that is made, unless said otherwise.</summary>
    public const string DefaultOwner = "pipeline";

    /// <summary>Another server with the provider's API, or <c>null</c> for the provider's own.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The first region, or <c>null</c> for the environment's.</summary>
    public string? Region { get; init; }

    /// <summary>Value of the owner tag: only what carries it is changed or deleted.</summary>
    public string Owner { get; init; } = DefaultOwner;

    /// <summary>The network that instances are put into (EC2: a subnet), or <c>null</c> for the account's usual one.</summary>
    public string? Network { get; init; }

    /// <summary>The firewall rules of instances (EC2: a security group), or <c>null</c> for the account's usual ones.</summary>
    public string? Firewall { get; init; }

    /// <summary>Whether instances are made of spare capacity, cheaper and ended at any time.</summary>
    public bool Spot { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Reads an endpoint.</summary>
    /// <exception cref="PipelineException">PL6072 it is none.</exception>
    public static Uri? ReadEndpoint(string? text) =>
        string.IsNullOrEmpty(text) ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri is { UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 }
            ? uri
        : throw new PipelineException(CloudDiagnostics.BadEndpoint(text));
}
