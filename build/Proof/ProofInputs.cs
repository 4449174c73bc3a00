using System.Security.Cryptography;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.Build.Proof;

/// <summary>The digest of what a part depends on.</summary>
internal static class ProofInputs
{
    private static readonly string[] Outputs = ["bin", "obj", "node_modules"];

    /// <summary>Covers the names and contents of all files under the inputs, the .NET version and the operating system's release.</summary>
    /// <param name="root">The checkout.</param>
    /// <param name="part">The part.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Digest(string root, ProofPart part)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(all, part.Name);
        Add(all, Environment.Version.ToString());
        Add(all, File.Exists("/etc/os-release") ? File.ReadAllText("/etc/os-release") : "");
        foreach (var file in part.Inputs.SelectMany(i => Files(root, i)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            Add(all, file);
            all.AppendData(SHA256.HashData(File.ReadAllBytes(Path.Combine(root, file))));
        }

        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    /// <summary>The parts whose names match <paramref name="glob"/> (<c>*</c> matches any text); all without one.</summary>
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

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
