using System.Globalization;
using System.IO.Compression;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.TestKit;

/// <summary>How a <see cref="TinyRepository"/> describes itself.</summary>
public sealed record TinyOptions
{
    /// <summary>Signs it; <c>null</c> leaves InRelease unsigned.</summary>
    public TestSigningKey? Key { get; init; } = TestSigningKey.Shared;

    /// <summary>The suite.</summary>
    public string Suite { get; init; } = "tiny";

    /// <summary>What the Release says its suite is, when that is another.</summary>
    public string? ClaimedSuite { get; init; }

    /// <summary><c>Date</c>.</summary>
    public DateTimeOffset Date { get; init; } = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary><c>Valid-Until</c>, or <c>null</c> for none.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>Sign a SHA-1 digest.</summary>
    public bool WeakSignature { get; init; }

    /// <summary>The signature's own life.</summary>
    public TimeSpan? SignatureExpires { get; init; }

    /// <summary>List MD5 digests only.</summary>
    public bool OnlyMd5 { get; init; }

    /// <summary>Whether indices are offered by digest.</summary>
    public bool ByHash { get; init; } = true;

    /// <summary>What the index says is the location of every package, when that is not the truth.</summary>
    public string? Location { get; init; }

    /// <summary>Changes the text of an index before it is signed.</summary>
    public Func<string, string> Index { get; init; } = text => text;

    /// <summary>The size the Release claims for a path, when that is not the truth.</summary>
    public Func<string, long?> ClaimedSize { get; init; } = _ => null;

    /// <summary>Architectures that have an index.</summary>
    public ValueList<Architecture> Architectures { get; init; } = [Architecture.X86_64, Architecture.S390x];
}

/// <summary>
/// A Debian repository of a handful of handmade packages, signed by a test key and served on loopback. Every fault can be injected
/// through <see cref="Server"/>; every lie through <see cref="TinyOptions"/>.
/// </summary>
public sealed class TinyRepository : IAsyncDisposable
{
    private TinyRepository() { }

    /// <summary>Serves the files.</summary>
    public FaultyServer Server { get; } = new();

    /// <summary>Its address, what <c>${mirror:tiny}</c> stands for.</summary>
    public string Url => Server.Url;

    /// <summary>A package with the given properties, short for tests.</summary>
    public static TinyPackage Package(
        string name,
        string version = "1.0",
        string? depends = null,
        IReadOnlyList<TinyFile>? files = null,
        string? postinst = null,
        bool essential = false
    ) =>
        new(name, version)
        {
            Depends = depends,
            Files = files ?? [new($"usr/share/{name}/readme", $"{name} {version}\n")],
            Scripts = postinst is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["postinst"] = postinst },
            Essential = essential,
        };

    /// <summary>Starts a repository with <paramref name="packages"/>.</summary>
    public static TinyRepository Serve(IEnumerable<TinyPackage> packages, TinyOptions? options = null)
    {
        var repository = new TinyRepository();
        repository.Publish(packages, options);
        return repository;
    }

    /// <summary>Replaces everything that is served.</summary>
    public void Publish(IEnumerable<TinyPackage> packages, TinyOptions? options = null)
    {
        options ??= new();
        Server.Clear();
        var built = packages.Select(p => (Package: p, Bytes: p.Build())).ToArray();
        foreach (var (package, bytes) in built)
        {
            Server.Put(PathOf(package), bytes);
        }

        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var architecture in options.Architectures)
        {
            var text = string.Concat(
                built
                    .Where(b => b.Package.Architecture == "all" || b.Package.Architecture == architecture.Debian)
                    .Select(b => Stanza(b.Package, b.Bytes, options.Location))
            );
            var plain = Encoding.UTF8.GetBytes(options.Index(text));
            files[$"main/binary-{architecture.Debian}/Packages"] = plain;
            files[$"main/binary-{architecture.Debian}/Packages.gz"] = Gzip(plain);
        }

        var dists = $"/dists/{options.Suite}/";
        foreach (var (path, bytes) in files)
        {
            Server.Put(dists + path, bytes);
            if (options.ByHash)
            {
                Server.Put($"{dists}{path[..path.LastIndexOf('/')]}/by-hash/SHA256/{Digest.Of(bytes).Hex}", bytes);
            }
        }

        var release = Release(files, options);
        var signed = options.Key?.ClearSign(release, options.WeakSignature, options.SignatureExpires) ?? release;
        Server.Put($"{dists}InRelease", Encoding.UTF8.GetBytes(signed));
    }

    /// <summary>The path a package is served at.</summary>
    public static string PathOf(TinyPackage package) => $"/pool/main/{package.FileName}";

    /// <summary>Writes <c>tiny.sources</c> with repository <c>tiny</c> and its key into the directory of a root manifest.</summary>
    public static void WriteSources(string directory, TestSigningKey? key = null, string suite = "tiny")
    {
        File.WriteAllBytes(Path.Combine(directory, "tiny.pgp"), (key ?? TestSigningKey.Shared).PublicKey());
        File.WriteAllText(
            Path.Combine(directory, "tiny.sources"),
            $"X-Repo-Id: tiny\nTypes: deb\nURIs: ${{mirror:tiny}}\nSuites: {suite}\nComponents: main\nSigned-By: tiny.pgp\n"
        );
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static string Stanza(TinyPackage package, byte[] bytes, string? location) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{package.Control()}Filename: {location ?? PathOf(package)[1..]}\nSize: {bytes.Length}\nSHA256: {Digest.Of(bytes).Hex}\n\n"
        );

    private static string Release(SortedDictionary<string, byte[]> files, TinyOptions options)
    {
        var text = new StringBuilder();
        var suite = options.ClaimedSuite ?? options.Suite;
        text.Append(
            CultureInfo.InvariantCulture,
            $"Origin: Tiny\nLabel: Tiny\nSuite: {suite}\nCodename: {suite}\nDate: {Date(options.Date)}\n"
        );
        if (options.ValidUntil is { } until)
        {
            text.Append(CultureInfo.InvariantCulture, $"Valid-Until: {Date(until)}\n");
        }

        if (options.ByHash)
        {
            text.Append("Acquire-By-Hash: yes\n");
        }

        text.Append(
            CultureInfo.InvariantCulture,
            $"Architectures: {string.Join(' ', options.Architectures.Select(a => a.Debian))}\nComponents: main\n"
                + $"{(options.OnlyMd5 ? "MD5Sum" : "SHA256")}:\n"
        );
        foreach (var (path, bytes) in files)
        {
            var digest = options.OnlyMd5 ? Digest.Of(bytes).Hex[..32] : Digest.Of(bytes).Hex;
            text.Append(CultureInfo.InvariantCulture, $" {digest} {options.ClaimedSize(path) ?? bytes.Length, 16} {path}\n");
        }

        return text.ToString();
    }

    private static string Date(DateTimeOffset date) =>
        date.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static byte[] Gzip(byte[] plain)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return packed.ToArray();
    }
}
