using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Pipeline.Host.Archives;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>
/// An update to the build, made for one run: the build's own tree with one file added and a new version, once signed with a
/// throwaway key and once not, in an archive repository served over HTTP.
/// </summary>
internal sealed class UpdateRepository : IAsyncDisposable
{
    private const string SignedRef = "pipeline/update/signed";
    private const string UnsignedRef = "pipeline/update/unsigned";
    private const string ReleaseFile = "/usr/lib/os-release";
    private const int LargestRelease = 1 << 16;
    private const string Marker = "usr/lib/pipeline-update";

    private readonly FileServer _server;

    private UpdateRepository(FileServer server, ServedUpdate update)
    {
        _server = server;
        Update = update;
    }

    /// <summary>Version of the commit that the update starts from.</summary>
    public required string BuildVersion { get; init; }

    /// <summary>The commit that the update starts from.</summary>
    public required string BuildCommit { get; init; }

    /// <summary>What tests see of it.</summary>
    public ServedUpdate Update { get; }

    /// <summary>Makes and serves it.</summary>
    /// <param name="tools">Starts ostree and gpg.</param>
    /// <param name="build">The build; it must have a repository.</param>
    /// <param name="host">Address at which guests reach this host's loopback.</param>
    /// <param name="directory">A directory of ours, below a short path (gpg's sockets live there).</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<UpdateRepository> CreateAsync(
        IToolRunner tools,
        BuildUnderTest build,
        string host,
        string directory,
        CancellationToken cancellationToken
    )
    {
        var home = Path.Combine(directory, "gpg");
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var archive = build.Repository!;
        var (repository, commit, _, _) = await CommitArchiveReader.ExtractAsync(archive, directory, build.Commit, cancellationToken);
        var recorded = await new Ostree(tools).MetadataAsync(repository, commit, "version", cancellationToken);
        var version = recorded?.Trim('\'') ?? throw Incomplete(commit, "metadata 'version'");
        var newVersion = $"{version}.update";
        var (signed, key) = await SignedAsync(
            tools,
            repository,
            home,
            commit,
            (version, newVersion),
            Path.Combine(directory, "overlay.tar"),
            cancellationToken
        );
        var server = new FileServer(repository);
        var variables = new Dictionary<string, string>
        {
            ["PIPELINE_UPDATE_PORT"] = server.Port.ToString(CultureInfo.InvariantCulture),
            ["PIPELINE_UPDATE_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://{host}:{server.Port}"),
            ["PIPELINE_UPDATE_REF"] = SignedRef,
            ["PIPELINE_UPDATE_COMMIT"] = signed,
            ["PIPELINE_UPDATE_VERSION"] = newVersion,
            ["PIPELINE_UPDATE_UNSIGNED_REF"] = UnsignedRef,
        };
        return new(server, new(variables, new("update-key.asc", FileModes.Plain, key))) { BuildVersion = version, BuildCommit = commit };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task<(string Commit, ReadOnlyMemory<byte> Key)> SignedAsync(
        IToolRunner tools,
        string repository,
        string home,
        string commit,
        (string Old, string New) version,
        string overlay,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var fingerprint = await MakeKeyAsync(tools, home, cancellationToken);
            var release =
                await new Ostree(tools).ReadAsync(repository, commit, ReleaseFile, LargestRelease, cancellationToken)
                ?? throw Incomplete(commit, ReleaseFile);
            await OverlayAsync(
                overlay,
                version.Old.Length == 0 ? release : release.Replace(version.Old, version.New, StringComparison.Ordinal),
                version.New + "\n",
                cancellationToken
            );
            var signed = await CommitAsync(
                tools,
                repository,
                commit,
                SignedRef,
                version.New,
                overlay,
                new(home, fingerprint),
                cancellationToken
            );
            await CommitAsync(tools, repository, commit, UnsignedRef, version.New + ".unsigned", overlay, null, cancellationToken);
            return (signed, (await tools.RunAsync(Gpg(home, ["--armor", "--export", fingerprint]), cancellationToken)).Output);
        }
        finally
        {
            await EndAgentAsync(tools, home);
        }
    }

    private static ToolCommand Gpg(string home, IEnumerable<string> arguments) =>
        new("gpg", ["--homedir", home, "--batch", "--no-tty", "--quiet", .. arguments]) { MissingHint = "install the package 'gpg'" };

    /// <summary>gpg leaves an agent behind; nothing of ours may survive.</summary>
    private static async Task EndAgentAsync(IToolRunner tools, string home) =>
        await tools.RunAsync(new("gpgconf", ["--homedir", home, "--kill", "all"]) { Accepted = [0, 1, 2] }, CancellationToken.None);

    private static async Task<string> MakeKeyAsync(IToolRunner tools, string home, CancellationToken cancellationToken)
    {
        await tools.RunAsync(
            Gpg(home, ["--passphrase", "", "--quick-generate-key", "pipeline-update-test", "ed25519", "sign", "never"]),
            cancellationToken
        );
        var listing = await tools.RunAsync(Gpg(home, ["--with-colons", "--list-keys"]), cancellationToken);
        return listing.Text.Split('\n').Select(l => l.Split(':')).First(f => f[0] == "fpr")[9];
    }

    private static PipelineException Incomplete(string commit, string what) =>
        new(KolaDiagnostics.NoBuild($"the build's commit {commit} has no {what}", "compose the build again"));

    /// <summary>
    /// The files that differ, os-release with the new version and a marker. A tar, because it carries root as owner whoever runs this;
    /// ostree's own owner options would rewrite every file of the parent too.
    /// </summary>
    private static async Task OverlayAsync(string path, string release, string marker, CancellationToken cancellationToken)
    {
        await using var file = File.Create(path);
        await using var tar = new TarWriter(file, TarEntryFormat.Ustar);
        foreach (var directory in new[] { "./", "./usr/", "./usr/lib/" })
        {
            await tar.WriteEntryAsync(
                new UstarTarEntry(TarEntryType.Directory, directory) { Mode = (UnixFileMode)FileModes.Executable },
                cancellationToken
            );
        }

        foreach (var (name, text) in new[] { ("./usr/lib/os-release", release), ("./" + Marker, marker) })
        {
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
            await tar.WriteEntryAsync(
                new UstarTarEntry(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)FileModes.Plain, DataStream = content },
                cancellationToken
            );
        }
    }

    private static async Task<string> CommitAsync(
        IToolRunner tools,
        string repository,
        string parent,
        string reference,
        string version,
        string overlay,
        OstreeSigningKey? signing,
        CancellationToken cancellationToken
    )
    {
        var ostree = new Ostree(tools);
        var kept = new List<string>();
        foreach (var key in (string[])["ostree.linux", "ostree.bootable"])
        {
            if (await ostree.MetadataAsync(repository, parent, key, cancellationToken) is not null)
            {
                kept.Add(key);
            }
        }

        var shown = await ostree.ShowAsync(repository, parent, cancellationToken);
        var options = new OstreeCommitOptions
        {
            Tree = "tar=" + overlay,
            Branch = reference,
            Parent = parent,
            Base = parent,
            Subject = "update for a test",
            Time = After(Ostree.Field(shown, "Date")),
            Metadata = [new("version", version)],
            KeptMetadata = [.. kept],
            Signing = signing,
        };
        return await ostree.CommitAsync(repository, options, cancellationToken);
    }

    /// <summary>An update has to be newer than what runs; a fixed step keeps it independent of the clock.</summary>
    private static DateTimeOffset? After(string? date) =>
        DateTimeOffset.TryParseExact(date, "yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.AddHours(1)
            : null;
}
