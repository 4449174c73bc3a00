using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using Pipeline.CloudEmulators;
using Pipeline.CloudEmulators.Faults;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary><c>cloud emulate</c>.</summary>
internal sealed class CloudEmulateCommand : Verb
{
    private readonly Argument<string> _provider = new("PROVIDER")
    {
        Description =
            "Only aws: EC2 (images, snapshots, imports, tags, keys, instances), EBS direct, STS and S3 for imports. Not modelled, and "
            + "answered with the provider's error: IAM, billing, quotas but as faults, networks but the default one, volumes, stopping "
            + "and starting, changed blocks, encryption, instances of other architectures than x86_64. Parameters that say something "
            + "about those are not looked at",
    };
    private readonly Option<string> _listen = new("--listen")
    {
        Description = "Loopback address of all services; port 0 takes a free one",
        HelpName = "ADDR:PORT",
        DefaultValueFactory = _ => "127.0.0.1:4566",
    };
    private readonly Option<string?> _state = new("--state")
    {
        Description = "Directory that keeps images and instances from start to start (default: tmp/cloud-PROVIDER of the work directory)",
        HelpName = "DIR",
    };
    private readonly Option<bool> _noMachines = new("--no-machines") { Description = "Say that instances run and start nothing" };
    private readonly Option<int> _memory = new("--memory")
    {
        Description = "Most memory of an instance in MiB",
        HelpName = "MIB",
        DefaultValueFactory = _ => 2048,
        CustomParser = Numbers.WholeOrDefault(),
    };
    private readonly Option<string[]> _faults = new("--fault")
    {
        Description =
            "Fault: OPERATION=KIND[:TIMES][/SECONDS][@REGION], '*' for every operation; repeatable. Kinds: throttle, error, "
            + "error-after, lost, slow, hidden, no-boot, no-console, full, down. While it runs: POST the same lines "
            + "to /_faults, GET lists, DELETE clears",
        HelpName = "FAULT",
    };

    public CloudEmulateCommand(Services services)
        : base(
            "emulate",
            "Serves a provider's APIs on loopback, with instances as virtual machines of what was uploaded, until stopped",
            "pipeline cloud emulate aws",
            "pipeline cloud emulate aws --fault RegisterImage=lost:1 --fault '*=throttle:3@eu-west-1'",
            "pipeline cloud emulate aws --listen 127.0.0.1:0 --state /var/tmp/aws --no-machines"
        )
    {
        Arguments.Add(_provider);
        Options.Add(_listen);
        Options.Add(_state);
        Options.Add(_noMachines);
        Options.Add(_memory);
        Options.Add(_faults);
        Run((parsed, cancellationToken) => ServeAsync(services, parsed, cancellationToken));
    }

    /// <summary>Kept out of line: the server's assembly is loaded when this runs and not before.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<ExitClass> ServeAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var provider = parsed.GetRequiredValue(_provider);
        if (!EmulatorOptions.Providers.Contains(provider))
        {
            throw new PipelineException(EmulatorDiagnostics.UnknownProvider(provider));
        }

        var state = parsed.GetValue(_state) is { } given
            ? services.FullPath(given)
            : Path.Combine(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)).Root, "tmp", "cloud-" + provider);
        var listen = parsed.GetRequiredValue(_listen);
        var options = new EmulatorOptions
        {
            Listen =
                listen.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(listen, out var address)
                    ? address
                    : throw new PipelineException(EmulatorDiagnostics.BadAddress(listen)),
            StateDirectory = state,
            Machines = !parsed.GetValue(_noMachines),
            MostMemoryMiB = Math.Max(512, parsed.GetValue(_memory)),
            Faults = (parsed.GetValue(_faults) ?? []).Select(FaultRule.Parse).ToValueList(),
        };
        await using var emulator = await CloudEmulator.StartAsync(
            options,
            services.Tools,
            services.Time,
            services.Reporter,
            cancellationToken
        );
        var account = options.Accounts[0];
        services.Reporter.Note($"{provider} at {emulator.Address}, account {account.Id}, state in {state}; Ctrl-C stops");
        services.Reporter.Note(
            $"clients: AWS_ENDPOINT_URL={emulator.Address} AWS_ACCESS_KEY_ID={account.KeyId} AWS_SECRET_ACCESS_KEY={account.Secret} "
                + "AWS_REGION=us-east-1"
        );
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            services.Reporter.Note("stopping");
        }

        return ExitClass.Done;
    }
}
