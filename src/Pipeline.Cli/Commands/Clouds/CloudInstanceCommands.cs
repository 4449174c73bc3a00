using System.CommandLine;
using Pipeline.Clouds.Instances;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary>A verb for one instance.</summary>
internal abstract class CloudInstanceCommand : Verb
{
    private readonly Argument<string> _id = new("ID") { Description = "The cloud's id of the instance" };
    private readonly CloudArguments _cloud;

    protected CloudInstanceCommand(Services services, string name, string description, params string[] examples)
        : base(name, description, examples)
    {
        _cloud = new(this, "Region of the instance (default: AWS_REGION)");
        Arguments.Add(_id);
        Run(
            async (parsed, cancellationToken) =>
            {
                var (provider, options) = _cloud.Read(services, parsed);
                var instances = provider.Instances(options, services.Time);
                using var owned = instances as IDisposable;
                return await RunAsync(services, parsed, instances, parsed.GetRequiredValue(_id), cancellationToken);
            }
        );
    }

    protected abstract Task<ExitClass> RunAsync(
        Services services,
        ParseResult parsed,
        ICloudInstances instances,
        string id,
        CancellationToken cancellationToken
    );

    protected static async Task<CloudInstance> FindAsync(ICloudInstances instances, string id, CancellationToken cancellationToken) =>
        await instances.FindAsync(id, cancellationToken) ?? throw new PipelineException(CloudUsage.NoInstance(id));
}

/// <summary><c>pipeline cloud console</c>.</summary>
internal sealed class CloudConsoleCommand(Services services)
    : CloudInstanceCommand(
        services,
        "console",
        "Prints what the serial console of an instance said",
        "pipeline cloud console aws i-0123456789abcdef0"
    )
{
    protected override async Task<ExitClass> RunAsync(
        Services services,
        ParseResult parsed,
        ICloudInstances instances,
        string id,
        CancellationToken cancellationToken
    )
    {
        await FindAsync(instances, id, cancellationToken);
        await services.Text.WriteAsync(await instances.ConsoleAsync(id, cancellationToken));
        return ExitClass.Done;
    }
}

/// <summary><c>pipeline cloud terminate</c>.</summary>
internal sealed class CloudTerminateCommand(Services services)
    : CloudInstanceCommand(
        services,
        "terminate",
        "Ends an instance that carries our owner tag, and deletes its disks",
        "pipeline cloud terminate aws i-0123456789abcdef0"
    )
{
    protected override async Task<ExitClass> RunAsync(
        Services services,
        ParseResult parsed,
        ICloudInstances instances,
        string id,
        CancellationToken cancellationToken
    )
    {
        await FindAsync(instances, id, cancellationToken);
        await instances.TerminateAsync(id, cancellationToken);
        return ExitClass.Done;
    }
}

/// <summary><c>pipeline cloud ssh</c>.</summary>
internal sealed class CloudSshCommand : CloudInstanceCommand
{
    private readonly Option<string> _user = new("--user")
    {
        Description = "User there",
        HelpName = "NAME",
        DefaultValueFactory = _ => "core",
    };
    private readonly Option<string?> _key = new("--identity") { Description = "Private key for ssh", HelpName = "FILE" };
    private readonly Option<string?> _command = new("--command") { Description = "Run this instead of a shell", HelpName = "COMMAND" };

    public CloudSshCommand(Services services)
        : base(
            services,
            "ssh",
            "Opens a shell in an instance",
            "pipeline cloud ssh aws i-0123456789abcdef0",
            "pipeline cloud ssh aws i-0123456789abcdef0 --command uptime"
        )
    {
        Options.Add(_user);
        Options.Add(_key);
        Options.Add(_command);
    }

    protected override async Task<ExitClass> RunAsync(
        Services services,
        ParseResult parsed,
        ICloudInstances instances,
        string id,
        CancellationToken cancellationToken
    )
    {
        var instance = await FindAsync(instances, id, cancellationToken);
        var address =
            instance.Address ?? throw new PipelineException(CloudUsage.NoAddress(id, instance.State.ToString().ToLowerInvariant()));
        string[] key = parsed.GetValue(_key) is { } file ? ["-i", services.FullPath(file)] : [];
        string[] command = parsed.GetValue(_command) is { } text ? [text] : [];
        var ssh = new ToolCommand(
            "ssh",
            [.. key, "-o", "StrictHostKeyChecking=accept-new", "-l", parsed.GetRequiredValue(_user), "--", address, .. command]
        )
        {
            Terminal = true,
            Environment = services.Environment("TERM") is { } terminal
                ? new Dictionary<string, string> { ["TERM"] = terminal }
                : new Dictionary<string, string>(),
            Accepted = [.. Enumerable.Range(0, 256)],
        };
        var result = await services.Tools.RunAsync(ssh, cancellationToken);
        return result.ExitCode == 0 ? ExitClass.Done : ExitClass.WorkFailed;
    }
}
