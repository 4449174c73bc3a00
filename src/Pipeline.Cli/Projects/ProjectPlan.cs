using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Projects;

/// <summary>What <c>pipeline init</c> makes. Making the plan changes nothing.</summary>
internal sealed partial record ProjectPlan
{
    /// <summary>The OSes that a project can start from, by the name of their manifest; the first is the default.</summary>
    public static readonly string[] Bases = ["container-host", "minimal"];

    /// <summary>Where an installed program's manifests are copied to.</summary>
    private const string Copies = "base";

    /// <summary>A repository that is there before its first file.</summary>
    private const string Git = ".git";

    /// <summary>Absolute path of the project, without symbolic links.</summary>
    public required string Directory { get; init; }

    /// <summary>Name of the OS: begins the names of its artifacts.</summary>
    public required string Name { get; init; }

    /// <summary>Which of <see cref="Bases"/> it starts from.</summary>
    public required string From { get; init; }

    /// <summary>The included manifest, relative to the project.</summary>
    public required string Include { get; init; }

    /// <summary>Whether the program's manifests are copied into the project, instead of being included from the checkout.</summary>
    public required bool IsCopied { get; init; }

    /// <summary>All files, in the order of their paths.</summary>
    public required ValueList<ProjectFile> Files { get; init; }

    /// <summary>Plans a project.</summary>
    /// <param name="directory">Absolute path.</param>
    /// <param name="display">The path as the user named it.</param>
    /// <param name="from">One of <see cref="Bases"/>.</param>
    /// <param name="manifests">What it starts from.</param>
    /// <exception cref="PipelineException">PL0390, PL0391 (class 2).</exception>
    public static ProjectPlan Of(string directory, string display, string from, ProgramManifests manifests)
    {
        var real = RealPath.Of(directory);
        RequireEmpty(real, display);
        var name = NameOf(real);
        var relative = Path.GetRelativePath(real, manifests.Directory);

        // Quoting in YAML, shell and Groovy never matters for a plain path; from any other place the manifests are copied.
        var copies = manifests.Checkout is null || !PlainPath().IsMatch(relative) || !PlainPath().IsMatch(real);
        var values = new ProjectValues
        {
            Name = name,
            From = from,
            Include = $"{(copies ? Copies : relative)}/{from}.yaml",
            Checkout = copies ? null : CheckoutPaths.Of(real, manifests.Checkout!),
        };
        var files = ProjectFiles.Of(values).Concat(copies ? Copied(manifests.Directory, Copies) : []);
        return new()
        {
            Directory = real,
            Name = name,
            From = from,
            Include = values.Include,
            IsCopied = copies,
            Files = files.OrderBy(f => f.Path, StringComparer.Ordinal).ToValueList(),
        };
    }

    private static void RequireEmpty(string directory, string display)
    {
        for (var at = directory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(at))
            {
                throw new PipelineException(ProjectDiagnostics.NoDirectory(display));
            }
        }

        if (System.IO.Directory.Exists(directory))
        {
            var there = System
                .IO.Directory.EnumerateFileSystemEntries(directory)
                .Select(e => Path.GetFileName(e))
                .Where(n => n != Git)
                .Order(StringComparer.Ordinal)
                .ToArray();
            if (there.Length > 0)
            {
                throw new PipelineException(ProjectDiagnostics.NotEmpty(display, there));
            }
        }
    }

    /// <summary>The name of the directory, in the letters that names of artifacts, references and layers share.</summary>
    private static string NameOf(string directory)
    {
        var name = OtherLetters().Replace(Path.GetFileName(directory), "-").Trim('-', '.', '_');
        return name.Length == 0 ? "my-os" : name[..Math.Min(name.Length, 64)].TrimEnd('-', '.', '_');
    }

    /// <summary>The manifests but those of the RPM test OS, whose repository only a checkout can make.</summary>
    private static IEnumerable<ProjectFile> Copied(string directory, string to)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            var path = $"{to}/{entry.Name}";
            if (entry.Name.StartsWith("rpm-", StringComparison.Ordinal))
            {
                continue;
            }

            if (entry is DirectoryInfo && entry.LinkTarget is null)
            {
                foreach (var file in Copied(entry.FullName, path))
                {
                    yield return file;
                }
            }
            else
            {
                yield return new(path) { Source = entry.FullName };
            }
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._/+@-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainPath();

    [GeneratedRegex("[^A-Za-z0-9._-]+", RegexOptions.CultureInvariant)]
    private static partial Regex OtherLetters();
}
