using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Host;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class StepRecordTests
{
    [Test]
    public void The_stream_of_a_compose_is_read_back()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("compose.json");
        var inputs = new StepInputs("compose", 1, [new("time", Digest.Of("1"))]);
        var record = new StepRecord(inputs, [], false, TimeSpan.FromSeconds(1)) { Stream = StreamName.Parse("testing-devel") };

        File.WriteAllText(file, JsonTextWriter.Write(record.ToJson(), JsonStyle.Pretty));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(StepRecord.StreamOf(file), Is.EqualTo(record.Stream));
            Assert.That(StepRecord.InputDigest(file), Is.EqualTo(inputs.Digest));
        }
    }

    [Test]
    public void A_build_without_a_stream_has_none()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("compose.json");
        var record = new StepRecord(new StepInputs("compose", 1, []), [], false, TimeSpan.Zero);

        File.WriteAllText(file, JsonTextWriter.Write(record.ToJson(), JsonStyle.Pretty));

        Assert.That(StepRecord.StreamOf(file), Is.Null);
        Assert.That(StepRecord.StreamOf(directory.File("no.json")), Is.Null);
    }
}
