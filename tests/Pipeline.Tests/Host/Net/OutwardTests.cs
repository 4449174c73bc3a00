using System.Net;
using System.Text;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Host.Net;

/// <summary>Redirects and credentials, before a network of the test.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OutwardTests : IDisposable
{
    private const string Alice = "Basic YWxpY2U6cEBzcw==";
    private readonly Network _network = new();
    private readonly HttpClient _http;

    public OutwardTests() => _http = HttpStack.Create(_network);

    public void Dispose()
    {
        _http.Dispose();
        _network.Dispose();
    }

    [TestCase("file:///etc/passwd", "neither http nor https")]
    [TestCase("ftp://example.com/x", "neither http nor https")]
    [TestCase("javascript:alert(1)", "neither http nor https")]
    [TestCase("http://example.com/x", "not encrypted")]
    [TestCase("http://other.example.com/x", "not encrypted")]
    public async Task A_redirect_away_from_https_is_refused(string location, string why)
    {
        _network.Redirect("https://example.com/a", location);

        var e = await Assert.ThrowsAsync<PipelineException>(() => _http.GetAsync(new Uri("https://user:secret@example.com/a")));

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL0341")));
        Assert.That(e.Message, Does.Contain(why).And.Not.Contain("secret"));
    }

    [TestCase("/b", "http://example.com/b")]
    [TestCase("b?q", "http://example.com/dir/b?q")]
    [TestCase("https://example.com/b", "https://example.com/b")]
    public async Task A_redirect_is_followed(string location, string to)
    {
        _network.Redirect("http://example.com/dir/a", location);

        using var answer = await _http.GetAsync(new Uri("http://example.com/dir/a"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_network.Seen, Is.EqualTo(["GET http://example.com/dir/a", $"GET {to}"]));
    }

    [Test]
    public async Task A_loop_ends_with_the_last_redirect()
    {
        _network.Redirect("http://example.com/a", "http://example.com/a");

        using var answer = await _http.GetAsync(new Uri("http://example.com/a"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Found));
        Assert.That(_network.Seen, Has.Count.EqualTo(6));
    }

    [Test]
    public async Task What_writes_is_not_repeated_elsewhere()
    {
        _network.Redirect("http://example.com/a", "http://other.example.com/a");

        using var answer = await _http.PostAsync(new Uri("http://example.com/a"), new StringContent("x"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Found));
        Assert.That(_network.Seen, Has.Count.EqualTo(1));
    }

    [TestCase("http://example.com/b", true)]
    [TestCase("http://EXAMPLE.com:80/b", true)]
    [TestCase("http://example.com:8080/b", false)]
    [TestCase("https://example.com/b", false)]
    [TestCase("http://example.com.evil/b", false)]
    [TestCase("http://bob:own@example.com.evil/b", false)]
    public async Task Credentials_are_sent_to_their_server_alone(string location, bool sent)
    {
        _network.Redirect("http://example.com/a", location);

        using var answer = await _http.GetAsync(new Uri("http://alice:p%40ss@example.com/a"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_network.Authorizations[0], Is.EqualTo(Alice), "RFC 7617, decoded");
            Assert.That(_network.Authorizations[1], Is.EqualTo(sent ? Alice : ""));
            Assert.That(_network.Seen, Has.None.Contains("@"));
        }
    }

    [TestCase("http://alice:p%40ss@h/a", "http://h/a", "alice:p%40ss")]
    [TestCase("http://a@b:c@h:8080/a@b", "http://h:8080/a@b", "a@b:c")]
    [TestCase("https://token@h", "https://h", "token")]
    [TestCase("http://h/a@b", "http://h/a@b", null)]
    [TestCase("no address @ all", "no address @ all", null)]
    public void An_address_is_shown_without_its_user(string url, string shown, string? user) =>
        Assert.That((UrlCredentials.WithoutUser(url), UrlCredentials.UserOf(url)), Is.EqualTo((shown, user)));

    [Test]
    public void Credentials_count_below_their_address()
    {
        var credentials = new UrlCredentials();
        var root = credentials.Take("http://alice:p%40ss@example.com/debian/");
        credentials.Take("http://bob:other-one@example.com/debian/private");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(root, Is.EqualTo("http://example.com/debian/"));
            Assert.That(credentials.For("http://example.com/debian/dists/x")?.ToString(), Is.EqualTo(Alice));
            Assert.That(credentials.For("http://example.com/debian/private/x")?.Parameter, Is.EqualTo(Base64("bob:other-one")));
            Assert.That(credentials.For("http://example.com/debian-security/x"), Is.Null);
            Assert.That(credentials.For("http://example.com.evil/debian/x"), Is.Null);
        }
    }

    [TestCase("tiny=http://alice:pa/ss@h", "tiny=http://***@h")]
    [TestCase("alice:pass@h", "***@h")]
    [TestCase("http//h", "http//h")]
    public void A_malformed_address_is_shown_without_what_may_be_a_password(string typed, string shown) =>
        Assert.That(UrlCredentials.Shown(typed), Is.EqualTo(shown));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>Answers 200, or where to go; keeps what was asked.</summary>
    private sealed class Network : HttpMessageHandler
    {
        private readonly Dictionary<string, string> _redirects = new(StringComparer.Ordinal);

        public List<string> Seen { get; } = [];

        public List<string> Authorizations { get; } = [];

        public void Redirect(string from, string to) => _redirects[from] = to;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add($"{request.Method} {request.RequestUri!.OriginalString}");
            Authorizations.Add(request.Headers.Authorization?.ToString() ?? "");
            var answer = new HttpResponseMessage(HttpStatusCode.OK);
            if (_redirects.TryGetValue(request.RequestUri.AbsoluteUri, out var to))
            {
                answer.StatusCode = HttpStatusCode.Found;
                answer.Headers.TryAddWithoutValidation("Location", to);
            }

            return Task.FromResult(answer);
        }
    }
}
