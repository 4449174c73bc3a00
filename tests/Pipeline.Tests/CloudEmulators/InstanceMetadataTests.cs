using System.Net.Sockets;
using Pipeline.CloudEmulators.Aws;
using Pipeline.CloudEmulators.Machines;
using Pipeline.Host.Files;
using Pipeline.TestKit;

namespace Pipeline.Tests.CloudEmulators;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class InstanceMetadataTests
{
    private static readonly Ec2Instance Instance = new()
    {
        Id = "i-0123",
        Owner = AwsEmulation.Account,
        Reservation = "r-1",
        ImageId = "ami-1",
        Type = "t3.small",
        Architecture = "x86_64",
        Data = "snap-1",
        PrivateIp = "172.31.0.14",
        PublicIp = "127.77.0.14",
        Mac = "06:00:00:00:00:01",
        UserData = Convert.ToBase64String("{\"ignition\":{}}"u8),
        KeyName = "me",
        Zone = "us-east-1a",
        State = "running",
        Created = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        TokensRequired = true,
    };

    [Test]
    public async Task With_a_token_everything_is_told()
    {
        await using var service = await Service.StartAsync(Instance);
        var token = await service.TokenAsync(60);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Get("latest/user-data"), Is.EqualTo("200 {\"ignition\":{}}"));
            Assert.That(await Get("2019-10-01/user-data"), Is.EqualTo("200 {\"ignition\":{}}"));
            Assert.That(await Get("latest/meta-data/instance-id"), Is.EqualTo("200 i-0123"));
            Assert.That(await Get("latest/meta-data/local-ipv4"), Is.EqualTo("200 172.31.0.14"));
            Assert.That(await Get("latest/meta-data/placement/"), Is.EqualTo("200 availability-zone\nregion"));
            Assert.That(await Get("latest/meta-data/public-keys/"), Is.EqualTo("200 0=me"));
            Assert.That(await Get("latest/meta-data/public-keys/0/openssh-key"), Is.EqualTo("200 ssh-ed25519 AAAA me"));
            Assert.That(await Get("latest/dynamic/instance-identity/document"), Does.Contain("\"region\": \"us-east-1\""));
            Assert.That(await Get("latest/meta-data/iam/info"), Is.EqualTo("404 "));
            Assert.That(await Get("nonsense/user-data"), Is.EqualTo("404 "));
        }

        Task<string> Get(string path) => service.GetAsync(path, token);
    }

    [Test]
    public async Task Without_a_token_or_with_an_old_one_nothing_is_told()
    {
        await using var service = await Service.StartAsync(Instance);
        var token = await service.TokenAsync(60);
        var none = await service.GetAsync("latest/user-data", null);
        var wrong = await service.GetAsync("latest/user-data", "guess");
        service.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.That((none, wrong, await service.GetAsync("latest/user-data", token)), Is.EqualTo(("401 ", "401 ", "401 ")));
    }

    [Test]
    public async Task Version_1_works_where_tokens_are_optional()
    {
        await using var service = await Service.StartAsync(Instance with { TokensRequired = false, UserData = null });

        Assert.That(
            (await service.GetAsync("latest/meta-data/ami-id", null), await service.GetAsync("latest/user-data", null)),
            Is.EqualTo(("200 ami-1", "404 "))
        );
    }

    [TestCase("0", null, 400)]
    [TestCase("21601", null, 400)]
    [TestCase("x", null, 400)]
    [TestCase("60", "10.0.0.1", 403)]
    public async Task A_token_is_not_given_for_too_long_or_through_a_proxy(string seconds, string? forwarded, int status)
    {
        await using var service = await Service.StartAsync(Instance);
        using var request = new HttpRequestMessage(HttpMethod.Put, "http://imds/latest/api/token");
        request.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", seconds);
        if (forwarded is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwarded);
        }

        using var answer = await service.Http.SendAsync(request);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
    }

    private sealed class Service(MetadataServer server, TemporaryDirectory directory, HttpClient http, ManualClock clock) : IAsyncDisposable
    {
        public HttpClient Http => http;

        public ManualClock Clock => clock;

        public static async Task<Service> StartAsync(Ec2Instance instance)
        {
            var directory = new TemporaryDirectory();
            var clock = new ManualClock(instance.Created);
            var key = new Ec2KeyPair("key-1", instance.Owner, "me", "ssh-ed25519 AAAA me");
            var metadata = new InstanceMetadata(instance, "us-east-1", key, clock);
            var server = await MetadataServer.StartAsync(directory.File("m"), metadata.AnswerAsync, CancellationToken.None);
#pragma warning disable RS0030 // a socket file is no network
            var http = new HttpClient(
                new SocketsHttpHandler
                {
                    ConnectCallback = async (_, cancellationToken) =>
                    {
                        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                        await socket.ConnectAsync(new UnixDomainSocketEndPoint(directory.File("m")), cancellationToken);
                        return new NetworkStream(socket, ownsSocket: true);
                    },
                }
            );
#pragma warning restore RS0030
            return new(server, directory, http, clock);
        }

        public async Task<string> TokenAsync(int seconds)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, "http://imds/latest/api/token");
            request.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", AwsEmulation.Text(seconds));
            using var answer = await http.SendAsync(request);
            return await answer.Content.ReadAsStringAsync();
        }

        public async Task<string> GetAsync(string path, string? token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://imds/" + path);
            if (token is not null)
            {
                request.Headers.Add("X-aws-ec2-metadata-token", token);
            }

            using var answer = await http.SendAsync(request);
            return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
        }

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            await server.DisposeAsync();
            directory.Dispose();
        }
    }
}
