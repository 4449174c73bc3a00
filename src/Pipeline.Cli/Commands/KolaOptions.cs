using System.CommandLine;
using Pipeline.Kola;

namespace Pipeline.Cli.Commands;

/// <summary>Options of <c>kola list</c> and <c>kola run</c> that choose tests.</summary>
internal sealed class KolaOptions
{
    private readonly Option<string[]> _directories = new("--exttest", "-E")
    {
        Description = "Project directory with tests; may be repeated (default: the project's kola-tests)",
        HelpName = "DIR",
    };
    private readonly Option<string[]> _tags = new("--tag")
    {
        Description = "Only tests with this tag, or with '!TAG' only those without; may be repeated",
        HelpName = "TAG",
    };
    private readonly Argument<string[]> _globs = new("glob")
    {
        Description = "Patterns over test names (default: all)",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "GLOB",
    };

    /// <summary>Adds the options to a verb.</summary>
    public KolaOptions(Command verb)
    {
        verb.Arguments.Add(_globs);
        verb.Options.Add(_directories);
        verb.Options.Add(_tags);
    }

    /// <summary>A request with what the user asked for.</summary>
    public KolaRequest Request(Services services, ParseResult parsed, BootRequest boot) =>
        new()
        {
            Boot = boot,
            Project = services.Project,
            Directories = [.. (parsed.GetValue(_directories) ?? []).Select(services.FullPath)],
            Globs = [.. parsed.GetValue(_globs) ?? []],
            Tags = [.. parsed.GetValue(_tags) ?? []],
        };
}
