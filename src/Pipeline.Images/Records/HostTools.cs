using System.Security.Cryptography;
using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Records;

/// <summary>The programs that decide an image's bytes, as digests: a new mke2fs makes a new image.</summary>
internal static class HostTools
{
    private static readonly (string Program, string Package)[] Programs =
    [
        ("ostree", "ostree"),
        ("mke2fs", "e2fsprogs"),
        ("debugfs", "e2fsprogs"),
        ("mformat", "mtools"),
        ("grub-mkimage", "grub-common"),
        ("qemu-img", "qemu-utils"),
    ];

    /// <summary>One digest per program with its libraries, and one per folder of GRUB modules.</summary>
    /// <exception cref="PipelineException">PL0302 or PL3032 for each that is missing, all at once.</exception>
    public static async Task<ValueList<StepInput>> FingerprintAsync(IToolRunner tools, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        foreach (var (program, package) in Programs.Where(p => tools.Find(p.Program) is null))
        {
            problems.Add(ToolDiagnostics.Missing(program, $"install the package '{package}', or run './build.sh' once"));
        }

        problems.ThrowIfErrors();
        GrubCore.Require();
        var result = new List<StepInput>();
        foreach (var (program, _) in Programs)
        {
            var path = tools.Find(program)!;
            var libraries = await tools.RunAsync(new("ldd", [path]), cancellationToken);
            result.Add(new($"tool {program}", await OfFilesAsync([path, .. Libraries(libraries.Text)], cancellationToken)));
        }

        foreach (var directory in (string[])[GrubCore.BiosModules, GrubCore.EfiModules])
        {
            result.Add(
                new(
                    $"grub {Path.GetFileName(directory)}",
                    await OfFilesAsync(Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal), cancellationToken)
                )
            );
        }

        return [.. result];
    }

    /// <summary>Paths in the output of ldd: "name => /path (address)" and "/path (address)".</summary>
    internal static IEnumerable<string> Libraries(string output) =>
        output
            .Split('\n')
            .Select(l => l.Contains("=>", StringComparison.Ordinal) ? l[(l.IndexOf("=>", StringComparison.Ordinal) + 2)..] : l)
            .Select(l => l.Trim().Split(' ')[0])
            .Where(p => p.StartsWith('/'))
            .Order(StringComparer.Ordinal);

    private static async Task<Digest> OfFilesAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            await using var stream = File.OpenRead(path);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(path)));
            hash.AppendData(await SHA256.HashDataAsync(stream, cancellationToken));
        }

        return Digest.FromHash(hash.GetHashAndReset());
    }
}
