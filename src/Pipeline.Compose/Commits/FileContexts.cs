using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Commits;

/// <summary>
/// The labels that an SELinux policy gives to paths, by libselinux, which decides on the booted system too. For one thread. Nothing of this
/// machine's own policy matters.
/// </summary>
internal sealed unsafe partial class FileContexts : IDisposable
{
    /// <summary>Its soname, for the fingerprint of the tools that decide bytes.</summary>
    public const string Library = "libselinux.so.1";

    private const uint ByFile = 0; // SELABEL_CTX_FILE
    private const int PathOption = 3; // SELABEL_OPT_PATH
    private const int LogCallback = 0; // SELINUX_CB_LOG
    private const int NotFound = 2; // ENOENT
    private const int Largest = 64 << 20;
    private const string FileName = "file_contexts";

    /// <summary>
    /// Files of a policy beside <c>file_contexts</c>. Compiled ones (<c>.bin</c>) are left out: they say the same to a less careful reader.
    /// </summary>
    private static readonly string[] Suffixes = ["", ".homedirs", ".local", ".subs", ".subs_dist"];

    private readonly bool _etcBelowUsr;
    private readonly Dictionary<string, byte[]> _known = new(StringComparer.Ordinal);
    private nint _handle;

    private FileContexts(nint handle, bool etcBelowUsr) => (_handle, _etcBelowUsr) = (handle, etcBelowUsr);

    /// <summary>Frees what was never disposed.</summary>
    ~FileContexts() => Close();

    /// <summary>
    /// Reads a policy. Its files are copied first, so that no link of the tree leads libselinux to a file of this machine.
    /// </summary>
    /// <param name="root">The tree.</param>
    /// <param name="contexts">Path of its <c>file_contexts</c>.</param>
    /// <param name="etcBelowUsr">Whether <c>/usr/etc</c> has the labels of <c>/etc</c>, whatever the policy says of it.</param>
    /// <param name="scratch">A directory of our own.</param>
    /// <exception cref="PipelineException">PL2145: no libselinux. PL2146: it does not accept the policy.</exception>
    public static FileContexts Open(TreeHandle root, TreePath contexts, bool etcBelowUsr, string scratch)
    {
        using var directory = new TemporaryDirectory(scratch);
        using var copies = TreeHandle.Open(directory.Path);
        foreach (var suffix in Suffixes)
        {
            var path = contexts.WithSuffix(suffix);
            if (root.Is(UnixKind.File, path))
            {
                copies.CreateFile(FileName + suffix, root.ReadBytes(path, Largest), FileModes.PrivateFile);
            }
        }

        nint handle;
        try
        {
            selinux_set_callback(LogCallback, (nint)(delegate* unmanaged[Cdecl]<int, byte*, int>)&Ignore);
            fixed (byte* path = Encoding.UTF8.GetBytes(directory.File(FileName) + '\0'))
            {
                var option = new Option { Type = PathOption, Value = path };
                handle = selabel_open(ByFile, &option, 1);
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new PipelineException(CommitDiagnostics.NoLibrary("libselinux", "libselinux1", e.Message.Split('\n')[0]), e);
        }

        return handle != 0
            ? new(handle, etcBelowUsr)
            : throw new PipelineException(CommitDiagnostics.BadPolicy(contexts, Marshal.GetLastPInvokeErrorMessage()));
    }

    /// <summary>Labels everything in a tree.</summary>
    /// <exception cref="PipelineException">PL2146: a rule that libselinux cannot apply.</exception>
    public void Label(CommitTree tree, CancellationToken cancellationToken)
    {
        foreach (var directory in tree.Directories)
        {
            cancellationToken.ThrowIfCancellationRequested();
            directory.Label = LabelOf(directory.Path, CommitTree.ModeOf(directory.Status));
            foreach (var file in directory.Files)
            {
                file.Label = LabelOf(file.Path, CommitTree.ModeOf(file.Status));
            }
        }
    }

    /// <summary>The label of a path as the value of its attribute, with its NUL; <c>null</c> when the policy wants none there.</summary>
    /// <param name="path">Below the root of the tree.</param>
    /// <param name="mode">Type and permission bits.</param>
    public byte[]? LabelOf(TreePath path, uint mode)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        byte* context;
        int result;
        fixed (byte* key = KeyOf(path.Bytes))
        {
            result = selabel_lookup_raw(_handle, &context, key, checked((int)mode));
        }

        if (result != 0)
        {
            return Marshal.GetLastPInvokeError() == NotFound
                ? null
                : throw new PipelineException(CommitDiagnostics.BadPolicy(path, Marshal.GetLastPInvokeErrorMessage()));
        }

        try
        {
            return Known(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(context));
        }
        finally
        {
            freecon(context);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>An absolute path with its NUL.</summary>
    private byte[] KeyOf(ReadOnlySpan<byte> path)
    {
        byte[] absolute = [(byte)'/', .. path, 0];
        return _etcBelowUsr && (path.SequenceEqual("usr/etc"u8) || path.StartsWith("usr/etc/"u8)) ? absolute["/usr".Length..] : absolute;
    }

    /// <summary>A policy has some hundred labels for all files.</summary>
    private byte[] Known(ReadOnlySpan<byte> context)
    {
        var text = Encoding.Latin1.GetString(context);
        return _known.TryGetValue(text, out var label) ? label : _known[text] = [.. context, 0];
    }

    private void Close()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            selabel_close(handle);
        }
    }

    /// <summary>libselinux tells the standard error stream otherwise, which belongs to crashes.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Ignore(int type, byte* format) => 0;

    [StructLayout(LayoutKind.Sequential)]
    private struct Option
    {
        public int Type;
        public byte* Value;
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library)]
    private static partial void selinux_set_callback(int type, nint function);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint selabel_open(uint backend, Option* options, uint count);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int selabel_lookup_raw(nint handle, byte** context, byte* key, int type);

    [LibraryImport(Library)]
    private static partial void selabel_close(nint handle);

    [LibraryImport(Library)]
    private static partial void freecon(byte* context);
#pragma warning restore IDE1006
}
