using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>What of a package stands in for the same of a foreign tree.</summary>
/// <param name="Package">Name of the package.</param>
/// <param name="Program">One program of it; <c>null</c> for all.</param>
internal sealed record NativeProgram(string Package, string? Program);

/// <summary>
/// Packages of this machine's architecture, laid beside a foreign tree: their programs are mounted, read-only, over the tree's own while
/// scripts run, and their libraries and loader at places that a tree of another architecture does not have. So the shell and what it starts
/// run at full speed, and the rest is emulated.
/// </summary>
/// <param name="native">The packages, laid out; owned by the caller and open while this is used.</param>
/// <param name="machine">Their architecture.</param>
/// <param name="programs">Paths of the programs that may stand in.</param>
internal sealed class NativePrograms(TreeHandle native, Architecture machine, IReadOnlyList<TreePath> programs)
{
    private const int SetIds = 0b110_000_000_000;
    private const int Executable = 0b001_001_001;
    private static readonly string[] Directories = ["usr/bin", "usr/sbin"];

    private readonly TreePath _libraries = $"usr/lib/{machine.Triplet}";
    private readonly TreePath _loader = Loader(machine);

    /// <summary>Chooses the programs.</summary>
    /// <param name="merged">The packages.</param>
    /// <param name="native">Where they are laid out.</param>
    /// <param name="machine">Their architecture.</param>
    /// <param name="wanted">The family's list.</param>
    /// <param name="foreign">The packages of the foreign tree.</param>
    public static NativePrograms Of(
        MergedTree merged,
        TreeHandle native,
        Architecture machine,
        IReadOnlyCollection<NativeProgram> wanted,
        IEnumerable<LockedPackage> foreign
    )
    {
        var versions = foreign.ToLookup(p => p.Name, p => Source(p.Version), StringComparer.Ordinal);
        var programs = merged
            .Nodes.Where(n => n.Owner is { } owner && versions[owner.Name].Contains(Source(owner.Layer.Package.Version)))
            .Where(n =>
                wanted.Any(w =>
                    w.Package == n.Owner!.Name && (w.Program is null || n.Path.EndsWith($"/{w.Program}", StringComparison.Ordinal))
                )
            )
            .Where(n => Directories.Any(d => n.Path.StartsWith(d + "/", StringComparison.Ordinal)))
            .Where(n => n.Entry.Kind == Layers.TarKind.File && (n.Entry.Mode & Executable) == Executable && (n.Entry.Mode & SetIds) == 0)
            .Select(n => TreePath.FromString(merged.PathOnDisk(n)))
            .Where(p => IsProgram(native, p))
            .ToArray();
        return new(native, machine, programs);
    }

    /// <summary>Mounts them.</summary>
    public Bubblewrap Arrange(Bubblewrap command, TreeHandle root) =>
        command with
        {
            ReadOnly =
            [
                new(native.PathOnHost(_libraries), "/" + _libraries.Text),
                .. programs
                    .Where(p => root.Is(UnixKind.File, p, TreeLinks.Refused))
                    .Select(p => KeyValuePair.Create(native.PathOnHost(p), "/" + p.Text)),
                .. command.ReadOnly,
            ],
        };

    /// <summary>Makes the mount points that the tree lacks; disposing takes them away again.</summary>
    public IDisposable Place(TreeHandle root)
    {
        var made = new Points(root);
        try
        {
            made.Directories(_libraries);
            made.Directories(_loader.Parent);
            if (!root.Exists(_loader))
            {
                root.ReplaceLink(_loader, $"/{(_libraries / _loader.Name).Text}");
                made.Add(_loader);
            }

            if (_loader.Parent.Text == "usr/lib64" && !root.Exists("lib64"))
            {
                root.ReplaceLink("lib64", "usr/lib64");
                made.Add("lib64");
            }

            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>A version without the number of a rebuild of the same source, which each architecture counts for itself.</summary>
    internal static string Source(string version)
    {
        var plus = version.LastIndexOf("+b", StringComparison.Ordinal);
        return plus > 0 && plus + 2 < version.Length && version.AsSpan(plus + 2).IndexOfAnyExceptInRange('0', '9') < 0
            ? version[..plus]
            : version;
    }

    /// <summary>The dynamic loader that programs of an architecture name, without links.</summary>
    private static TreePath Loader(Architecture machine) =>
        machine == Architecture.X86_64 ? "usr/lib64/ld-linux-x86-64.so.2"
        : machine == Architecture.Aarch64 ? "usr/lib/ld-linux-aarch64.so.1"
        : machine == Architecture.Ppc64le ? "usr/lib64/ld64.so.2"
        : "usr/lib/ld64.so.1";

    private static bool IsProgram(TreeHandle native, TreePath path)
    {
        Span<byte> start = stackalloc byte[4];
        using var file = native.OpenFile(path, TreeLinks.Refused);
        return RandomAccess.Read(file, start, 0) == start.Length && start.SequenceEqual("\u007fELF"u8);
    }

    private sealed class Points(TreeHandle root) : IDisposable
    {
        private readonly Stack<TreePath> _made = new();

        public void Add(TreePath path) => _made.Push(path);

        public void Directories(TreePath path)
        {
            if (!root.Exists(path))
            {
                Directories(path.Parent);
                root.MakeDirectory(path, FileModes.Executable);
                _made.Push(path);
            }
        }

        public void Dispose()
        {
            while (_made.TryPop(out var path))
            {
                root.Delete(path);
            }
        }
    }
}
