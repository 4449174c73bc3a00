using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Stores;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class StoreAddressTests
{
    [TestCase("file:public", "file:/srv/public")]
    [TestCase("file:///srv/public", "file:/srv/public")]
    [TestCase("s3://bucket", "s3://bucket")]
    [TestCase("s3://bucket/prod/streams/?region=eu-west-1&acl=none", "s3://bucket/prod/streams")]
    [TestCase("az://account/container/a/b", "az://account/container/a/b")]
    [TestCase("https://example.com/prod/", "https://example.com/prod")]
    public void An_address_is_read(string text, string shown) =>
        Assert.That(StoreAddress.Parse(text, "/srv").ToString(), Is.EqualTo(shown));

    [Test]
    public void Options_are_read()
    {
        var address = StoreAddress.Parse("s3://bucket/p?endpoint=http://127.0.0.1:8000&acl=none&anonymous=yes", "/");

        Assert.That(
            (address.Endpoint, address.UsesAcl, address.Anonymous, address.Region),
            Is.EqualTo((new Uri("http://127.0.0.1:8000"), false, true, (string?)null))
        );
    }

    [
        TestCase("public"),
        TestCase("ftp://x/y"),
        TestCase("file:"),
        TestCase("s3://"),
        TestCase("az://account"),
        TestCase("s3://bucket/a//b"),
        TestCase("s3://b?endpoint=file:///etc"),
        TestCase("s3://b?acl=all"),
        TestCase("s3://b?endpoint=http://u:p@h")
    ]
    public void A_wrong_address_is_bad_input(string text) =>
        Assert.That(
            Assert.Throws<PipelineException>(() => StoreAddress.Parse(text, "/"))!.Diagnostics[0],
            Has.Property("Code").EqualTo("PL6007").And.Property("Exit").EqualTo(ExitClass.BadInput)
        );

    [TestCase("s3://me:topsecret@bucket/x")]
    [TestCase("az://account/container?sig=topsecret")]
    [TestCase("s3://bucket?secret_key=topsecret")]
    public void Credentials_in_an_address_are_refused_and_not_repeated(string text) =>
        Assert.That(Assert.Throws<PipelineException>(() => StoreAddress.Parse(text, "/"))!.Message, Does.Not.Contain("topsecret"));
}
