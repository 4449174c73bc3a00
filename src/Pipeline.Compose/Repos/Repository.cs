using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>One repository with every variable replaced; a family adds where its index is.</summary>
internal abstract record Repository
{
    /// <summary>The id by which manifests and locks name it.</summary>
    public required string Id { get; init; }

    /// <summary>Where package locations start; no slash at the end.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>Exactly the keys that may sign it, as OpenPGP packets (binary).</summary>
    public required ReadOnlyMemory<byte> Keyring { get; init; }

    /// <summary>Where it is defined.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Which of its packages may be chosen, and before which others.</summary>
    public RepositoryRules Rules { get; init; } = RepositoryRules.None;

    /// <summary>The checks that its definition turns off and the user allowed to be off, by the key that does it; sorted.</summary>
    public ValueList<string> Unchecked { get; init; } = [];

    /// <summary>Path of the index that everything else is verified by, below <see cref="BaseUrl"/>.</summary>
    public abstract string IndexPath { get; }

    /// <summary>The part of the distribution that it is, as messages name it; its id where its family has no such parts.</summary>
    public virtual string SuiteName => Id;

    /// <summary>The address of a path below <see cref="BaseUrl"/>; every segment is escaped, so <c>+</c> survives.</summary>
    public string Url(string path) => $"{BaseUrl}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";
}

/// <summary>Which packages of a repository may be chosen.</summary>
/// <param name="Priority">Of packages of one name those in the repository with the lowest number are taken.</param>
/// <param name="Exclude">Patterns (<c>*</c>, <c>?</c>, <c>[…]</c>) of names, or of name-version-release.architecture; those go.</param>
/// <param name="Include">The same, of those that stay; <c>null</c> for all.</param>
internal sealed record RepositoryRules(int Priority, ValueList<string> Exclude, ValueList<string>? Include)
{
    /// <summary>Every package, at the priority of a repository that has none.</summary>
    public static RepositoryRules None { get; } = new(99, [], null);
}
