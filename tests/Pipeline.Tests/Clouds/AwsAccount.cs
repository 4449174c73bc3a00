using Pipeline.Clouds;
using Pipeline.Clouds.Aws;
using Pipeline.TestKit.Clouds;

namespace Pipeline.Tests.Clouds;

/// <summary>Our clients of an account of <see cref="AwsServer"/>, without waits.</summary>
internal static class AwsAccount
{
    /// <summary>What a user of the account has in the environment.</summary>
    public static IReadOnlyDictionary<string, string> Environment(AwsServer server) =>
        new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE",
            ["AWS_SECRET_ACCESS_KEY"] = "wJalrXUtnFEMI/K7MDENG",
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_ENDPOINT_URL"] = server.Url.ToString(),
        };

    public static AwsSession Session(AwsServer server, CloudOptions? options = null)
    {
        var environment = Environment(server);
        options ??= new() { Environment = environment.GetValueOrDefault };
        return new(options with { Endpoint = server.Url }, TimeProvider.System)
        {
            Retry = new(4, TimeSpan.FromMilliseconds(1)),
            Wait = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
            ClockRetries = 0,
        };
    }

    public static AwsImages Images(AwsServer server, string journals) => new(Session(server), journals);

    public static AwsInstances Instances(AwsServer server, CloudOptions? options = null) => new(Session(server, options));
}
