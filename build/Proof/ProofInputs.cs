using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Build.Proof;

/// <summary>What a part depends on, as the input digest of a step.</summary>
internal static class ProofInputs
{
    // Raise it when the same inputs have to be proved again.
    private const int Version = 1;

    private static readonly string[] Outputs = ["bin", "obj", "node_modules"];

    /// <summary>Covers the names and contents of all files under the inputs, the .NET version and the operating system's release.</summary>
    /// <param name="root">The checkout.</param>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static async Task<string> DigestAsync(string root, ProofPart part, CancellationToken cancellationToken)
    {
        const string release = "/etc/os-release";
        List<StepInput> inputs =
        [
            new(".NET", Digest.Of(Environment.Version.ToString())),
            new(release, Digest.Of(File.Exists(release) ? await File.ReadAllTextAsync(release, cancellationToken) : "")),
        ];
        foreach (var file in FilesOf(root, part))
        {
            var path = Path.Combine(root, file);
            var target = new FileInfo(path).LinkTarget;
            inputs.Add(new(file, target is null ? await FileDigest.OfAsync(path, cancellationToken) : Digest.Of($"link {target}")));
        }

        return new StepInputs($"proof {part.Name}", Version, inputs).Digest.Hex;
    }

    /// <summary>All files under the inputs, relative to <paramref name="root"/>.</summary>
    /// <exception cref="DirectoryNotFoundException">An input is not there.</exception>
    public static IEnumerable<string> FilesOf(string root, ProofPart part) =>
        part.Inputs.SelectMany(i => Files(root, i)).Distinct(StringComparer.Ordinal);

    /// <summary>The parts whose names match <paramref name="glob"/> (<c>*</c> stands for any text); all without one.</summary>
    public static ValueList<ProofPart> Choose(IReadOnlyList<ProofPart> parts, string? glob) =>
        parts.Where(p => glob is null || System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(glob, p.Name)).ToValueList();

    private static IEnumerable<string> Files(string root, string input)
    {
        var path = Path.Combine(root, input);
        return File.Exists(path) ? [input]
            : Directory.Exists(path)
                ? Directory
                    .EnumerateFiles(
                        path,
                        "*",
                        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }
                    )
                    .Select(f => Path.GetRelativePath(root, f))
                    .Where(f => !f.Split('/').Intersect(Outputs).Any())
            : throw new DirectoryNotFoundException($"a proof depends on '{input}', which is not there");
    }
}
