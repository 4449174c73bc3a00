using Pipeline.Compose.Families;
using Pipeline.Compose.Families.Rpm;
using Pipeline.TestKit.Rpm;

namespace Pipeline.TestKit.Families;

/// <summary>Packages and repositories of the RPM family.</summary>
internal sealed class RpmFamilyBench : IFamilyBench
{
    private readonly RpmRepodata _repository = new();

    /// <inheritdoc/>
    public IPackageFamily Family => RpmFamily.Instance;

    /// <inheritdoc/>
    public string Url => _repository.Url;

    /// <inheritdoc/>
    public string AnyArchitecture => "noarch";

    /// <inheritdoc/>
    public string VersionOf(TinyPackage package) => $"{package.Version}-1";

    /// <inheritdoc/>
    public byte[] Build(TinyPackage package) => new TinyRpm(package).Build();

    /// <inheritdoc/>
    public string LocationOf(TinyPackage package) => Entry(package).Location;

    /// <inheritdoc/>
    public void Serve(string directory, IReadOnlyList<TinyPackage> packages, string? location = null)
    {
        _repository.Publish([.. packages.Select(p => Entry(p) with { File = Build(p), ClaimedLocation = location })]);
        RpmRepodata.WriteRepo(directory);
    }

    /// <inheritdoc/>
    public void Tamper() => _repository.Publish([], new() { Key = null });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _repository.DisposeAsync();

    private static RpmEntry Entry(TinyPackage package) =>
        new(package.Name, package.Version) { Requires = [.. package.Depends is { } other ? [other] : Array.Empty<string>()] };
}
