using Pipeline.Host.Net;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;

namespace Pipeline.Compose;

/// <summary>What the composer is given from outside.</summary>
public sealed record ComposerServices
{
    /// <summary>Starts programs.</summary>
    public required IToolRunner Tools { get; init; }

    /// <summary>Shows steps, notes and problems.</summary>
    public required IReporter Reporter { get; init; }

    /// <summary>The clock: expiry of indices and waits between retries, never anything that decides bytes.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The HTTP client; made by the host's HTTP stack.</summary>
    public required HttpClient Http { get; init; }

    /// <summary>User names and passwords of mirrors, taken out of their addresses.</summary>
    public UrlCredentials Credentials { get; init; } = new();

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Environment { get; init; }
}
