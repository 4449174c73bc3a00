using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Turns laid packages into installed ones with the tree's own rpm.</summary>
/// <param name="sandbox">Runs the tree's programs.</param>
internal sealed class RpmScripts(TreeSandbox sandbox)
{
    private const string Packages = "/run/packages";

    /// <summary>
    /// What every call of rpm begins with. The packages have no contents, and were checked when they were unpacked; who belongs together
    /// was decided by the resolver, and which file is whose when they were merged.
    /// </summary>
    public const string Begin = """
        #!/bin/sh
        set -e
        command -v rpm >/dev/null || { echo 'the tree has no rpm: packages must have the package that brings it' >&2; exit 1; }
        force=
        if rpm --force-debian --version >/dev/null 2>&1; then force=--force-debian; fi
        install() {
          rpm -i $force --nodeps --nodigest --nosignature --ignorearch --ignoreos --ignoresize \
            --replacefiles --replacepkgs --oldpackage --noplugins \
            --define '_tmppath /tmp' --define '_pkgverify_level none' "$@"
        }
        """;

    /// <summary>Runs every script and writes the database.</summary>
    /// <exception cref="PipelineException">PL2102, PL2117, PL2131, PL2132.</exception>
    public async Task RunAsync(MergedTree tree, TreeHandle root, CancellationToken cancellationToken)
    {
        using var stubs = new TemporaryDirectory(sandbox.Scratch);
        var nothing = stubs.File("nothing");
        using (var made = TreeHandle.Open(stubs.Path))
        {
            made.CreateFile("nothing", "#!/bin/sh\nexit 0\n"u8, FileModes.Executable);
            made.SetMode(TreePath.Root, FileModes.Executable);
            Write(tree, made, early: true);
            Write(tree, made, early: false);
        }

        ValueList<KeyValuePair<string, string>> hidden = RpmScriptPolicy
            .Inert.Select(i => KeyValuePair.Create(nothing, "/" + i))
            .ToValueList();
        await RunAsync("%pre scripts of packages", early: true, "if command -v systemd-sysusers >/dev/null; then systemd-sysusers; fi\n");
        RpmOwners.Apply(tree, root);
        await RunAsync("scripts and triggers of packages", early: false, "");
        await sandbox.RunAsync("rpm --justdb", root, RpmDatabase.Script, [], cancellationToken);
        RpmDatabase.Settle(tree, root, sandbox.Log);

        async Task RunAsync(string what, bool early, string before)
        {
            var log = new RpmScriptLog(tree, root, sandbox.Layout, early);
            string? shown = null;
            await sandbox.RunAsync(
                what,
                root,
                $"{Begin}\n{before}install -v --define '_dbpath /run/rpm' {Packages}/*.rpm\n",
                hidden,
                cancellationToken,
                line =>
                {
                    log.See(line);
                    if (log.Current is { } current && current != shown)
                    {
                        sandbox.Parts?.Begin(shown = current);
                    }
                },
                arrange: b => b with { ReadOnly = [.. b.ReadOnly, new(stubs.File(NameOf(early)), Packages)] },
                blame: () => log.Name(what),
                part: _ => log.Current,
                failure: tail => log.Failure(sandbox.Log) ?? TreeDiagnostics.ScriptFailed(what, tail, sandbox.Log)
            );
            if (log.Failure(sandbox.Log) is { } failed)
            {
                throw new PipelineException(failed); // to rpm most failures of scripts are warnings
            }
        }
    }

    private static string NameOf(bool early) => early ? "early" : "late";

    private static void Write(MergedTree tree, TreeHandle target, bool early)
    {
        target.MakeDirectory(NameOf(early), FileModes.Executable);
        using var directory = target.OpenDirectory(NameOf(early));
        foreach (var (package, file) in RpmDatabase.Numbered(tree))
        {
            directory.CreateFile(file, RpmStandIn.ForScripts(package.Header, early, RpmScriptPolicy.SkippedTags(package)), FileModes.Plain);
        }
    }
}
