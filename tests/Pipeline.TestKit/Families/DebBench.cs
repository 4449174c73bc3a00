using Pipeline.Compose.Families;
using Pipeline.Compose.Families.Deb;

namespace Pipeline.TestKit.Families;

/// <summary>Packages and repositories of Debian's family.</summary>
internal sealed class DebBench : IFamilyBench
{
    private readonly TinyRepository _repository = TinyRepository.Serve([]);

    /// <inheritdoc/>
    public IPackageFamily Family => DebFamily.Instance;

    /// <inheritdoc/>
    public string Url => _repository.Url;

    /// <inheritdoc/>
    public string VersionOf(TinyPackage package) => package.Version;

    /// <inheritdoc/>
    public string AnyArchitecture => "all";

    /// <inheritdoc/>
    public byte[] Build(TinyPackage package) => package.Build();

    /// <inheritdoc/>
    public string LocationOf(TinyPackage package) => TinyRepository.PathOf(package)[1..];

    /// <inheritdoc/>
    public void Serve(string directory, IReadOnlyList<TinyPackage> packages, string? location = null)
    {
        _repository.Publish(packages, new() { Location = location });
        TinyRepository.WriteSources(directory);
    }

    /// <inheritdoc/>
    public void Tamper() => _repository.Publish([], new() { Key = null });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _repository.DisposeAsync();
}
