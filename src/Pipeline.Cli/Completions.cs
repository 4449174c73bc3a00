using System.CommandLine;
using System.CommandLine.Completions;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli;

/// <summary>
/// What a shell offers for values of options and arguments: builds, tests, tags, streams of the work directory, and fixed lists. Found by
/// the name that help shows, so a new verb gets it without a line of its own. Whatever is wrong with a file is no reason to disturb the
/// line that is being typed: then nothing is offered.
/// </summary>
internal static class Completions
{
    private static readonly string[] Architectures = [.. Architecture.All.Select(a => a.Name)];

    /// <summary>Adds the sources to every verb below <paramref name="root"/>.</summary>
    public static void Attach(Command root, Services services)
    {
        foreach (var command in root.Subcommands)
        {
            foreach (var option in command.Options)
            {
                if (SourceOf(option.Name, option.HelpName, option.Description, services) is { } source)
                {
                    option.CompletionSources.Add(context => Items(source, context));
                }
            }

            foreach (var argument in command.Arguments)
            {
                if (SourceOf(argument.Name, argument.HelpName, argument.Description, services) is { } source)
                {
                    argument.HelpName ??= argument.Name; // help would list all that is offered
                    argument.CompletionSources.Add(context => Items(source, context));
                }
            }

            Attach(command, services);
        }
    }

    private static Func<CompletionContext, IEnumerable<string>>? SourceOf(
        string name,
        string? shown,
        string? description,
        Services services
    ) =>
        (name, shown) switch
        {
            ("--arch", _) when description!.Contains("'all'", StringComparison.Ordinal) => _ => [.. Architectures, "all"],
            ("--arch", _) => _ => Architectures,
            ("--platform", _) => _ => PlatformTable.Known.Platforms.Select(p => p.Name),
            ("--tag", _) => context => Tests(services, context).SelectMany(t => t.Tags).Distinct(),
            ("--stream", _) => context => Streams(services, context),
            (_, "GLOB") => context => Tests(services, context).Select(t => t.Name),
            ("KIND", _) => _ => ContractDesk.Kinds,
            (_, "ID") or ("ID", _) => context => Builds(services, context),
            ("A" or "B", _) when description!.Contains("build", StringComparison.OrdinalIgnoreCase) => context => Builds(services, context),
            _ => null,
        };

    private static IEnumerable<CompletionItem> Items(Func<CompletionContext, IEnumerable<string>> source, CompletionContext context)
    {
        try
        {
            return
            [
                .. source(context)
                    .Where(t => t.StartsWith(context.WordToComplete, StringComparison.Ordinal))
                    .Order(StringComparer.Ordinal)
                    .Select(t => new CompletionItem(t)),
            ];
        }
        catch (Exception e) when (e is PipelineException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Ids and tags, and <c>latest</c> in each of its forms.</summary>
    private static IEnumerable<string> Builds(Services services, CompletionContext context)
    {
        var (root, index) = Index(services, context);
        var streams = Streams(root, index).Select(s => $"latest:{s}");
        return index.Builds.Select(b => b.Id).Concat(index.Tags.Select(t => t.Name)).Append("latest").Concat(streams).Distinct();
    }

    private static IEnumerable<string> Streams(Services services, CompletionContext context)
    {
        var (root, index) = Index(services, context);
        return Streams(root, index).Distinct();
    }

    /// <summary>The stream of each build that has one.</summary>
    private static IEnumerable<string> Streams(string root, BuildIndex index) =>
        index
            .Builds.SelectMany(b => b.Architectures.Take(1).Select(a => BuildStore.RecordedStream(Path.Combine(root, b.Id, a))))
            .Select(s => s?.ToString())
            .OfType<string>();

    private static (string Root, BuildIndex Index) Index(Services services, CompletionContext context)
    {
        var root = new BuildStore(Work(services, context), services.Time).Root;
        return (root, BuildIndex.Parse("builds.json", RegularFile.Read(Path.Combine(root, "builds.json"))));
    }

    private static IReadOnlyList<KolaListing> Tests(Services services, CompletionContext context) =>
        new KolaRunner(services.Tools, services.Reporter, services.Time).List(
            new()
            {
                Boot = new() { WorkDirectory = Work(services, context) },
                Project = services.Project,
            }
        );

    private static WorkDirectory Work(Services services, CompletionContext context) =>
        services.WorkDirectory(context.ParseResult.GetValue(Verb.WorkDirectoryOption));
}
