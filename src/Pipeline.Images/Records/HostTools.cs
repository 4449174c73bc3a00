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
    /// <summary>One digest per program with its libraries, and one per folder of boot loader files.</summary>
    /// <exception cref="PipelineException">PL0302 or PL3032 for each that is missing, all at once.</exception>
    public static async Task<ValueList<StepInput>> FingerprintAsync(
        IToolRunner tools,
        IEnumerable<(string Program, string Package)> programs,
        IEnumerable<LoaderFiles> files,
        CancellationToken cancellationToken
    )
    {
        var needed = programs.Distinct().ToArray();
        var folders = files.Distinct().ToArray();
        Require(tools, needed, folders);
        var result = new List<StepInput>();
        foreach (var (program, _) in needed)
        {
            var path = tools.Find(program)!;
            var libraries = await tools.RunAsync(new("ldd", [path]), cancellationToken);
            result.Add(new($"tool {program}", await OfFilesAsync([path, .. Libraries(libraries.Text)], cancellationToken)));
        }

        foreach (var folder in folders)
        {
            var paths = Directory.EnumerateFiles(folder.Directory).Order(StringComparer.Ordinal);
            result.Add(new(folder.Name, await OfFilesAsync(paths, cancellationToken)));
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

    private static void Require(IToolRunner tools, (string Program, string Package)[] programs, LoaderFiles[] folders)
    {
        var problems = new DiagnosticBag();
        foreach (var (program, package) in programs.Where(p => tools.Find(p.Program) is null))
        {
            problems.Add(ToolDiagnostics.Missing(program, $"install the package '{package}', or run './build.sh' once"));
        }

        foreach (var folder in folders.Where(f => !File.Exists(Path.Combine(f.Directory, f.Probe))))
        {
            problems.Add(ImageDiagnostics.NoBootLoader(folder.Directory, folder.Package));
        }

        problems.ThrowIfErrors();
    }

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
