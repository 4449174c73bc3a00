using Cake.Core;
using Cake.Core.Diagnostics;

namespace Cake.Frosting;

/// <summary>
/// The command line of a Frosting build: its own options, <c>--settings_x=</c>, and everything else as arguments of the tasks.
/// </summary>
internal sealed record FrostingOptions
{
    public const string Usage = """
        Usage: build.sh [OPTIONS]

          -t, --target <TARGET>       Target to run; repeatable (default: Default)
          -e, --exclusive             Run the target without its dependencies
              --dryrun                Show which tasks would run
              --tree                  Show the task graph
              --description           List the tasks
          -v, --verbosity <LEVEL>     Quiet, Minimal, Normal, Verbose or Diagnostic
          -w, --working <DIR>         Working directory
              --version, --info, --help
          Everything else is handed to the tasks.

        """;

    private static readonly string[] Flags =
    [
        "exclusive",
        "e",
        "dryrun",
        "noop",
        "whatif",
        "tree",
        "showtree",
        "description",
        "descriptions",
        "showdescription",
        "showdescriptions",
        "version",
        "ver",
        "info",
        "help",
        "h",
    ];

    public IReadOnlyList<string> Targets { get; private init; } = [];

    public bool Exclusive { get; private init; }

    public bool DryRun { get; private init; }

    public bool Tree { get; private init; }

    public bool Description { get; private init; }

    public bool Version { get; private init; }

    public bool Info { get; private init; }

    public bool Help { get; private init; }

    public Verbosity Verbosity { get; private init; } = Verbosity.Normal;

    public string? WorkingDirectory { get; private init; }

    public required CakeArguments Arguments { get; init; }

    public IDictionary<string, string> Settings { get; private init; } = new Dictionary<string, string>();

    public static FrostingOptions Parse(IEnumerable<string> args)
    {
        var all = Pairs([.. args]).ToLookup(p => p.Name, p => p.Value, StringComparer.OrdinalIgnoreCase);
        bool Has(params string[] names) =>
            names.Any(n => all.Contains(n) && !string.Equals(all[n].Last(), "false", StringComparison.OrdinalIgnoreCase));
        string? Value(params string[] names) => names.SelectMany(n => all[n]).LastOrDefault();
        var targets = all["target"].Concat(all["t"]).ToArray();
        return new()
        {
            Targets = targets.Length == 0 ? ["Default"] : targets,
            Exclusive = Has("exclusive", "e"),
            DryRun = Has("dryrun", "noop", "whatif"),
            Tree = Has("tree", "showtree"),
            Description = Has("description", "descriptions", "showdescription", "showdescriptions"),
            Version = Has("version", "ver"),
            Info = Has("info"),
            Help = Has("help", "h"),
            Verbosity = Enum.TryParse<Verbosity>(Value("verbosity", "v"), ignoreCase: true, out var verbosity)
                ? verbosity
                : Verbosity.Normal,
            WorkingDirectory = Value("working", "w"),
            Arguments = new CakeArguments(
                all.SelectMany(g => g.Select(v => (g.Key, v))).ToLookup(p => p.Key, p => p.v, StringComparer.OrdinalIgnoreCase)
            ),
            Settings = all.Where(g => g.Key.StartsWith("settings_", StringComparison.OrdinalIgnoreCase))
                .ToDictionary(g => g.Key, g => g.Last()),
        };
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].TrimStart('-');
            var at = name.IndexOf('=', StringComparison.Ordinal);
            if (at >= 0)
            {
                yield return (name[..at], name[(at + 1)..]);
            }
            else if (!Flags.Contains(name, StringComparer.OrdinalIgnoreCase) && i + 1 < args.Length && !args[i + 1].StartsWith('-'))
            {
                yield return (name, args[++i]);
            }
            else
            {
                yield return (name, "true");
            }
        }
    }
}
