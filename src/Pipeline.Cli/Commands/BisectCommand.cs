using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Cli.Bisection;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline bisect</c>: the change between two builds that turns a test red.</summary>
internal sealed class BisectCommand : Verb
{
    private readonly Option<string> _good = new("--good")
    {
        Description = "Build on which the test passes",
        HelpName = "ID",
        Required = true,
    };
    private readonly Option<string> _bad = new("--bad")
    {
        Description = "Build on which it fails",
        HelpName = "ID",
        DefaultValueFactory = _ => "latest",
    };
    private readonly Option<string> _manifest;
    private readonly Option<string?> _stream = new("--compose-stream") { Description = "As --stream of compose", HelpName = "NAME" };
    private readonly Option<string[]> _variables = new("--var") { Description = "As for compose", HelpName = "NAME=VALUE" };
    private readonly Option<string[]> _mirrors = new("--mirror") { Description = "As for compose", HelpName = "ID=URL" };
    private readonly Option<bool> _offline = new("--offline") { Description = "Use what the cache has, do not touch the network" };
    private readonly Option<bool> _revisions = new("--revisions")
    {
        Description = "Search among the commits of the configuration that the builds name, not among packages",
    };
    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "Run each test this often on each build; a test that does not always say the same ends the search",
        HelpName = "N",
        DefaultValueFactory = _ => 2,
        CustomParser = Numbers.WholeOrDefault(2, 100),
    };
    private readonly Option<bool> _again = new("--again") { Description = "Forget the trials of an earlier run" };
    private readonly Option<bool> _json = JsonOption();

    /// <summary>The verb.</summary>
    public BisectCommand(Services services)
        : base(
            "bisect",
            "Find the package, or the commit, that turns a test red between two builds",
            "pipeline bisect --good 13.20260901.0.0 'ext.kola-tests.network.*'",
            "pipeline bisect --good latest:stable --bad latest:testing --revisions ext.kola-tests.boot.basic"
        )
    {
        _manifest = new("--manifest")
        {
            Description = "Root manifest",
            HelpName = "FILE",
            DefaultValueFactory = _ => ComposeArguments.DefaultFor(services),
        };
        foreach (var option in (Option[])[_good, _bad, _manifest, _revisions, _repeat, _again])
        {
            Options.Add(option);
        }

        var tests = new KolaOptions(this);
        var boot = new BootOptions(this, image: false);
        foreach (var option in (Option[])[_stream, _variables, _mirrors, _offline, _json])
        {
            Options.Add(option);
        }

        Run(
            async (parsed, cancellationToken) =>
            {
                var compose = new ComposeArguments
                {
                    Manifest = parsed.GetRequiredValue(_manifest),
                    Stream = parsed.GetValue(_stream),
                    Variables = parsed.GetValue(_variables) ?? [],
                    Mirrors = parsed.GetValue(_mirrors) ?? [],
                    Offline = parsed.GetValue(_offline),
                    WorkDirectory = parsed.GetValue(WorkDirectoryOption),
                }.Request(services);
                var chosen = tests.Request(services, parsed, boot.Request(services, parsed, null)) with
                {
                    Multiply = parsed.GetValue(_repeat),
                };
                using var http = HttpStack.Create();
                var trials = new BuildTrial(services, ComposeArguments.NewComposer(services, http), chosen);
                var request = new BisectRequest(
                    parsed.GetRequiredValue(_good),
                    parsed.GetRequiredValue(_bad),
                    compose,
                    chosen,
                    parsed.GetValue(_revisions),
                    parsed.GetValue(_again)
                );
                var result = await new BisectDesk(services, trials.RunAsync).RunAsync(request, cancellationToken);
                var json = parsed.GetValue(_json);
                await services.Answer(exact: json).WriteAsync(json ? AnswerJson.Pretty(result) : Text(result));
                return ExitClass.Done;
            }
        );
    }

    /// <summary>The answer for people.</summary>
    internal static string Text(BisectAnswer result)
    {
        var what = result.Suspects.Count == 1 ? "this change turns the test red" : "one of these changes turns the test red";
        var how = result.Alone switch
        {
            true => "; it is enough alone",
            false => "; it needs changes before it, and is good alone",
            _ => "",
        };
        var lines = new List<string> { $"of {result.Differences} {result.Kind} that differ, {what}{how}:" };
        lines.AddRange(result.Suspects.Select(s => $"  {s}"));
        lines.Add(result.Reason);
        if (result.Logs is { } logs)
        {
            lines.Add($"logs: {logs}");
        }

        lines.Add($"{result.Trials} builds were tried between {result.Good} and {result.Bad}");
        return string.Concat(lines.Select(l => l + "\n"));
    }
}
