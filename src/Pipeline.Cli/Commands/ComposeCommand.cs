using System.CommandLine;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline compose</c>: from a manifest to an OSTree commit of a build.</summary>
internal sealed class ComposeCommand : Verb
{
    private const string StandardOutput = "-";
    private readonly Argument<string> _manifest;
    private readonly Option<string?> _arch = new("--arch")
    {
        Description = "Architecture, several between commas, or 'all' (default: this machine's)",
        HelpName = "ARCH",
    };
    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "Stream the build is for; also the variable 'stream'",
        HelpName = "NAME",
    };
    private readonly Option<string[]> _variables = new("--var")
    {
        Description = "Define a variable; wins over the manifest's",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string?> _buildArgs = new("--build-args")
    {
        Description = "Define releasever, id, stream and osversion by a build-args.conf; --var and --stream win",
        HelpName = "FILE",
    };
    private readonly Option<string?> _lock = new("--lock")
    {
        Description = "Compose exactly the packages of a lockfile",
        HelpName = "FILE",
    };
    private readonly Option<string?> _version = new("--version")
    {
        Description = "Version of the build (default: the next number of its day)",
        HelpName = "VERSION",
    };
    private readonly Option<string[]> _mirrors = new("--mirror")
    {
        Description = "Where a mirror of the repositories is; may be repeated",
        HelpName = "ID=URL",
    };
    private readonly Option<bool> _offline = new("--offline") { Description = "Use what the cache has, do not touch the network" };
    private readonly Option<bool> _insecure = new("--insecure")
    {
        Description = "Allow RPM repositories to turn off gpgcheck and repo_gpgcheck; recorded in the build",
    };
    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Ask no server and make nothing: show what would be resolved and fetched, and all that would be refused",
    };
    private readonly Option<bool> _force = new("--force") { Description = "Make it again although nothing changed" };
    private readonly Option<bool> _official = new("--official") { Description = "Number the build without 'dev'" };
    private readonly Option<bool> _plain = new("--plain-emulation")
    {
        Description = "Emulate every program of a foreign tree: slow, same result, to check the usual way",
    };
    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "Fail instead of waiting for another compose in the work directory",
    };
    private readonly Option<string[]> _limits = new("--script-limit")
    {
        Description = "Most that scripts of packages may use: processes=4096, memory=16G, disk=32G, time=2h; may be repeated",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string?> _timings = new("--timings")
    {
        Description = "Write when each step, package and thread worked, for chrome://tracing or Perfetto; '-': to standard output",
        HelpName = "FILE|-",
    };
    private readonly Option<bool> _json = JsonOption();

    public ComposeCommand(Services services)
        : base(
            "compose",
            "Compose a build: packages to an OSTree commit",
            "pipeline compose",
            "pipeline compose manifests/minimal.yaml --stream testing-devel --json",
            "pipeline compose --timings compose.trace.json",
            "pipeline compose manifests/minimal.yaml --arch all"
        )
    {
        _manifest = new("MANIFEST") { Description = "Root manifest", DefaultValueFactory = _ => ComposeArguments.DefaultFor(services) };
        Arguments.Add(_manifest);
        foreach (
            var option in (Option[])
                [
                    _arch,
                    _stream,
                    _variables,
                    _buildArgs,
                    _lock,
                    _version,
                    _mirrors,
                    _offline,
                    _insecure,
                    _dryRun,
                    _force,
                    _official,
                    _limits,
                    _plain,
                    _noWait,
                    _timings,
                    _json,
                ]
        )
        {
            Options.Add(option);
        }

        Run((parsed, cancellationToken) => RunAsync(services, parsed, cancellationToken));
    }

    private async Task<ExitClass> RunAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var http = HttpStack.Create();
        if (parsed.GetValue(_dryRun))
        {
            var plan = await ComposeArguments.NewComposer(services, http).PlanAsync(Read(parsed).Request(services), cancellationToken);
            await services
                .Answer(exact: parsed.GetValue(_json))
                .WriteAsync(parsed.GetValue(_json) ? ComposePlanAnswer.Json(plan) : ComposePlanAnswer.Text(plan));
            return plan.Problems.Any(p => p.Severity == Severity.Error) ? throw new PipelineException(plan.Problems) : ExitClass.Done;
        }

        var file = parsed.GetValue(_timings);
        var json = parsed.GetValue(_json);
        if (json && file == StandardOutput)
        {
            throw new PipelineException(
                CommandLine.WrongUsage("standard output cannot hold both the trace and the answer", "give --timings FILE, or no --json")
            );
        }

        var trace = file is null ? null : new TraceReporter(services.Reporter, services.Time);
        var traced = trace is null ? services : services with { Reporter = trace };
        ComposeAnswer answer;
        try
        {
            var requests = Read(parsed).Requests(traced);
            answer = await ComposeAnswer.OfAsync(ComposeArguments.NewComposer(traced, http), requests, cancellationToken);
        }
        finally
        {
            if (trace is not null)
            {
                await WriteAsync(services, trace.ToJson(), file!); // also of a run that failed
            }
        }

        var target = file == StandardOutput ? services.Error : services.Answer(exact: json);
        await target.WriteAsync(json ? answer.Json : answer.Text);
        if (answer.MadeSomething)
        {
            await CacheDesk.TidyAsync(services, services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), cancellationToken);
        }

        return answer.Exit;
    }

    private static Task WriteAsync(Services services, byte[] trace, string file) =>
        file == StandardOutput
            ? services.Answer(exact: true).WriteAsync(Encoding.UTF8.GetString(trace) + "\n")
            : AtomicFile.WriteAsync(services.FullPath(file), trace, CancellationToken.None);

    private ComposeArguments Read(ParseResult parsed) =>
        new()
        {
            Manifest = parsed.GetRequiredValue(_manifest),
            Architecture = parsed.GetValue(_arch),
            Stream = parsed.GetValue(_stream),
            Variables = parsed.GetValue(_variables) ?? [],
            BuildArgs = parsed.GetValue(_buildArgs),
            Lock = parsed.GetValue(_lock),
            Version = parsed.GetValue(_version),
            Mirrors = parsed.GetValue(_mirrors) ?? [],
            WorkDirectory = parsed.GetValue(WorkDirectoryOption),
            Offline = parsed.GetValue(_offline),
            Insecure = parsed.GetValue(_insecure),
            Force = parsed.GetValue(_force),
            Official = parsed.GetValue(_official),
            ScriptLimits = parsed.GetValue(_limits) ?? [],
            PlainEmulation = parsed.GetValue(_plain),
            NoWait = parsed.GetValue(_noWait),
        };
}
