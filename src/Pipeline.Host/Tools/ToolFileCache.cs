using System.Collections.Concurrent;
using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Host.Tools;

/// <summary>What was read of programs and libraries, valid only as long as the file is the one that was read.</summary>
/// <remarks>Kept between runs: a compose that changes nothing would spend most of its time on reading tools again.</remarks>
internal sealed class ToolFileCache
{
    private const string Version = "1";

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
            files[file] = read;
        }

        return new(path, files);
    }

    /// <summary>What is known of the file, or what <paramref name="read"/> finds in it now.</summary>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public ToolFile Get(string path, Func<string, ToolFile> read)
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
            var files = _files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => new JsonTextMember(f.Key, f.Value.Write()));
            var root = new JsonTextObject([new("version", new JsonTextNumber(Version)), new("files", new JsonTextObject([.. files]))]);
            await AtomicFile.WriteAsync(_path, JsonTextWriter.Write(root, JsonStyle.Compact), cancellationToken);
            _changed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    private static IEnumerable<(string Path, ToolFile File)> Stored(string path)
    {
        try
        {
            var root = JsonText.Parse(path, File.ReadAllBytes(path), new DiagnosticBag()) as JsonTextObject;
            return root?.Find("version") is JsonTextNumber { Raw: Version } && root.Find("files") is JsonTextObject files
                ?
                [
                    .. files
                        .Members.Select(m => ToolFile.Read(m.Value) is { } file ? (m.Name, file) : default)
                        .Where(f => f.file is not null),
                ]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

/// <summary>What a fingerprint needs of one file.</summary>
/// <param name="Stamp">Of the file that was read, by <see cref="UnixFile.StampOfTarget"/>.</param>
/// <param name="Digest">SHA-256 of its content, 64 hex digits.</param>
/// <param name="Elf"><c>null</c> when it is no ELF file.</param>
/// <param name="Interpreters">The loader of a program, or the interpreter of a script.</param>
internal sealed record ToolFile(string Stamp, string Digest, ElfFile? Elf, IReadOnlyList<string> Interpreters)
{
    /// <summary>As it is kept.</summary>
    public JsonTextObject Write() =>
        new([
            new("stamp", new JsonTextString(Stamp)),
            new("digest", new JsonTextString(Digest)),
            .. Elf is null
                ? Array.Empty<JsonTextMember>()
                :
                [
                    new("machine", new JsonTextNumber(Elf.Machine.ToString(CultureInfo.InvariantCulture))),
                    new("needed", Texts(Elf.Needed)),
                    new("search-path", Texts(Elf.SearchPath)),
                ],
            new("interpreters", Texts(Interpreters)),
        ]);

    /// <summary>Reads what was kept; <c>null</c> when it is something else.</summary>
    public static ToolFile? Read(JsonTextNode node)
    {
        if (
            node is not JsonTextObject file
            || file.Find("stamp") is not JsonTextString stamp
            || file.Find("digest") is not JsonTextString digest
            || Texts(file, "interpreters") is not { } interpreters
        )
        {
            return null;
        }

        if (file.Find("machine") is null)
        {
            return new(stamp.Value, digest.Value, null, interpreters);
        }

        return
            file.Find("machine") is JsonTextNumber number
            && ushort.TryParse(number.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var machine)
            && Texts(file, "needed") is { } needed
            && Texts(file, "search-path") is { } searched
            ? new(stamp.Value, digest.Value, new(machine, interpreters.FirstOrDefault(), needed, searched), interpreters)
            : null;
    }

    private static JsonTextArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => new JsonTextString(t))]);

    private static string[]? Texts(JsonTextObject file, string member) =>
        file.Find(member) is JsonTextArray list && list.Items.All(i => i is JsonTextString)
            ? [.. list.Items.Select(i => ((JsonTextString)i).Value)]
            : null;
}
