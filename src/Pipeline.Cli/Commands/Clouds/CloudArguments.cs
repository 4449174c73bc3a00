using System.CommandLine;
using Pipeline.Clouds;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary>Options of the verbs that speak to a cloud.</summary>
internal sealed class CloudArguments
{
    private readonly Argument<string> _platform = new("PLATFORM") { Description = "The cloud, by the platform's name: aws" };
    private readonly Option<string?> _endpoint = new("--endpoint")
    {
        Description = "Another server with the cloud's API (default: AWS_ENDPOINT_URL, then the cloud itself)",
        HelpName = "URL",
    };
    private readonly Option<string[]> _regions;
    private readonly Option<string> _owner = new("--owner")
    {
        Description = "Value of the owner tag; only what carries it is changed or deleted",
        HelpName = "NAME",
        DefaultValueFactory = _ => CloudOptions.DefaultOwner,
    };

    /// <summary>Adds them to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="regions">What the regions are for.</param>
    public CloudArguments(Command verb, string regions)
    {
        _regions = new("--region") { Description = regions, HelpName = "NAME" };
        verb.Arguments.Add(_platform);
        verb.Options.Add(_regions);
        verb.Options.Add(_endpoint);
        verb.Options.Add(_owner);
    }

    /// <summary>The platform as typed.</summary>
    public string Platform(ParseResult parsed) => parsed.GetRequiredValue(_platform);

    /// <summary>The regions as typed, each once.</summary>
    public string[] Regions(ParseResult parsed) => [.. (parsed.GetValue(_regions) ?? []).Distinct(StringComparer.Ordinal)];

    /// <summary>The client and what it is told.</summary>
    /// <exception cref="PipelineException">There is no client for the platform, or a value is wrong.</exception>
    public (CloudProvider Provider, CloudOptions Options) Read(Services services, ParseResult parsed)
    {
        var provider = CloudProvider.Of(Platform(parsed));
        var endpoint = parsed.GetValue(_endpoint) ?? services.Environment(provider.EndpointVariable);
        return (
            provider,
            new()
            {
                Endpoint = CloudOptions.ReadEndpoint(endpoint),
                Region = Regions(parsed).FirstOrDefault(r => r != UploadCommand.EveryRegion),
                Owner = parsed.GetRequiredValue(_owner),
                Environment = services.Environment,
            }
        );
    }
}
