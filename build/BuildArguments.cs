using System.Reflection;
using Cake.Core.Diagnostics;
using Cake.Frosting;
using Pipeline.Build.Tasks;
using Pipeline.Cli;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Build;

/// <summary>One argument of <c>build.sh</c>.</summary>
/// <param name="Name">As typed behind <c>--</c>.</param>
/// <param name="Value">What its value looks like; empty for a switch.</param>
/// <param name="Meaning">One line of help.</param>
internal sealed record BuildArgument(string Name, string Value, string Meaning)
{
    /// <summary>The words it takes; empty for any.</summary>
    public IReadOnlyList<string> OneOf { get; init; } = [];

    /// <summary>Other spellings.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];
}

/// <summary>
/// The arguments of <c>build.sh</c>. The engine hands everything to the tasks and each task reads what it knows, so a mistyped argument
/// would be ignored; here it is refused before the first task.
/// </summary>
internal static class BuildArguments
{
    /// <summary>All of them, in the order help lists them.</summary>
    public static IReadOnlyList<BuildArgument> All { get; } =
    [
        new("target", "TARGET", "what to run; may be repeated (default: Default)")
        {
            Aliases = ["t"],
            OneOf = [.. Targets().Order(StringComparer.Ordinal)],
        },
        new("setup", "WHEN", "auto installs missing system packages, never only prints them") { OneOf = ["auto", "never"] },
        new("manifest", "FILE", "root manifest (default: manifests/container-host.yaml)"),
        new("arch", "ARCH", "architecture, several between commas, or all"),
        new("stream", "NAME", "stream the build is for"),
        new("build", "ID", "with --exclusive: the build to image or test, also latest:NAME and latest:STREAM"),
        new("lock", "FILE", "compose exactly the packages of a lockfile"),
        new("version", "VERSION", "version of the build"),
        new("mirror", "ID=URL", "where a mirror of the repositories is; may be repeated"),
        new("workdir", "DIR", "work directory"),
        new("offline", "", "do not touch the network"),
        new("force", "", "do it again although nothing changed"),
        new("no-wait", "", "fail instead of waiting for another process"),
        new("keep-going", "", "go on after a failed test"),
        new("tier", "TIER", "one tier of the test suite") { OneOf = [.. TestTier.All.Select(t => t.Name)] },
        new("filter", "FILTER", "only some tests of the suite"),
        new("only", "NAME", "one benchmark, or one proof"),
        new("all", "", "with Clean: remove cache/ too"),
        new("prefix", "DIR", "with Install: where bin/, lib/ and share/ are (default: ~/.local)"),
        new("exclusive", "", "run the target without what it depends on") { Aliases = ["e"] },
        new("dryrun", "", "show which tasks would run") { Aliases = ["noop", "whatif"] },
        new("tree", "", "show the task graph") { Aliases = ["showtree"] },
        new("description", "", "list the tasks") { Aliases = ["descriptions", "showdescription", "showdescriptions"] },
        new("verbosity", "LEVEL", "how much the engine says") { Aliases = ["v"], OneOf = Enum.GetNames<Verbosity>() },
        new("working", "DIR", "working directory") { Aliases = ["w"] },
        new("ver", "", "version of the engine"),
        new("info", "", "about the engine"),
        new("help", "", "this text") { Aliases = ["h", "?"] },
    ];

    /// <summary>What <c>--help</c> prints.</summary>
    public static string Usage =>
        "Usage: build.sh [--NAME[=VALUE]]…\n\n"
        + string.Concat(All.Select(a => $"  {$"--{a.Name}{(a.Value.Length == 0 ? "" : "=" + a.Value)}", -20}{a.Meaning}\n"))
        + $"\nTargets: {string.Join(", ", All[0].OneOf)}\n";

    /// <summary>Every argument that is not one, or has a value that cannot be meant.</summary>
    /// <param name="args">As the program was given them.</param>
    public static IReadOnlyList<Diagnostic> Check(IReadOnlyList<string> args)
    {
        var problems = new List<Diagnostic>();
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith('-'))
            {
                problems.Add(Word(args[i]));
                continue;
            }

            var parts = args[i].TrimStart('-').Split('=', 2);
            if (parts[0].StartsWith("settings_", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (Find(parts[0]) is not { } argument)
            {
                problems.Add(Unknown(args[i].Split('=')[0], parts[0]));
                i += parts.Length == 1 && i + 1 < args.Count && !args[i + 1].StartsWith('-') ? 1 : 0;
                continue;
            }

            var value = parts.Length == 2 ? parts[1] : null;
            if (value is null && argument.Value.Length > 0 && i + 1 < args.Count && !args[i + 1].StartsWith('-'))
            {
                value = args[++i];
            }

            if (Value(argument, value) is { } wrong)
            {
                problems.Add(wrong);
            }
        }

        return problems;
    }

    private static Diagnostic? Value(BuildArgument argument, string? value) =>
        argument.Value.Length == 0
            ? value is null or "" || bool.TryParse(value, out _)
                ? null
                : Wrong($"'{value}' is not a value for '--{argument.Name}'", "leave it out, or write true or false")
            : string.IsNullOrEmpty(value)
                ? Wrong($"'--{argument.Name}' needs a value", $"write --{argument.Name}={argument.Value}")
                : argument.OneOf.Count == 0 || argument.OneOf.Contains(value, StringComparer.OrdinalIgnoreCase)
                    ? null
                    : Wrong(
                        $"'{value}' is not a value for '--{argument.Name}'",
                        ClosestName.Hint(value, argument.OneOf, $"expected is one of {string.Join(", ", argument.OneOf)}")
                    );

    private static BuildArgument? Find(string name) =>
        All.FirstOrDefault(a =>
            a.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || a.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase)
        );

    private static Diagnostic Unknown(string shown, string name)
    {
        var near = ClosestName.Of(name, All.Select(a => a.Name));
        return Wrong(
            $"unknown argument '{shown}'",
            near.Count == 0 ? "see './build.sh --help'" : $"did you mean {string.Join(" or ", near.Select(n => $"'--{n}'"))}?"
        );
    }

    private static Diagnostic Word(string word) =>
        Wrong(
            $"unknown argument '{word}'",
            All[0].OneOf.FirstOrDefault(t => t.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } target
                ? $"did you mean '--target={target}'?"
                : "arguments begin with '--'; see './build.sh --help'"
        );

    private static Diagnostic Wrong(string message, string? hint) => CommandLine.WrongUsage(message, hint);

    private static IEnumerable<string> Targets() =>
        typeof(BuildArguments)
            .Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IFrostingTask).IsAssignableFrom(t))
            .Select(t => t.GetCustomAttribute<TaskNameAttribute>()?.Name ?? t.Name);
}
