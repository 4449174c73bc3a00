using System.Globalization;
using Pipeline.Compose;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Build.Rpm;

/// <summary>
/// Makes a signed RPM repository of Debian packages: there is no mirror of an RPM distribution to compose from, and this one has real
/// programs, dependencies and scriptlets. The same packages give the same repository.
/// </summary>
/// <remarks>
/// The directory: <c>ARCH/Packages/*.rpm</c>, <c>ARCH/repodata/</c> with <c>repomd.xml.asc</c>; <c>key.asc</c>, the public key;
/// <c>key.secret</c>.
/// </remarks>
internal sealed class RpmRepositoryMaker(IToolRunner tools, IReporter reporter)
{
    private const string Hint = "apt-get install rpm createrepo-c";

    /// <summary>How many packages are made at a time.</summary>
    public int Parallel { get; init; } = Environment.ProcessorCount;

    /// <summary>Makes the repository of an architecture, or finds that it is there already.</summary>
    /// <param name="packages">Package files of Debian that were fetched and verified.</param>
    /// <param name="architecture">The architecture that they are for.</param>
    /// <param name="directory">Where the repositories are.</param>
    /// <param name="cancellationToken">Ends it; nothing half-made is left in the place of a repository.</param>
    /// <returns>The repository: what a <c>baseurl</c> names.</returns>
    public async Task<string> MakeAsync(
        IReadOnlyList<FetchedFile> packages,
        Architecture architecture,
        string directory,
        CancellationToken cancellationToken
    )
    {
        using var step = reporter.Step("make the RPM repository");
        Directory.CreateDirectory(directory);
        var target = Path.Combine(directory, architecture.Name);
        var inputs = InputsOf(packages);
        var stamp = Path.Combine(target, "inputs");
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp, cancellationToken) == inputs)
        {
            step.Done("there already");
            return target;
        }

        var scratch = Path.Combine(directory, $".{architecture.Name}.new");
        UnixFile.DeleteTree(scratch);
        var made = Directory.CreateDirectory(Path.Combine(scratch, "repository")).FullName;
        Directory.CreateDirectory(Path.Combine(made, "Packages"));
        await using (var signer = await RpmSigner.OpenAsync(directory, tools, cancellationToken))
        {
            var set = new RpmSet(await ReadAsync(packages, scratch, cancellationToken));
            await PackagesAsync(set, architecture, scratch, made, signer, step, cancellationToken);
            var date = await IndexAsync(made, cancellationToken);
            await signer.SignFileAsync(Path.Combine(made, "repodata", "repomd.xml"), cancellationToken);
            await signer.ExportAsync(Path.Combine(directory, "key.asc"), cancellationToken);
            step.Done($"{set.Packages.Count + 1} packages of {date:yyyy-MM-dd}");
        }

        await File.WriteAllTextAsync(Path.Combine(made, "inputs"), inputs, cancellationToken);
        UnixFile.DeleteTree(target);
        Directory.Move(made, target);
        UnixFile.DeleteTree(scratch);
        return target;
    }

    /// <summary>The packages by digest, and the code that changes them.</summary>
    private static string InputsOf(IReadOnlyList<FetchedFile> packages) =>
        string.Concat(packages.Select(p => Path.GetFileName(p.File)).Order(StringComparer.Ordinal).Select(l => l + "\n"))
        + typeof(RpmRepositoryMaker).Module.ModuleVersionId
        + "\n";

    private async Task<IReadOnlyCollection<DebPackage>> ReadAsync(
        IReadOnlyList<FetchedFile> packages,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        var read = new DebPackage[packages.Count];
        await System.Threading.Tasks.Parallel.ForAsync(
            0,
            packages.Count,
            Options(cancellationToken),
            async (i, token) => read[i] = await DebPackage.ReadAsync(packages[i], Path.Combine(scratch, "control", Number(i)), tools, token)
        );
        return read;
    }

    private async Task PackagesAsync(
        RpmSet set,
        Architecture architecture,
        string scratch,
        string made,
        RpmSigner signer,
        IStep step,
        CancellationToken cancellationToken
    )
    {
        var builder = new RpmBuilder(tools, architecture, Path.Combine(made, "Packages"), signer);
        var done = 0;
        await builder.BuildGroupAsync(
            RpmSpec.OfGroup(RpmSet.Essential, "What every other package takes for granted", set.EssentialNames),
            Path.Combine(scratch, "group"),
            cancellationToken
        );
        var shared = await SharedDirectoriesAsync(set, scratch, cancellationToken);
        // The kernel first: it takes longest.
        await System.Threading.Tasks.Parallel.ForEachAsync(
            set.Packages.OrderByDescending(p => new FileInfo(p.File).Length),
            Options(cancellationToken),
            async (package, token) =>
            {
                var owned = package.Name == "base-files" ? EmptySet : shared;
                await builder.BuildAsync(package, set.Lines(package), owned, Path.Combine(scratch, package.Name), token);
                step.Progress(Interlocked.Increment(ref done), set.Packages.Count, package.Name);
            }
        );
    }

    private static IReadOnlySet<string> EmptySet { get; } = new HashSet<string>();

    /// <summary>Directories of the system's skeleton; its package alone owns them.</summary>
    private async Task<IReadOnlySet<string>> SharedDirectoriesAsync(RpmSet set, string scratch, CancellationToken cancellationToken)
    {
        if (set.Packages.FirstOrDefault(p => p.Name == "base-files") is not { } skeleton)
        {
            return EmptySet;
        }

        var place = Path.Combine(scratch, "skeleton");
        Directory.CreateDirectory(place);
        var payload = await RpmPayload.UnpackAsync(
            skeleton,
            Path.Combine(place, "root"),
            Path.Combine(place, "data.tar"),
            tools,
            cancellationToken
        );
        UnixFile.DeleteTree(place);
        return payload.Entries.Where(e => e.Kind == PayloadKind.Directory).Select(e => e.Path).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Writes the indices. Their times are those of the newest package.</summary>
    private async Task<DateTimeOffset> IndexAsync(string made, CancellationToken cancellationToken)
    {
        var newest = Directory.EnumerateFiles(Path.Combine(made, "Packages")).Max(File.GetLastWriteTimeUtc);
        var seconds = new DateTimeOffset(newest, TimeSpan.Zero).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        await tools.RunAsync(
            new("createrepo_c", ["--quiet", "--no-database", "--revision", seconds, "--set-timestamp-to-revision", made])
            {
                MissingHint = Hint,
            },
            cancellationToken
        );
        return newest;
    }

    private ParallelOptions Options(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
