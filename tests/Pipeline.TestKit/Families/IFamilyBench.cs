using Pipeline.Compose.Families;

namespace Pipeline.TestKit.Families;

/// <summary>Tiny packages and repositories of one family, for the contract that every family passes.</summary>
internal interface IFamilyBench : IAsyncDisposable
{
    /// <summary>The family.</summary>
    IPackageFamily Family { get; }

    /// <summary>The base address of what is served.</summary>
    string Url { get; }

    /// <summary>The version as the family has it in rows, for a <see cref="TinyPackage.Version"/>.</summary>
    string VersionOf(TinyPackage package);

    /// <summary>Its name of the architecture of packages that fit every machine.</summary>
    string AnyArchitecture { get; }

    /// <summary>A package file. <see cref="TinyPackage.Exact"/> writes hostile paths as they are.</summary>
    byte[] Build(TinyPackage package);

    /// <summary>Path of the package below the repository's base.</summary>
    string LocationOf(TinyPackage package);

    /// <summary>Serves the packages and writes what defines repository <c>tiny</c> beside the manifest.</summary>
    /// <param name="directory">The directory of the manifest.</param>
    /// <param name="packages">The packages.</param>
    /// <param name="location">Where the index says every package is, instead of <see cref="LocationOf"/>.</param>
    void Serve(string directory, IReadOnlyList<TinyPackage> packages, string? location = null);

    /// <summary>Changes bytes that are served, so that they are no longer what was signed or pinned.</summary>
    void Tamper();
}
