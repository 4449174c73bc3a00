using System.Security.Cryptography;
using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Tools;

/// <summary>A program of this machine.</summary>
/// <param name="Name">Looked up as <see cref="IToolRunner.Find"/> does.</param>
/// <param name="Package">The Debian package that has it, for hints.</param>
public sealed record HostProgram(string Name, string Package);

/// <summary>What of this machine decides the bytes that a step makes. Each step declares one.</summary>
/// <param name="Programs">The programs it runs.</param>
/// <param name="Libraries">The libraries it loads into this process, by soname.</param>
public sealed record StepTools(ValueList<HostProgram> Programs, ValueList<string> Libraries)
{
    /// <summary>Nothing.</summary>
    public static StepTools None { get; } = new([], []);

    /// <summary>Both lists together, each item once.</summary>
    public StepTools With(StepTools other) =>
        new([.. Programs.Concat(other.Programs).Distinct()], [.. Libraries.Concat(other.Libraries).Distinct()]);
}

/// <summary>
/// The fingerprint of programs and libraries of this machine: the digest of the file and of every library it loads, and those load.
/// Libraries are found by reading ELF files and the loader's cache; nothing is started. What a program opens by itself while it runs
/// (plug-ins, character set tables) is not covered.
/// </summary>
/// <param name="tools">Finds programs.</param>
/// <param name="work">Keeps what was read of each file for the next run, or <c>null</c>: nothing is kept.</param>
public sealed class ToolFingerprint(IToolRunner tools, WorkDirectory? work)
{
    private const string CacheFile = "/etc/ld.so.cache";

    private readonly Lazy<ILookup<string, string>> _libraries = new(() =>
        LoaderCache.Parse(File.Exists(CacheFile) ? File.ReadAllBytes(CacheFile) : [])
    );

    private readonly ToolFileCache _files = ToolFileCache.Open(work);

    /// <summary>PL0302 for each program that is missing.</summary>
    public ValueList<Diagnostic> Missing(StepTools step) =>
        [
            .. step
                .Programs.Where(p => tools.Find(p.Name) is null)
                .Select(p => ToolDiagnostics.Missing(p.Name, $"install the package '{p.Package}', or run './build.sh' once")),
        ];

    /// <summary>
    /// An input <c>tool NAME</c> for each program and <c>library SONAME</c> for each library. What is not installed is left out; it fails
    /// where it is used, and makes another fingerprint once it is there.
    /// </summary>
    public ValueList<StepInput> Of(StepTools step)
    {
        var inputs = new List<StepInput>();
        foreach (var program in step.Programs)
        {
            if (tools.Find(program.Name) is { } path)
            {
                inputs.Add(new($"tool {program.Name}", DigestOf(Closure(path))));
            }
        }

        foreach (var library in step.Libraries)
        {
            var places = Places(library, [], machine: null).ToArray();
            if (places.Length > 0)
            {
                inputs.Add(new($"library {library}", DigestOf([.. places.SelectMany(Closure)])));
            }
        }

        return [.. inputs];
    }

    /// <summary>Keeps what was read for the next run.</summary>
    public Task SaveAsync(CancellationToken cancellationToken) => _files.SaveAsync(cancellationToken);

    /// <summary>
    /// A file, the loader or interpreter that starts it, and the libraries that it and those ask for; paths as they were found.
    /// </summary>
    internal IReadOnlyCollection<string> Closure(string file)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([file]);
        while (open.TryPop(out var path))
        {
            if (!found.Add(path))
            {
                continue;
            }

            var read = Read(path);
            foreach (var next in read.Interpreters.Where(File.Exists))
            {
                open.Push(next);
            }

            if (read.Elf is { } elf)
            {
                var folders = elf.SearchPath.Select(p =>
                    p.Replace("${ORIGIN}", "$ORIGIN", StringComparison.Ordinal)
                        .Replace("$ORIGIN", Path.GetDirectoryName(Real(path)), StringComparison.Ordinal)
                );
                foreach (var place in elf.Needed.SelectMany(n => Places(n, [.. folders], elf.Machine)))
                {
                    open.Push(place);
                }
            }
        }

        return found;
    }

    /// <summary>Every file the loader may take for a library; more than one where it chooses by the processor.</summary>
    private IEnumerable<string> Places(string name, IReadOnlyList<string> folders, ushort? machine)
    {
        bool Fits(string path) => File.Exists(path) && Read(path).Elf is { } elf && (machine is null || elf.Machine == machine);

        if (name.Contains('/', StringComparison.Ordinal))
        {
            return Fits(name) ? [name] : [];
        }

        var own = folders.Select(f => Path.Combine(f, name)).Where(Fits).Take(1).ToArray();
        if (own.Length > 0)
        {
            return own;
        }

        var cached = _libraries.Value[name].Where(Fits).ToArray();
        if (cached.Length > 0)
        {
            return cached;
        }

        var triplet = Architecture.Host.Triplet;
        string[] usual = [$"/lib/{triplet}", $"/usr/lib/{triplet}", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];
        return usual.Select(f => Path.Combine(f, name)).Where(Fits).Take(1);
    }

    /// <summary>Names count, folders do not: the same files elsewhere make the same bytes.</summary>
    private Digest DigestOf(IReadOnlyCollection<string> paths)
    {
        var lines = paths.Select(p => $"{Path.GetFileName(p)} {Read(p).Digest}\n").Distinct().Order(StringComparer.Ordinal);
        return Digest.Of(string.Concat(lines));
    }

    private ToolFile Read(string path) => _files.Get(path, stamp => ReadNow(path, stamp));

    private static ToolFile ReadNow(string path, string stamp)
    {
        using var file = File.OpenRead(path);
        var digest = Convert.ToHexStringLower(SHA256.HashData(file));
        file.Position = 0;
        var elf = ElfFile.TryRead(file);
        return new(
            stamp,
            digest,
            elf,
            elf is null ? Script(file)
                : elf.Interpreter is { } loader ? [loader]
                : []
        );
    }

    /// <summary>The interpreter of a script that begins with <c>#!</c>.</summary>
    private static string[] Script(Stream file)
    {
        const int longest = 256;
        var start = new byte[longest];
        file.Position = 0;
        var length = file.ReadAtLeast(start, longest, throwOnEndOfStream: false);
        var text = Encoding.UTF8.GetString(start, 0, length);
        var words = text.StartsWith("#!", StringComparison.Ordinal)
            ? text[2..].Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : [];
        return words.Length > 0 && words[0].StartsWith('/') ? [words[0]] : [];
    }

    private static string Real(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
}
