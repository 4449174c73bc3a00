using System.CommandLine;
using Pipeline.Clouds;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary>Options of runs whose machines are instances of a cloud.</summary>
internal sealed class CloudRunOptions
{
    private readonly Option<string?> _region = new("--region")
    {
        Description = "With --platform of a cloud: its region (default: AWS_REGION)",
        HelpName = "NAME",
    };
    private readonly Option<string?> _endpoint = new("--endpoint")
    {
        Description = "With --platform of a cloud: another server with its API (default: AWS_ENDPOINT_URL, then the cloud itself)",
        HelpName = "URL",
    };
    private readonly Option<string?> _network = new("--network")
    {
        Description = "With --platform of a cloud: subnet of the machines",
        HelpName = "ID",
    };
    private readonly Option<string?> _firewall = new("--firewall")
    {
        Description = "With --platform of a cloud: security group of the machines; it has to let ssh in",
        HelpName = "ID",
    };
    private readonly Option<bool> _spot = new("--spot") { Description = "With --platform of a cloud: use spare capacity" };
    private readonly Option<string> _owner = new("--owner")
    {
        Description = "With --platform of a cloud: value of the owner tag",
        HelpName = "NAME",
        DefaultValueFactory = _ => CloudOptions.DefaultOwner,
    };
    private readonly Option<int?> _parallel = new("--parallel")
    {
        Description = "Most machines at once (default: by cores and memory of this host; 16 in a cloud)",
        HelpName = "N",
        CustomParser = Numbers.Whole(1, 1000),
    };

    /// <summary>Adds them to a verb.</summary>
    public CloudRunOptions(Command verb)
    {
        foreach (var option in (Option[])[_parallel, _region, _endpoint, _network, _firewall, _spot, _owner])
        {
            verb.Options.Add(option);
        }
    }

    /// <summary>Most machines at once; <c>null</c> for the usual number.</summary>
    public int? MostMachines(ParseResult parsed) => parsed.GetValue(_parallel);

    /// <summary>What the user said of the cloud; <c>null</c> when the platform is none.</summary>
    public CloudOptions? Read(Services services, ParseResult parsed, string platform) =>
        CloudProvider.Find(platform) is { } provider
            ? new()
            {
                Endpoint = CloudOptions.ReadEndpoint(parsed.GetValue(_endpoint) ?? services.Environment(provider.EndpointVariable)),
                Region = parsed.GetValue(_region),
                Owner = parsed.GetRequiredValue(_owner),
                Network = parsed.GetValue(_network),
                Firewall = parsed.GetValue(_firewall),
                Spot = parsed.GetValue(_spot),
                Environment = services.Environment,
            }
            : null;
}
