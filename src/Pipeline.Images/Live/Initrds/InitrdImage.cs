using Pipeline.Host.Archives;
using Pipeline.Host.Compression;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Live.Initrds;

/// <summary>
/// Files that are put beside an initramfs: an archive that Linux unpacks after the others. Names have no leading slash; only regular files
/// are kept.
/// </summary>
internal sealed class InitrdImage
{
    /// <summary>Where Ignition looks for its config.</summary>
    public const string IgnitionConfig = "config.ign";

    /// <summary>Below it are NetworkManager's keyfiles.</summary>
    public const string NetworkDirectory = "etc/coreos-firstboot-network/";
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>Name and content, ordered by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Files => _files;

    /// <summary>The Ignition config, or <c>null</c>.</summary>
    public byte[]? Ignition
    {
        get => _files.GetValueOrDefault(IgnitionConfig);
        set => Set(IgnitionConfig, value);
    }

    /// <summary>NetworkManager's keyfiles by name, without their directory.</summary>
    public IEnumerable<(string Name, byte[] Content)> Keyfiles =>
        _files.Where(f => IsKeyfile(f.Key)).Select(f => (f.Key[NetworkDirectory.Length..], f.Value));

    /// <summary>Whether a name is that of a keyfile of NetworkManager.</summary>
    public static bool IsKeyfile(string name) => name.StartsWith(NetworkDirectory, StringComparison.Ordinal);

    /// <summary>Adds a file.</summary>
    /// <exception cref="PipelineException">PL3113 there is one of the name.</exception>
    public void AddOnce(string name, NamedBytes content)
    {
        if (!_files.TryAdd(name, content.Content.ToArray()))
        {
            throw new PipelineException(LiveDiagnostics.Twice($"a file named '{content.Name}'"));
        }
    }

    /// <summary>Sets or, with <c>null</c>, removes a file.</summary>
    public void Set(string name, byte[]? content)
    {
        if (content is null)
        {
            _files.Remove(name);
        }
        else
        {
            _files[name] = content;
        }
    }

    /// <summary>Removes all keyfiles.</summary>
    public void RemoveKeyfiles()
    {
        foreach (var (name, _) in Keyfiles.ToArray())
        {
            _files.Remove(NetworkDirectory + name);
        }
    }

    /// <summary>
    /// The archive, compressed as coreos-installer does: xz with CRC32. Directories come before what is in them, else Linux does not unpack
    /// it. Nothing at all when there are no files.
    /// </summary>
    public byte[] ToBytes()
    {
        const int secret = 0b110_000_000;
        const int open = 0b111_101_101;
        if (_files.Count == 0)
        {
            return [];
        }

        var archive = new MemoryStream();
        var writer = new CpioWriter(archive);
        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, content) in _files)
        {
            for (var slash = name.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = name.IndexOf('/', slash + 1))
            {
                if (made.Add(name[..slash]))
                {
                    writer.AddDirectory(name[..slash], open);
                }
            }

            writer.AddFile(name, secret, content);
        }

        writer.Finish();
        return Xz.Compress(archive.ToArray());
    }
}
