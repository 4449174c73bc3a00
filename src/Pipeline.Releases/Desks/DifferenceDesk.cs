using Pipeline.Host.Archives;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Differences;

namespace Pipeline.Releases.Desks;

/// <summary>Two builds to compare. Each is a build id or what stands for one, or the path of a tar with a commit.</summary>
/// <param name="Work">The work directory; <c>null</c> when both are tars.</param>
/// <param name="Before">The first.</param>
/// <param name="After">The second.</param>
/// <param name="Architecture">Which architecture of builds.</param>
/// <param name="Store">Where builds are fetched from that the work directory does not have; <c>null</c> for nowhere.</param>
public sealed record DifferenceRequest(WorkDirectory? Work, string Before, string After, Architecture Architecture, string? Store)
{
    /// <summary>Whether a word is the path of a tar and not a build.</summary>
    public static bool IsTar(string word) =>
        word.EndsWith(".tar", StringComparison.Ordinal) || word.Contains('/', StringComparison.Ordinal);
}

/// <summary>Façade of <c>diff</c>: what two builds differ in.</summary>
public sealed class DifferenceDesk
{
    private const int LargestArguments = 1 << 20;
    private const int LargestStatus = 64 << 20;
    private const string Status = "/usr/lib/sysimage/dpkg/status";
    private const string ArgumentFiles = "/usr/lib/bootc/kargs.d/";
    private readonly ReleaseServices _services;
    private readonly BuildDesk _builds;

    internal DifferenceDesk(ReleaseServices services, BuildDesk builds) => (_services, _builds) = (services, builds);

    private Ostree Ostree => new(_services.Tools);

    /// <summary>Compares.</summary>
    /// <exception cref="PipelineException">No such build, or it has no commit (class 2); a commit that is refused (class 5).</exception>
    public async Task<BuildDifference> CompareAsync(DifferenceRequest request, CancellationToken cancellationToken)
    {
        using var scratch = new TemporaryDirectory();
        var before = await OpenAsync(request, request.Before, Path.Combine(scratch.Path, "a"), cancellationToken);
        var after = await OpenAsync(request, request.After, Path.Combine(scratch.Path, "b"), cancellationToken);
        using var step = _services.Reporter.Step("compare");
        var difference = Comparison.Of(
            before.Content,
            after.Content,
            (a, b) => ObjectContents.AreSame(before.Repository, a.Checksum, after.Repository, b.Checksum)
        );
        step.Done($"{difference.Files.Count} files differ");
        return difference;
    }

    private async Task<(ComparedContent Content, string Repository)> OpenAsync(
        DifferenceRequest request,
        string named,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(scratch);
        var path = _services.FullPath(named);
        if (DifferenceRequest.IsTar(named))
        {
            return await ReadAsync(new(Path.GetFileName(path), path, request.Architecture), scratch, cancellationToken);
        }

        var (builds, id) = await FindAsync(request, named, scratch, cancellationToken);
        _services.Reporter.Note($"build {await builds.DescribeAsync(id, request.Architecture, cancellationToken)}");
        using var use = await builds.UseAsync(id, [request.Architecture], cancellationToken);
        var directory = builds.Directory(id, request.Architecture);
        var meta = await builds.ReadMetaAsync(id, request.Architecture, cancellationToken);
        var tar = ((meta.Find("images") as JsonTextObject)?.Find("ostree") as JsonTextObject)?.Find("path") as JsonTextString;
        var archive = tar is null ? null : Path.Combine(directory, Path.GetFileName(tar.Value));
        if (archive is null || !RegularFile.Is(archive))
        {
            throw new PipelineException(DifferenceDiagnostics.NoCommit(id));
        }

        var lockfile = await DocumentAsync(directory, Lockfile.GeneratedName(request.Architecture.Name), cancellationToken);
        var listed = await DocumentAsync(directory, "commitmeta.json", cancellationToken);
        var side = new OpenedBuild(id, archive, request.Architecture)
        {
            Commit = (meta.Find("ostree-commit") as JsonTextString)?.Value,
            Meta = meta,
            Packages = listed is null ? null : PackageLists.Of(listed, lockfile),
            ImageArguments = [.. BuildOrigin.Of(directory).KernelArguments.SelectMany(i => i.Value.Select(a => $"{i.Key}: {a}"))],
        };
        return await ReadAsync(side, scratch, cancellationToken);
    }

    private static async Task<JsonTextObject?> DocumentAsync(string directory, string name, CancellationToken cancellationToken)
    {
        var file = Path.Combine(directory, name);
        return RegularFile.Is(file)
            ? JsonText.Parse(file, await RegularFile.ReadAsync(file, cancellationToken), new()) as JsonTextObject
            : null;
    }

    /// <summary>The build here; one that is not here is fetched into a directory that goes away with the comparison.</summary>
    private async Task<(BuildStore Builds, string Id)> FindAsync(
        DifferenceRequest request,
        string named,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        var here = request.Work is null ? null : new BuildStore(request.Work, _services.Time);
        try
        {
            return here is null
                ? throw new PipelineException(DifferenceDiagnostics.NoCommit(named))
                : (here, await here.ResolveAsync(named, request.Architecture, cancellationToken));
        }
        catch (PipelineException) when (request.Store is not null)
        {
            var work = new WorkDirectory(Path.Combine(scratch, "fetched"));
            await _builds.FetchAsync(new(work, request.Store, named, [request.Architecture], ["ostree"], false), cancellationToken);
            var fetched = new BuildStore(work, _services.Time);
            return (fetched, await fetched.ResolveAsync(null, request.Architecture, cancellationToken));
        }
    }

    private async Task<(ComparedContent Content, string Repository)> ReadAsync(
        OpenedBuild side,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        using var step = _services.Reporter.Step($"read the commit of {side.Id}");
        if (!RegularFile.Is(side.Archive))
        {
            throw new PipelineException(DifferenceDiagnostics.NoCommit(side.Id));
        }

        var commit = await CommitArchiveReader.ExtractAsync(side.Archive, scratch, side.Commit, cancellationToken);
        var files = ListedFile.Parse(await Ostree.ListAsync(commit.Repository, commit.Checksum, cancellationToken));
        var arguments = new List<string>();
        foreach (var file in files.Keys.Where(f => f.StartsWith(ArgumentFiles, StringComparison.Ordinal)))
        {
            var text = await Ostree.ReadAsync(commit.Repository, commit.Checksum, file, LargestArguments, cancellationToken);
            arguments.AddRange(ArgumentFile.Read(text ?? "", side.Architecture.Name));
        }

        arguments.AddRange(side.ImageArguments);
        var packages = side.Packages ?? await PackagesAsync(commit, files, cancellationToken);
        step.Done();
        var build = new ComparedBuild(
            side.Id,
            (side.Meta?.Find("name") as JsonTextString)?.Value,
            commit.Checksum,
            files.Count,
            files.Values.Sum(f => f.Size)
        );
        return (new(build, files, packages, arguments, Artifacts(side.Meta)), commit.Repository);
    }

    /// <summary>The packages that the commit itself names: in its metadata, as rpm-ostree does, or in dpkg's database.</summary>
    private async Task<IReadOnlyDictionary<string, ListedPackage>?> PackagesAsync(
        ExtractedCommit commit,
        SortedDictionary<string, ListedFile> files,
        CancellationToken cancellationToken
    )
    {
        const string key = "rpmostree.rpmdb.pkglist";
        if (await Ostree.MetadataAsync(commit.Repository, commit.Checksum, key, cancellationToken) is { } variant)
        {
            return PackageLists.OfVariant(variant);
        }

        return
            files.ContainsKey(Status)
            && await Ostree.ReadAsync(commit.Repository, commit.Checksum, Status, LargestStatus, cancellationToken) is { } text
            ? PackageLists.OfStatus(text)
            : null;
    }

    private static Dictionary<string, long> Artifacts(JsonTextObject? meta) =>
        ((meta?.Find("images") as JsonTextObject)?.Members ?? [])
            .Select(m => (m.Name, Size: (m.Value as JsonTextObject)?.Find("size") as JsonTextNumber))
            .Where(m => long.TryParse(m.Size?.Raw, out _))
            .ToDictionary(m => m.Name, m => long.Parse(m.Size!.Raw, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>One side before its commit is read.</summary>
    /// <param name="Id">Build id, or the name of the tar.</param>
    /// <param name="Archive">The tar with the commit.</param>
    /// <param name="Architecture">Whose kernel arguments count.</param>
    private sealed record OpenedBuild(string Id, string Archive, Architecture Architecture)
    {
        /// <summary>The commit it has to be; <c>null</c> for any.</summary>
        public string? Commit { get; init; }

        /// <summary>Its meta.json; <c>null</c> for a tar.</summary>
        public JsonTextObject? Meta { get; init; }

        /// <summary>Its packages; <c>null</c> when only the commit knows them.</summary>
        public IReadOnlyDictionary<string, ListedPackage>? Packages { get; init; }

        /// <summary>Kernel arguments of its images, with their names.</summary>
        public ValueList<string> ImageArguments { get; init; } = [];
    }
}
