using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Host.Files;

namespace Pipeline.Host.Tools;

/// <summary>What was read of programs and libraries, valid only as long as the file is the one that was read.</summary>
/// <remarks>Kept between runs: a compose that changes nothing would spend most of its time on reading tools again.</remarks>
internal sealed class ToolFileCache
{
    private const int Version = 1;

    private readonly ConcurrentDictionary<string, ToolFile> _files;
    private readonly string? _path;
    private volatile bool _changed;

    private ToolFileCache(string? path, ConcurrentDictionary<string, ToolFile> files) => (_path, _files) = (path, files);

    /// <summary>The cache of a work directory, empty where there is none or it cannot be read.</summary>
    /// <param name="work"><c>null</c>: nothing is kept.</param>
    public static ToolFileCache Open(WorkDirectory? work)
    {
        var path = work is null ? null : Path.Combine(work.Cache, "tools.json");
        var files = new ConcurrentDictionary<string, ToolFile>(StringComparer.Ordinal);
        foreach (var (file, read) in path is null ? [] : Stored(path))
        {
            if (read is not null)
            {
                files[file] = read;
            }
        }

        return new(path, files);
    }

    /// <summary>What is known of the file, or what <paramref name="read"/> finds in it now.</summary>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public ToolFile Get(string path, Func<FileStamp, ToolFile> read)
    {
        var stamp = UnixFile.StampOfTarget(path) ?? throw new FileNotFoundException($"'{path}' has gone", path);
        if (_files.TryGetValue(path, out var known) && known.Stamp == stamp)
        {
            return known;
        }

        _changed = true;
        return _files[path] = read(stamp);
    }

    /// <summary>Writes what is new. A cache that cannot be written is no error; the files are read again next time.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (_path is null || !_changed)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            var stored = new StoredToolFiles(Version, new(_files, StringComparer.Ordinal));
            await AtomicFile.WriteAsync(
                _path,
                JsonSerializer.SerializeToUtf8Bytes(stored, ToolFileJson.Default.StoredToolFiles),
                cancellationToken
            );
            _changed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    private static SortedDictionary<string, ToolFile> Stored(string path)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(File.ReadAllBytes(path), ToolFileJson.Default.StoredToolFiles);
            return stored is { Version: Version } ? stored.Files : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}

/// <summary>What a fingerprint needs of one file.</summary>
/// <param name="Stamp">The file that was read.</param>
/// <param name="Digest">SHA-256 of its content, 64 hex digits.</param>
/// <param name="Elf"><c>null</c> when it is no ELF file.</param>
/// <param name="Interpreters">The loader of a program, or the interpreter of a script.</param>
internal sealed record ToolFile(FileStamp Stamp, string Digest, ElfFile? Elf, IReadOnlyList<string> Interpreters);

/// <summary>The form on disk.</summary>
internal sealed record StoredToolFiles(int Version, SortedDictionary<string, ToolFile> Files);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(StoredToolFiles))]
internal sealed partial class ToolFileJson : JsonSerializerContext;
