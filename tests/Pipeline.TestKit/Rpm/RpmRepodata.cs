using System.Globalization;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Rpm;

/// <summary>How an <see cref="RpmRepodata"/> describes itself.</summary>
public sealed record RpmOptions
{
    /// <summary>Signs it; <c>null</c> leaves repomd.xml unsigned.</summary>
    public TestSigningKey? Key { get; init; } = TestSigningKey.Shared;

    /// <summary>Revision and the times of all files.</summary>
    public DateTimeOffset Date { get; init; } = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>The revision, when it is not the date.</summary>
    public string? Revision { get; init; }

    /// <summary>The kind of all digests.</summary>
    public string DigestType { get; init; } = "sha256";

    /// <summary>
    /// What repomd.xml claims for a type and a member (<c>size</c>, <c>open-size</c>, <c>checksum</c>), when that is not the truth.
    /// </summary>
    public Func<string, string, string?> Claim { get; init; } = (_, _) => null;

    /// <summary>Changes an index before it is packed and signed.</summary>
    public Func<string, string, string> Change { get; init; } = (_, text) => text;

    /// <summary>The text of the groups; <c>null</c> for none.</summary>
    public string? Groups { get; init; }

    /// <summary>The text of the advisories; <c>null</c> for none.</summary>
    public string? Updates { get; init; }

    /// <summary>Ending of the indices' names, by which they are compressed: <c>.gz</c>, <c>.xz</c>, <c>.zst</c>; empty for not.</summary>
    public string Compression { get; init; } = ".gz";

    /// <summary>Further elements of repomd.xml.</summary>
    public string More { get; init; } = "";
}

/// <summary>
/// An RPM repository whose index is written here, without rpmbuild and createrepo, signed by a test key and served on loopback. Every fault
/// can be injected through <see cref="Server"/>; every lie through <see cref="RpmOptions"/>.
/// </summary>
public sealed class RpmRepodata : IAsyncDisposable
{
    private const string Head = """<?xml version="1.0" encoding="UTF-8"?>""";

    /// <summary>Serves the files.</summary>
    public FaultyServer Server { get; } = new();

    /// <summary>Its address, what <c>${mirror:tiny}</c> stands for.</summary>
    public string Url => Server.Url;

    /// <summary>Serves exactly these packages.</summary>
    public void Publish(IReadOnlyList<RpmEntry> packages, RpmOptions? options = null)
    {
        Server.Clear();
        foreach (var (path, content) in Files(packages, options ?? new()))
        {
            Server.Put($"/{path}", content);
        }
    }

    /// <summary>Writes <c>tiny.repo</c> and the key beside a manifest.</summary>
    /// <param name="directory">The directory of the manifest.</param>
    /// <param name="more">Further lines of the section.</param>
    /// <param name="id">Id of the repository.</param>
    public static void WriteRepo(string directory, string more = "", string id = "tiny")
    {
        File.WriteAllBytes(Path.Combine(directory, "tiny.pgp"), TestSigningKey.Shared.PublicKey());
        File.WriteAllText(
            Path.Combine(directory, $"{id}.repo"),
            $"# {id}\n[{id}]\nname={id} $basearch\nbaseurl=${{mirror:tiny}}\ngpgkey=tiny.pgp\n{more}\n"
        );
    }

    /// <summary>All files of a repository by path.</summary>
    public static IReadOnlyDictionary<string, byte[]> Files(IReadOnlyList<RpmEntry> packages, RpmOptions options)
    {
        var files = packages.DistinctBy(p => p.Location).ToDictionary(p => p.Location, p => p.Content, StringComparer.Ordinal);
        var data = new StringBuilder();
        Add(
            "primary",
            $"{Head}\n<metadata xmlns=\"http://linux.duke.edu/metadata/common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" "
                + $"packages=\"{packages.Count}\">\n{string.Concat(packages.Select(p => p.Primary()))}</metadata>\n"
        );
        Add(
            "filelists",
            $"{Head}\n<filelists xmlns=\"http://linux.duke.edu/metadata/filelists\" packages=\"{packages.Count}\">\n"
                + $"{string.Concat(packages.Select(p => p.FileList()))}</filelists>\n"
        );
        if (options.Groups is { } groups)
        {
            Add("group", groups);
        }

        if (options.Updates is { } updates)
        {
            Add("updateinfo", updates);
        }

        var revision = options.Revision ?? Seconds(options.Date);
        var repomd = Encoding.UTF8.GetBytes(
            $"{Head}\n<repomd xmlns=\"http://linux.duke.edu/metadata/repo\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n"
                + $"<revision>{revision}</revision>\n{data}{options.More}</repomd>\n"
        );
        files["repodata/repomd.xml"] = repomd;
        if (options.Key is { } key)
        {
            files["repodata/repomd.xml.asc"] = key.SignDetached(repomd);
        }

        return files;

        void Add(string type, string text)
        {
            var plain = Encoding.UTF8.GetBytes(options.Change(type, text));
            var packed = Packing.Pack(options.Compression, plain);
            var location = $"repodata/{Digest.Of(packed).Hex}-{type}.xml{options.Compression}";
            files[location] = packed;
            data.Append(
                $"<data type=\"{type}\"><checksum type=\"{options.DigestType}\">{Claim("checksum", Digest.Of(packed).Hex)}</checksum>"
                    + $"<open-checksum type=\"{options.DigestType}\">{Claim("open-checksum", Digest.Of(plain).Hex)}</open-checksum>"
                    + $"<location href=\"{Claim("location", location)}\"/><timestamp>{Seconds(options.Date)}</timestamp>"
                    + $"<size>{Claim("size", Number(packed.Length))}</size>"
                    + $"<open-size>{Claim("open-size", Number(plain.Length))}</open-size></data>\n"
            );

            string Claim(string member, string truth) => options.Claim(type, member) ?? truth;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static string Seconds(DateTimeOffset date) => Number(date.ToUnixTimeSeconds());

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
