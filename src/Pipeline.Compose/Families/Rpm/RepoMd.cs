using System.Globalization;
using System.Xml;
using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>A file that repomd.xml names.</summary>
/// <param name="Location">Path below the repository's base.</param>
/// <param name="Digest">sha256 of the file.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="OpenSize">Its bytes when unpacked, or <c>null</c>.</param>
/// <param name="OpenDigest">sha256 of it when unpacked, or <c>null</c>.</param>
internal sealed record RepoMdFile(string Location, Digest Digest, long Size, long? OpenSize, Digest? OpenDigest);

/// <summary>repomd.xml: what a repository consists of. Digests but SHA-256 are not read.</summary>
internal sealed record RepoMd
{
    private const int MaxCharacters = 16 * 1024 * 1024;

    /// <summary>Revisions before 1990 and after 9999 are numbers of another kind.</summary>
    private const long FirstTime = 631_152_000;
    private const long LastTime = 253_402_300_799;

    /// <summary>What it says it is: content, repository and distribution tags; empty when it says nothing.</summary>
    public required string Identity { get; init; }

    /// <summary>The newest of its revision and the times of its files; never the clock.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>The files by type: <c>primary</c>, <c>filelists</c>, <c>group</c>, …</summary>
    public required IReadOnlyDictionary<string, RepoMdFile> Files { get; init; }

    /// <summary>Types that it names with a digest other than SHA-256.</summary>
    public required IReadOnlySet<string> Weak { get; init; }

    /// <summary>Reads the text.</summary>
    /// <exception cref="PipelineException">PL1127 (class 5): a signed text that makes no sense is not trusted.</exception>
    public static RepoMd Parse(string repo, ReadOnlyMemory<byte> text)
    {
        try
        {
            return new Reader(repo).Read(text);
        }
        catch (XmlException e)
        {
            throw new PipelineException(RepositoryDiagnostics.BadRepomd(repo, $"is not readable: {e.Message.Split('\n')[0]}"), e);
        }
    }

    private sealed class Reader(string repo)
    {
        private readonly Dictionary<string, RepoMdFile> _files = new(StringComparer.Ordinal);
        private readonly HashSet<string> _weak = new(StringComparer.Ordinal);
        private readonly List<string> _tags = [];
        private long _newest;

        public RepoMd Read(ReadOnlyMemory<byte> text)
        {
            using var xml = BoundedXml.Open(text, MaxCharacters);
            if (xml.MoveToContent() != XmlNodeType.Element || xml.LocalName != "repomd")
            {
                throw Bad("has no element 'repomd'");
            }

            foreach (var name in xml.Children())
            {
                switch (name)
                {
                    case "revision":
                        Take(xml.Text());
                        break;
                    case "tags":
                        ReadTags(xml);
                        break;
                    case "data":
                        ReadData(xml);
                        break;
                    default:
                        xml.Skip();
                        break;
                }
            }

            // What follows the root must be well formed too.
            while (xml.Read()) { }

            return new()
            {
                Identity = string.Join('\n', _tags),
                Date =
                    _newest == 0
                        ? throw Bad("has neither a time as revision nor a timestamp")
                        : DateTimeOffset.FromUnixTimeSeconds(_newest),
                Files = _files,
                Weak = _weak,
            };
        }

        private void ReadTags(XmlReader xml)
        {
            foreach (var name in xml.Children())
            {
                _tags.Add($"{name} {xml.GetAttribute("cpeid")} {xml.Text()}");
            }
        }

        private void ReadData(XmlReader xml)
        {
            var type = xml.GetAttribute("type") ?? throw Bad("has an element 'data' without a type");
            string? location = null;
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            var kinds = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (var name in xml.Children())
            {
                if (name == "location")
                {
                    location = xml.GetAttribute("href");
                    xml.Skip();
                }
                else
                {
                    kinds[name] = xml.GetAttribute("type");
                    values[name] = xml.Text();
                }
            }

            if (values.GetValueOrDefault("timestamp") is { } time)
            {
                Take(time.Split('.')[0]);
            }

            Add(type, location, values, kinds);
        }

        private void Add(string type, string? location, Dictionary<string, string> values, Dictionary<string, string?> kinds)
        {
            // The zchunk forms are doubles of plain ones.
            if (type.EndsWith("_zck", StringComparison.Ordinal))
            {
                return;
            }

            if (kinds.GetValueOrDefault("checksum") != "sha256")
            {
                _weak.Add(type);
                return;
            }

            if (location is null || !RpmNames.IsSafeLocation(location))
            {
                throw Bad($"has no usable location of '{type}'");
            }

            if (!Digest.TryParse(values["checksum"], out var digest))
            {
                throw Bad($"has no usable digest of '{type}'");
            }

            if (Number(values, "size") is not { } size)
            {
                throw Bad($"has no usable size of '{type}'");
            }

            if (values.ContainsKey("open-size") && Number(values, "open-size") is null)
            {
                throw Bad($"has no usable open-size of '{type}'");
            }

            var open =
                kinds.GetValueOrDefault("open-checksum") == "sha256" && Digest.TryParse(values["open-checksum"], out var d)
                    ? d
                    : (Digest?)null;
            if (!_files.TryAdd(type, new(location, digest, size, Number(values, "open-size"), open)))
            {
                throw Bad($"names '{type}' twice");
            }
        }

        private void Take(string time)
        {
            if (
                long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && seconds is >= FirstTime and <= LastTime
            )
            {
                _newest = Math.Max(_newest, seconds);
            }
        }

        private static long? Number(Dictionary<string, string> values, string name) =>
            long.TryParse(values.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

        private PipelineException Bad(string why) => new(RepositoryDiagnostics.BadRepomd(repo, why));
    }
}
