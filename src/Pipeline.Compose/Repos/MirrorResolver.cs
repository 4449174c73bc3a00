using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Repos;

/// <summary>What the host's own package manager says about mirrors. It only chooses a mirror; trust comes from signatures.</summary>
internal interface IHostMirrors
{
    /// <summary>The mirror ids it may know.</summary>
    IReadOnlyCollection<string> Ids { get; }

    /// <summary>What the error about an unknown mirror adds for those ids: where it looked.</summary>
    string Hint { get; }

    /// <summary>Addresses by id; without the ids that it does not know.</summary>
    Task<IReadOnlyDictionary<string, string>> FindAsync(CancellationToken cancellationToken);
}

/// <summary>Answers <c>${mirror:ID}</c>: the command line, then PIPELINE_MIRROR, then the host's own package manager.</summary>
/// <param name="given">From the command line, by id.</param>
/// <param name="environment">Value of PIPELINE_MIRROR, <c>ID=URL,ID=URL</c>.</param>
/// <param name="host">The host's package manager.</param>
/// <param name="credentials">Receives the user names and passwords; no address that leaves here has any.</param>
internal sealed class MirrorResolver(
    IReadOnlyDictionary<string, string> given,
    string? environment,
    IHostMirrors host,
    UrlCredentials credentials
)
{
    private IReadOnlyDictionary<string, string>? _host;

    /// <summary>
    /// The address for <paramref name="id"/> without a slash at the end, or <c>null</c> after reporting why there is none.
    /// </summary>
    public async Task<string?> ResolveAsync(string id, SourceSpan span, DiagnosticBag problems, CancellationToken cancellationToken)
    {
        var url = given.GetValueOrDefault(id) ?? FromEnvironment(id, problems);
        if (url is null && host.Ids.Contains(id))
        {
            url = (_host ??= await host.FindAsync(cancellationToken)).GetValueOrDefault(id);
        }

        if (url is null)
        {
            problems.Add(RepositoryDiagnostics.NoMirror(id, span, host.Ids.Contains(id) ? host.Hint : null));
            return null;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            problems.Add(RepositoryDiagnostics.BadMirror(id, url));
            return null;
        }

        return WithoutCredentials(url);
    }

    /// <summary>The address as it is used, shown and recorded: without credentials, and without a slash at the end.</summary>
    public string WithoutCredentials(string url) => credentials.Take(url).TrimEnd('/');

    private string? FromEnvironment(string id, DiagnosticBag problems)
    {
        foreach (var item in (environment ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                problems.Add(RepositoryDiagnostics.BadMirrorList(item));
            }
            else if (item[..equals] == id)
            {
                return item[(equals + 1)..];
            }
        }

        return null;
    }
}
