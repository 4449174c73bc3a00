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
    /// <param name="problems">Receives PL4012 and PL4020.</param>
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
            found.Add(Load(name, executable.FullName, ignition ?? butane, data, problems));
        }
    }

    private static byte[] Read(string path) => new LocalFiles(Path.GetDirectoryName(path)!).Read(Path.GetFileName(path), LargestFile);

    private static KolaTest Load(
        string name,
        string executable,
        TestConfig? config,
        IReadOnlyList<TestDataFile> data,
        DiagnosticBag problems
    )
    {
        var content = Read(executable);
        var digest = new StringBuilder().Append(Digest.Of(content));
        if (config is not null)
        {
            digest.Append(Digest.Of(config.Content.Span));
        }

        foreach (var file in data)
        {
            digest
                .Append('\n')
                .Append(JsonTextWriter.Canonical(new JsonTextString(file.Path)))
                .Append(' ')
                .Append(file.Mode)
                .Append(Digest.Of(file.Content.Span));
        }

        return new()
        {
            Name = name,
            Executable = executable,
            Content = content,
            Header = TestHeaderReader.Read(executable, content, problems),
            Config = config,
            Data = data,
            NeedsUpdate = content.AsSpan().IndexOf("PIPELINE_UPDATE_"u8) >= 0,
            Digest = Digest.Of(digest.ToString()),
        };
    }
}
