using System.CommandLine;
using System.CommandLine.Parsing;
using Pipeline.Kola;
using Pipeline.Model.Platforms;

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
    private readonly Option<string> _platform = new("--platform", "-p")
    {
        Description = "Platform of the image and its machines",
        DefaultValueFactory = _ => PlatformTable.Default,
        HelpName = "NAME",
    };
    private readonly Option<string?> _arch = new("--arch") { Description = "Architecture (default: this machine's)", HelpName = "ARCH" };
    private readonly Option<string?> _stream = new("--stream", "--denylist-stream")
    {
        Description = "Stream for the denylist (default: the build's)",
        HelpName = "STREAM",
    };
    private readonly Option<string?> _distro = new("--distro")
    {
        Description = "Operating system for 'distros' of headers (default: the build's)",
        HelpName = "NAME",
    };
    private readonly Option<string[]> _denied = new("--denylist-test")
    {
        Description = "Skip tests whose name matches; may be repeated",
        HelpName = "GLOB",
    };
    private readonly Option<TestShard?> _shard = new("--sharding")
    {
        Description = "Only a part of the tests: hash:M/N is the M-th of N parts",
        HelpName = "hash:M/N",
        CustomParser = Shard,
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
        foreach (var option in (Option[])[_directories, _tags, _platform, _arch, _stream, _distro, _denied, _shard])
        {
            verb.Options.Add(option);
        }
    }

    /// <summary>A request with what the user asked for.</summary>
    public KolaRequest Request(Services services, ParseResult parsed, BootRequest boot) =>
        new()
        {
            Boot = boot with
            {
                Platform = parsed.GetRequiredValue(_platform),
                Architecture = parsed.GetValue(_arch) is { } arch ? ArchitectureOption.Read(arch) : boot.Architecture,
            },
            Project = services.Project,
            Directories = [.. (parsed.GetValue(_directories) ?? []).Select(services.FullPath)],
            Globs = [.. parsed.GetValue(_globs) ?? []],
            Shard = parsed.GetValue(_shard),
            DeniedTests = [.. parsed.GetValue(_denied) ?? []],
            Stream = parsed.GetValue(_stream),
            Distro = parsed.GetValue(_distro),
            Tags = [.. parsed.GetValue(_tags) ?? []],
        };

    private static TestShard? Shard(ArgumentResult result)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
        var shard = TestShard.Parse(text);
        if (shard is null)
        {
            result.AddError($"--sharding: '{text}' is not hash:M/N with M from 1 to N");
        }

        return shard;
    }
}
