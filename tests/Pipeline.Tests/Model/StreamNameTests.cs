using Pipeline.Model.Values;

namespace Pipeline.Tests.Model;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class StreamNameTests
{
    [TestCase("stable")]
    [TestCase("testing-devel")]
    [TestCase("4")]
    public void A_name_reads_back_as_it_was_written(string text) => Assert.That(StreamName.Parse(text).ToString(), Is.EqualTo(text));

    [TestCase("")]
    [TestCase("-devel")]
    [TestCase("devel-")]
    [TestCase("Stable")]
    [TestCase("fedora/x86_64/coreos/stable")]
    [TestCase("../stable")]
    [TestCase("stäble")]
    [TestCase("stable\n")]
    public void Anything_else_is_refused(string text)
    {
        Assert.That(StreamName.TryParse(text, out _), Is.False);
        Assert.Throws<FormatException>(() => StreamName.Parse(text));
    }

    [Test]
    public void A_name_of_64_characters_is_too_long() => Assert.That(StreamName.TryParse(new string('a', 64), out _), Is.False);
}
