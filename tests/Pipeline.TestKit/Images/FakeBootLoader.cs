using System.Text;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Layouts;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Images;

/// <summary>A boot loader that needs no tools: one file, some boot code and a menu with one line per entry.</summary>
internal sealed class FakeBootLoader(Architecture architecture) : IBootLoader
{
    /// <inheritdoc/>
    public Architecture Architecture => architecture;

    /// <inheritdoc/>
    public string OstreeName => "none";

    /// <inheritdoc/>
    public StepTools Tools => StepTools.None;

    /// <inheritdoc/>
    public ValueList<LoaderFiles> Files => [];

    /// <inheritdoc/>
    public Task AddFilesAsync(Sysroot sysroot, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(Path.Combine(sysroot.Boot, "loader.txt"), "fake\n", cancellationToken);

    /// <inheritdoc/>
    public Task InstallAsync(Sysroot sysroot, string disk, DiskLayout layout, string scratch, CancellationToken cancellationToken)
    {
        SparseFile.Write(disk, 0, Encoding.ASCII.GetBytes($"fake boot code for {architecture}"));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueList<MenuFile> Menu(IReadOnlyList<BootEntry> entries) =>
        [new("menu.txt", string.Concat(entries.Select(e => $"{e["linux"]} {e["options"]}\n")))];
}
