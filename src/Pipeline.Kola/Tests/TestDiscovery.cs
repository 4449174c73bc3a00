using System.Text;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>Finds external tests below a directory, with kola's rules for names and files.</summary>
internal static class TestDiscovery
{
    /// <summary>Largest executable, config or data file that is read.</summary>
    private const int LargestFile = 256 * 1024 * 1024;

    private const int MostDepth = 16;

    /// <summary>Holds broken variants of tests, not tests.</summary>
    private const string Sabotage = "sabotage";

    /// <summary>All tests of a project directory: of its <c>tests/kola</c> when it has one, else of itself.</summary>
    /// <param name="directory">What <c>-E</c> names.</param>
    /// <param name="problems">Receives PL4012, and PL4020 of what is no test's own.</param>
    /// <returns>The tests in ordinal order of their names.</returns>
    public static IReadOnlyList<KolaTest> Find(string directory, DiagnosticBag problems)
    {
        var project = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        var nested = Path.Combine(directory, "tests", "kola");
        var root = Directory.Exists(nested) ? nested : directory;
        var found = new List<KolaTest>();
        if (!Directory.Exists(root))
        {
            problems.Add(KolaDiagnostics.NoTestDirectory(directory));
            return found;
        }

        Walk(Path.GetFullPath(root), Path.GetFullPath(root), $"ext.{project}", 0, found, problems);
        return [.. found.OrderBy(t => t.Name, StringComparer.Ordinal)];
    }

    private static void Walk(string root, string directory, string prefix, int depth, List<KolaTest> found, DiagnosticBag problems)
    {
        if (depth > MostDepth)
        {
            problems.Add(KolaDiagnostics.BadTest($"tests are nested deeper than {MostDepth} directories", new(directory, 1, 1)));
            return;
        }

        var executables = new List<FileInfo>();
        TestConfig? ignition = null;
        TestConfig? butane = null;
        FileInfo? defaults = null;
        IReadOnlyList<TestDataFile> data = [];
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var real = entry.LinkTarget is null ? entry : entry.ResolveLinkTarget(returnFinalTarget: true);
            if (real is DirectoryInfo { Exists: true })
            {
                if (entry.Name == "data")
                {
                    data = TestData.Load(root, Path.GetRelativePath(root, entry.FullName), LargestFile);
                }
                else if (entry.LinkTarget is null && !(depth == 0 && entry.Name == Sabotage))
                {
                    Walk(root, entry.FullName, $"{prefix}.{entry.Name}", depth + 1, found, problems);
                }
            }
            else if (real is FileInfo { Exists: true } file)
            {
                switch (entry.Name)
                {
                    case "config.ign":
                        ignition = new(file.FullName, Butane: false, Read(file.FullName));
                        break;
                    case "config.bu":
                        butane = new(file.FullName, Butane: true, Read(file.FullName));
                        break;
                    case "kola.json":
                        defaults = file;
                        break;
                    case "config.fcc":
                        problems.Add(
                            KolaDiagnostics.BadTest("'config.fcc' is an old name", new(entry.FullName, 1, 1), "rename it to config.bu")
                        );
                        break;
                    case var _ when (file.UnixFileMode & UnixFileMode.OtherExecute) != 0:
                        executables.Add(new(entry.FullName));
                        break;
                    default:
                        break;
                }
            }
        }

        if (ignition is not null && butane is not null)
        {
            problems.Add(KolaDiagnostics.BadTest("both config.ign and config.bu", new(butane.Path, 1, 1), "keep one of them"));
        }

        foreach (var executable in executables)
        {
            var name = executables.Count == 1 && executable.Name == "test.sh" ? prefix : $"{prefix}.{executable.Name}";
            found.Add(Load(name, executable.FullName, new(ignition ?? butane, defaults?.FullName, data)));
        }
    }

    private static byte[] Read(string path) => new LocalFiles(Path.GetDirectoryName(path)!).Read(Path.GetFileName(path), LargestFile);

    private static KolaTest Load(string name, string executable, Beside beside)
    {
        var content = Read(executable);
        var defaults = beside.Defaults is { } file ? Read(file) : null;
        var digest = new StringBuilder().Append(Digest.Of(content));
        if (beside.Config is { } config)
        {
            digest.Append(Digest.Of(config.Content.Span));
        }

        if (defaults is not null)
        {
            digest.Append("\ndefaults ").Append(Digest.Of(defaults));
        }

        foreach (var data in beside.Data)
        {
            digest
                .Append('\n')
                .Append(JsonTextWriter.Canonical(new JsonTextString(data.Path)))
                .Append(' ')
                .Append(data.Mode)
                .Append(Digest.Of(data.Content.Span));
        }

        var problems = new DiagnosticBag();
        var header = defaults is null ? new() : TestHeaderReader.ReadDefaults(beside.Defaults!, defaults, problems);
        return new()
        {
            Name = name,
            Executable = executable,
            Content = content,
            Header = TestHeaderReader.Read(executable, content, header, problems),
            Problems = problems.Items.ToValueList(),
            Config = beside.Config,
            Data = beside.Data,
            NeedsUpdate = content.AsSpan().IndexOf("PIPELINE_UPDATE_"u8) >= 0,
            Digest = Digest.Of(digest.ToString()),
        };
    }

    /// <summary>What the tests of a directory share.</summary>
    /// <param name="Config">Their machine's config, or <c>null</c>.</param>
    /// <param name="Defaults">Path of <c>kola.json</c>, or <c>null</c>.</param>
    /// <param name="Data">The files of <c>data</c>.</param>
    private sealed record Beside(TestConfig? Config, string? Defaults, IReadOnlyList<TestDataFile> Data);
}
