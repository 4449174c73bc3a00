using Pipeline.CloudEmulators.Aws;

namespace Pipeline.Tests.CloudEmulators;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class SignatureVersion4Tests
{
    /// <summary>The case "get-vanilla" of the provider's published test suite.</summary>
    [Test]
    public void The_published_example_has_the_published_signature()
    {
        var header = new SignatureHeader("AKIDEXAMPLE", "20150830", "us-east-1", "service", ["host", "x-amz-date"], "");
        var request = new SignedRequest(
            "GET",
            "/",
            "",
            n => n == "host" ? "example.amazonaws.com" : "20150830T123600Z",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );

        Assert.That(
            SignatureVersion4.Sign(request, header, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830T123600Z"),
            Is.EqualTo("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
        );
    }

    [TestCase("ec2", "401 AuthFailure", "401 AuthFailure", "400 RequestExpired")]
    [TestCase("sts", "403 InvalidClientTokenId", "403 SignatureDoesNotMatch", "403 SignatureDoesNotMatch")]
    [TestCase("ebs", "403 UnrecognizedClientException", "403 InvalidSignatureException", "403 InvalidSignatureException")]
    [TestCase("s3", "403 InvalidAccessKeyId", "403 SignatureDoesNotMatch", "403 RequestTimeTooSkewed")]
    public async Task A_wrong_key_a_wrong_secret_and_a_wrong_clock_are_refused_in_the_words_of_the_service(
        string service,
        string key,
        string secret,
        string clock
    )
    {
        await using var aws = await AwsEmulation.StartAsync();
        var request = new AwsTestRequest { Service = service, Path = service == "s3" ? "/bucket" : "/" };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await RefusalAsync(request with { KeyId = "AKIANOBODY" }), Is.EqualTo(key));
            Assert.That(await RefusalAsync(request with { Secret = "guessed" }), Is.EqualTo(secret));
            Assert.That(await RefusalAsync(request with { Signed = aws.Clock.GetUtcNow().AddMinutes(16) }), Is.EqualTo(clock));
            Assert.That(await RefusalAsync(request with { Signed = aws.Clock.GetUtcNow().AddMinutes(-16) }), Is.EqualTo(clock));
        }

        async Task<string> RefusalAsync(AwsTestRequest sent)
        {
            var answer = await aws.SendAsync(sent with { Form = service == "ec2" ? [("Action", "DescribeRegions")] : [] });
            var text = System.Text.Encoding.UTF8.GetString(answer.Body);
            var code = answer.Header("x-amzn-ErrorType") ?? text.Split("<Code>")[1].Split("</Code>")[0];
            return $"{answer.Status} {code}";
        }
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("Basic abc")]
    [TestCase("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request")]
    [TestCase("AWS4-HMAC-SHA256 Credential=a/b/c/aws4_request, SignedHeaders=host, Signature=x")]
    public void Another_header_is_none(string? text) => Assert.That(SignatureHeader.Parse(text), Is.Null);
}
