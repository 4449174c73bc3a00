using System.Runtime.InteropServices;
using Cake.Frosting;
using Pipeline.Cli.Commands;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Build.Tasks;

/// <summary>Puts <c>pipeline</c> on PATH, with the runtime it needs and its completion.</summary>
[TaskName("Install")]
[TaskDescription("Install the program, which needs no SDK then, and its completion below --prefix=DIR (default ~/.local)")]
internal sealed class InstallTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var prefix = Installation.PrefixOf(context.Argument("prefix"), context.Services.Environment("HOME"), context.Root);
        var installation = new Installation(prefix);
        var arm = RuntimeInformation.OSArchitecture == Architecture.Arm64;
        var staging = installation.Staging();
        using (var step = context.Reporter.Step("publish the program"))
        {
            await context.DotNetAsync([
                "publish",
                "src/Pipeline.Cli/Pipeline.Cli.csproj",
                "-c",
                "Release",
                "-r",
                arm ? "linux-arm64" : "linux-x64",
                "--self-contained",
                "-p:PublishReadyToRun=true",
                "-p:RunAnalyzers=false",
                "-o",
                staging,
                "-nologo",
                "-v",
                "q",
                "-clp:NoSummary",
            ]);
            Installation.Copy(context.Path("manifests"), Path.Combine(staging, "manifests"));
            step.Done();
        }

        var program = installation.Finish();
        await context.Services.Output.WriteAsync($"{program}\n");
        if (!Installation.IsOnPath(Path.GetDirectoryName(program)!, context.Services.Environment("PATH")))
        {
            context.Reporter.Report(
                Diagnostic.Warning(
                    "PL0396",
                    $"'{Path.GetDirectoryName(program)}' is not on PATH",
                    hint: $"export PATH=\"{Path.GetDirectoryName(program)}:$PATH\""
                )
            );
        }
    }
}

/// <summary>
/// Files of an installed program: <c>lib/pipeline/</c> with everything it needs, a link to it in <c>bin/</c>, scripts of shells in
/// <c>share/</c>.
/// </summary>
/// <param name="prefix">Absolute path.</param>
internal sealed class Installation(string prefix)
{
    private const string Name = "pipeline";

    private string Library => Path.Combine(prefix, "lib", Name);

    /// <summary>Where to install.</summary>
    /// <param name="option">What the user typed, or <c>null</c>.</param>
    /// <param name="home">The user's home directory.</param>
    /// <param name="current">Where relative paths start.</param>
    /// <exception cref="PipelineException">PL0397: there is neither.</exception>
    public static string PrefixOf(string? option, string? home, string current) =>
        !string.IsNullOrEmpty(option) ? Path.GetFullPath(option, current)
        : !string.IsNullOrEmpty(home) ? Path.Combine(home, ".local")
        : throw new PipelineException(
            Diagnostic.Error("PL0397", "HOME is not set, so it is not known where to install", hint: "say --prefix=DIR")
        );

    /// <summary>Whether a shell would find programs of this directory.</summary>
    public static bool IsOnPath(string directory, string? path) =>
        (path ?? "").Split(':').Select(d => d.TrimEnd('/')).Contains(directory.TrimEnd('/'), StringComparer.Ordinal);

    /// <summary>Copies a directory with its links and modes: what projects of an installed program start from.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            var target = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(target, link);
            }
            else if (entry is DirectoryInfo)
            {
                Copy(entry.FullName, target);
            }
            else
            {
                File.Copy(entry.FullName, target);
            }
        }
    }

    /// <summary>An empty directory on the same file system for the new program.</summary>
    public string Staging()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Library)!);
        UnixFile.DeleteTree(Library + ".new");
        Directory.CreateDirectory(Library + ".new");
        return Library + ".new";
    }

    /// <summary>Puts the staged program in the place of an older one, and everything else around it.</summary>
    /// <returns>What a user types.</returns>
    public string Finish()
    {
        UnixFile.DeleteTree(Library + ".old");
        if (Directory.Exists(Library))
        {
            Directory.Move(Library, Library + ".old"); // a run of it that is under way keeps its files until it ends
        }

        Directory.Move(Library + ".new", Library);
        UnixFile.DeleteTree(Library + ".old");
        var program = Path.Combine(prefix, "bin", Name);
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        File.Delete(program);
        File.CreateSymbolicLink(program, Path.Combine("..", "lib", Name, Name));
        foreach (var shell in CompletionScripts.Shells)
        {
            var script = Path.Combine(prefix, CompletionScripts.PlaceOf(shell));
            Directory.CreateDirectory(Path.GetDirectoryName(script)!);
            File.WriteAllText(script, CompletionScripts.Of(shell));
        }

        return program;
    }
}
