using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary>The verbs of <c>release</c>.</summary>
internal static class ReleaseGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "release",
            "Makes the documents of a release",
            new ReleaseMetadataCommand(services),
            new ReleaseIndexCommand(services),
            new ReleaseNotesCommand(services)
        );

    /// <summary>A fresh option to release what is not proved.</summary>
    public static Option<string?> OverrideOption() =>
        new("--allow-untested")
        {
            Description = "Let a build into a production stream that did not pass its tests; the reason is recorded beside the document",
            HelpName = "REASON",
        };
}

/// <summary><c>release metadata</c>.</summary>
internal sealed class ReleaseMetadataCommand : Verb
{
    private readonly Argument<string[]> _metas = new("META")
    {
        Description = "meta.json of each architecture",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "Stream (default: what the builds say)",
        HelpName = "STREAM",
    };
    private readonly Option<string> _baseUrl = new("--base-url")
    {
        Description = "URL above STREAM/builds/VERSION/ARCH/",
        HelpName = "URL",
        Required = true,
    };
    private readonly Option<bool> _noSignatures = new("--no-signatures") { Description = "Files have no detached signatures" };
    private readonly Option<bool> _signatures = new("--signatures")
    {
        Description = "All files have detached signatures where they are published (default: those that have one beside meta.json)",
    };
    private readonly Option<string?> _allowUntested = ReleaseGroup.OverrideOption();
    private readonly Option<bool> _requireTested = new("--require-tested")
    {
        Description = "Refuse a build without a record of passed tests beside its meta.json",
    };
    private readonly Option<string?> _output = new("--output")
    {
        Description = "Write or extend this release.json instead of printing",
        HelpName = "FILE",
    };

    public ReleaseMetadataCommand(Services services)
        : base(
            "metadata",
            "Joins the build metadata of all architectures to one release.json",
            "pipeline release metadata builds/44.20260720.3.1/x86_64/meta.json --stream stable "
                + "--base-url https://builds.example.org/prod/streams"
        )
    {
        Arguments.Add(_metas);
        Options.Add(_stream);
        Options.Add(_baseUrl);
        Options.Add(_noSignatures);
        Options.Add(_signatures);
        Options.Add(_allowUntested);
        Options.Add(_requireTested);
        Options.Add(_output);
        Run(
            async (parsed, cancellationToken) =>
            {
                var text = await services.Releases.Publishing.MetadataAsync(
                    new(
                        parsed.GetRequiredValue(_metas).ToValueList(),
                        parsed.GetValue(_stream),
                        parsed.GetRequiredValue(_baseUrl),
                        parsed.GetValue(_noSignatures) ? false
                            : parsed.GetValue(_signatures) ? true
                            : null,
                        parsed.GetValue(_output),
                        parsed.GetValue(_requireTested)
                    )
                    {
                        Override = parsed.GetValue(_allowUntested),
                    },
                    cancellationToken
                );
                services.Output.Write(text);
                return ExitClass.Done;
            }
        );
    }
}

/// <summary><c>release index</c>.</summary>
internal sealed class ReleaseIndexCommand : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "The release index; made when missing" };
    private readonly Option<string> _add = new("--add")
    {
        Description = "The release.json to add",
        HelpName = "RELEASE.json",
        Required = true,
    };
    private readonly Option<string> _url = new("--url")
    {
        Description = "URL of that release.json, or the URL above STREAM/builds/",
        HelpName = "URL",
        Required = true,
    };
    private readonly Option<string?> _now = new("--now") { Description = "The time to record (default: the clock)", HelpName = "TIME" };
    private readonly Option<bool> _allowLower = new("--allow-lower")
    {
        Description = "Append a version below that of the last release, for example a barrier",
    };
    private readonly Option<string[]> _metas = new("--meta")
    {
        Description = "meta.json of an architecture, with its test record beside it; repeatable (default: those in builds/)",
        HelpName = "FILE",
    };
    private readonly Option<string?> _allowUntested = ReleaseGroup.OverrideOption();
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    public ReleaseIndexCommand(Services services)
        : base(
            "index",
            "Adds a release to a release index, or late architectures to its newest release",
            "pipeline release index releases.json --add release.json "
                + "--url https://builds.example.org/prod/streams/stable/builds/44.20260720.3.1/release.json"
        )
    {
        Arguments.Add(_file);
        Options.Add(_add);
        Options.Add(_url);
        Options.Add(_now);
        Options.Add(_allowLower);
        Options.Add(_metas);
        Options.Add(_allowUntested);
        Options.Add(_dryRun);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var outcome = await services.Releases.Publishing.IndexAsync(
                    new(
                        parsed.GetRequiredValue(_file),
                        parsed.GetRequiredValue(_add),
                        parsed.GetRequiredValue(_url),
                        parsed.GetValue(_now),
                        parsed.GetValue(_dryRun),
                        parsed.GetValue(_allowLower)
                    )
                    {
                        Metas = (parsed.GetValue(_metas) ?? []).ToValueList(),
                        Builds = Builds(services, parsed.GetValue(WorkDirectoryOption)),
                        Override = parsed.GetValue(_allowUntested),
                    },
                    cancellationToken
                );
                DocumentAnswer.Print(services, outcome, parsed.GetValue(_dryRun), parsed.GetValue(_json));
                return ExitClass.Done;
            }
        );
    }

    /// <summary>The work directory's builds; <c>null</c> outside of one, where the index may be all there is.</summary>
    private static string? Builds(Services services, string? option)
    {
        try
        {
            return services.WorkDirectory(option).Builds;
        }
        catch (PipelineException) when (option is null)
        {
            return null;
        }
    }
}

/// <summary><c>release notes</c>.</summary>
internal sealed class ReleaseNotesCommand : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "release-notes/STREAM.yml, or its JSON" };

    public ReleaseNotesCommand(Services services)
        : base("notes", "Prints release notes as the JSON that is published", "pipeline release notes release-notes/stable.yml")
    {
        Arguments.Add(_file);
        Run(
            async (parsed, cancellationToken) =>
            {
                services.Output.Write(await services.Releases.Publishing.NotesAsync(parsed.GetRequiredValue(_file), cancellationToken));
                return ExitClass.Done;
            }
        );
    }
}
