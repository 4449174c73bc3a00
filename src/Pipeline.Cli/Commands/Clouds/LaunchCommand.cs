using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Clouds;
using Pipeline.Clouds.Instances;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary><c>pipeline launch</c> and <c>pipeline cloud launch</c>: an instance of a stream's image, or of a build's.</summary>
internal sealed class LaunchCommand : Verb
{
    /// <summary>How often the instance is looked at until it has an address.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

    /// <summary>How long, at most; it may come up later all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Option<string?> _image = new("--image") { Description = "The cloud's id of the image", HelpName = "ID" };
    private readonly Option<string?> _arch = new("--arch") { Description = "Architecture (default: this machine's)", HelpName = "ARCH" };
    private readonly Option<string?> _name = new("--name")
    {
        Description = "Name of the instance; the same name is the same instance (default: by the image and the config)",
        HelpName = "NAME",
    };
    private readonly Option<string?> _type = new("--type")
    {
        Description = "Instance type (default: the cheapest that has the memory)",
        HelpName = "NAME",
    };
    private readonly Option<int> _memory = new("--memory")
    {
        Description = "Memory in MiB",
        HelpName = "MIB",
        DefaultValueFactory = _ => 2048,
        CustomParser = Numbers.WholeOrDefault(2048, 1024 * 1024),
    };
    private readonly Option<string?> _network = new("--network")
    {
        Description = "Subnet (default: the account's usual one)",
        HelpName = "ID",
    };
    private readonly Option<string?> _firewall = new("--firewall")
    {
        Description = "Security group (default: the account's usual one)",
        HelpName = "ID",
    };
    private readonly Option<bool> _spot = new("--spot") { Description = "Use spare capacity: cheaper, and ended at any time" };
    private readonly Option<bool> _print = new("--print")
    {
        Description = "Launch nothing; print the image and the user data for Terraform or the vendor's client",
    };
    private readonly Option<bool> _json = JsonOption();
    private readonly LaunchConfig _config;
    private readonly CloudArguments _cloud;
    private readonly ImageSource _source;

    private LaunchCommand(Services services, string description, ImageSource source, params string[] examples)
        : base("launch", description, examples)
    {
        _source = source;
        _cloud = new(this, "Region (default: AWS_REGION)");
        source.AddTo(this);
        _config = new(this);
        foreach (var option in (Option[])[_image, _arch, _name, _type, _memory, _network, _firewall, _spot, _print, _json])
        {
            Options.Add(option);
        }

        Run((parsed, cancellationToken) => RunAsync(services, parsed, cancellationToken));
    }

    /// <summary><c>launch</c>.</summary>
    public static LaunchCommand OfStream(Services services) =>
        new(
            services,
            "Starts an instance of a stream's image in a cloud",
            new StreamImageSource(),
            "pipeline launch aws --stream stable --stream-base-url https://example.com/streams --butane config.bu",
            "pipeline launch aws --stream stable --ignition config.ign --print"
        );

    /// <summary><c>cloud launch</c>.</summary>
    public static LaunchCommand OfBuild(Services services) =>
        new(
            services,
            "Starts an instance of a build's image in a cloud",
            new BuildImageSource(),
            "pipeline cloud launch aws --build latest --ignition config.ign",
            "pipeline cloud launch aws --image ami-0123456789abcdef0 --type m6i.large --spot"
        );

    private async Task<ExitClass> RunAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (provider, read) = _cloud.Read(services, parsed);
        var options = read with
        {
            Network = parsed.GetValue(_network),
            Firewall = parsed.GetValue(_firewall),
            Spot = parsed.GetValue(_spot),
        };
        var architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_arch));
        var region = provider.Region(options);
        var config = await _config.ReadAsync(services, parsed, cancellationToken);
        var image = parsed.GetValue(_image) is { } id
            ? (Id: id, Release: (string?)null)
            : await _source.FindAsync(services, parsed, (provider.Platform, region, architecture), cancellationToken);
        LaunchAnswer answer;
        if (parsed.GetValue(_print))
        {
            answer = new(provider.Platform, region, image.Id, image.Release, null, null, null, config);
        }
        else
        {
            var made = await LaunchAsync(services, (provider, options), Launch(parsed, image.Id, architecture, config), cancellationToken);
            answer = LaunchAnswer.Of(provider.Platform, region, image, made);
        }

        var exact = parsed.GetValue(_json);
        await services.Answer(exact).WriteAsync(exact ? AnswerJson.Pretty(answer) : Text(answer, provider));
        return ExitClass.Done;
    }

    private CloudLaunch Launch(ParseResult parsed, string image, Architecture architecture, string? config) =>
        new()
        {
            Name = parsed.GetValue(_name) ?? $"pipeline-{Digest.Of($"{image}\n{config}").Hex[..12]}",
            Image = image,
            Shape = new()
            {
                Architecture = architecture,
                Type = parsed.GetValue(_type),
                MemoryMiB = parsed.GetValue(_memory),
            },
            UserData = config,
        };

    private static async Task<CloudInstance> LaunchAsync(
        Services services,
        (CloudProvider Provider, CloudOptions Options) on,
        CloudLaunch launch,
        CancellationToken cancellationToken
    )
    {
        var instances = on.Provider.Instances(on.Options, services.Time);
        using var owned = instances as IDisposable;
        using var step = services.Reporter.Step($"launch {launch.Name}");
        var made = await instances.LaunchAsync(launch, cancellationToken);
        var begin = services.Time.GetTimestamp();
        while (made is { State: CloudInstanceState.Pending } or { State: CloudInstanceState.Running, Address: null })
        {
            if (services.Time.GetElapsedTime(begin) > Patience)
            {
                break;
            }

            made = await instances.FindAsync(made.Id, cancellationToken) ?? made;
            if (made.Address is null)
            {
                await Task.Delay(Beat, services.Time, cancellationToken);
            }
        }

        step.Done(made.Id);
        return made;
    }

    /// <summary>Lines that Terraform reads as variables, or the instance with the way to it.</summary>
    private static string Text(LaunchAnswer answer, CloudProvider provider) =>
        answer.Instance is null
            ? $"region = \"{answer.Region}\"\nimage_id = \"{answer.Image}\"\n"
                + (answer.UserData is null ? "" : $"user_data_base64 = \"{Convert.ToBase64String(provider.UserData(answer.UserData))}\"\n")
            : $"{answer.Instance} {answer.State} {answer.Address ?? "-"}\n"
                + (answer.Address is null ? "" : $"ssh core@{answer.Address}\n");
}
