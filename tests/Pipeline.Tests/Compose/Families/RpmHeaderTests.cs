using FsCheck;
using FsCheck.Fluent;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Layers;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Headers of RPM packages: every value that is written is read, and no offset or count is believed.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class RpmHeaderTests
{
    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property What_is_written_is_read() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<NonEmptyArray<string>>(),
            ArbMap.Default.ArbFor<NonEmptyArray<ushort>>(),
            ArbMap.Default.ArbFor<NonEmptyArray<uint>>(),
            (texts, shorts, numbers) =>
            {
                // A text ends at its first NUL; half of a surrogate pair is no text.
                string[] clean = [.. texts.Get.Select(t => new string([.. (t ?? "").Where(c => c != '\0' && !char.IsSurrogate(c))]))];
                var writer = new RpmHeaderWriter();
                writer.Text(1000, clean[0]);
                writer.Texts(1049, clean);
                writer.Shorts(1030, shorts.Get.Select(s => (int)s));
                writer.Numbers(1028, numbers.Get.Select(n => (long)n));
                writer.Longs(5008, numbers.Get.Select(n => (ulong)n << 20));
                writer.Bytes(5000, [.. shorts.Get.Select(s => (byte)(s & 0xff))]);

                var header = Parse(writer.Build(63));

                return header.Text(RpmTag.Name) == clean[0]
                    && header.Texts(RpmTag.RequireName, 1000).SequenceEqual(clean)
                    && header.Numbers(RpmTag.FileModes, 1000).SequenceEqual(shorts.Get.Select(s => (long)s))
                    && header.Numbers(RpmTag.FileSizes, 1000).SequenceEqual(numbers.Get.Select(n => (long)n))
                    && header.Numbers(RpmTag.LongFileSizes, 1000).SequenceEqual(numbers.Get.Select(n => (long)n << 20))
                    && header.Binary((RpmTag)5000).Span.SequenceEqual(shorts.Get.Select(s => (byte)(s & 0xff)).ToArray());
            }
        );

    [FsCheck.NUnit.Property(MaxTest = 400)]
    public bool A_damaged_header_is_refused_or_read_inside_its_bounds(int seed)
    {
        var writer = new RpmHeaderWriter();
        writer.Text(1000, "name");
        writer.Texts(1117, ["a", "b", "c"]);
        writer.Numbers(1028, [1, 2, 3]);
        writer.Longs(5008, [4]);
        var bytes = writer.Build(63);
        var state = unchecked((uint)seed);
        for (var i = 0; i < 3; i++)
        {
            state = unchecked((state * 1664525) + 1013904223);
            bytes[(int)((state >> 8) % (uint)bytes.Length)] ^= (byte)(state >> 24);
        }

        try
        {
            var header = Parse(bytes);
            foreach (var tag in header.Tags.ToArray())
            {
                Touch(() => header.Texts(tag, 1000));
                Touch(() => header.Numbers(tag, 1000));
                Touch(() => header.Binary(tag));
            }
        }
        catch (BadPackageException) { }

        return true;

        static void Touch(Action read)
        {
            try
            {
                read();
            }
            catch (BadPackageException) { }
        }
    }

    private static IEnumerable<TestCaseData> Lies()
    {
        yield return Case("a type that there is not", w => w.Raw(1000, 10, 1, [0]));
        yield return Case("no type", w => w.Raw(1000, 0, 1, [0]));
        yield return Case("more numbers than bytes", w => w.Raw(1028, 4, 1000, [0, 0, 0, 1]));
        yield return Case("a number of numbers that overflows", w => w.Raw(1028, 4, int.MaxValue, [0, 0, 0, 1]));
        yield return Case("a negative number of numbers", w => w.Raw(1028, 4, -1, [0, 0, 0, 1]));
        yield return Case("no values", w => w.Raw(1028, 4, 0, [0, 0, 0, 1]));
        yield return Case("a text without an end", w => w.Raw(9000, 6, 1, [1, 1]));
        yield return Case("one text that is two", w => w.Raw(1000, 6, 2, [1, 0, 1, 0]));
        yield return Case("more texts than there are", w => w.Raw(1117, 8, 30000, [.. new byte[8]]));
        yield return Case("a tag that is reserved", w => w.Raw(64, 6, 1, [1, 0]));

        static TestCaseData Case(string name, Action<RpmHeaderWriter> lie) =>
            new TestCaseData(lie).SetName($"Refused_header_{name.Replace(' ', '_')}");
    }

    [TestCaseSource(nameof(Lies))]
    public void A_header_that_lies_is_refused(Action<RpmHeaderWriter> lie)
    {
        var writer = new RpmHeaderWriter();
        lie(writer);

        Assert.That(() => Parse(writer.Build(63)), Throws.TypeOf<BadPackageException>().With.Property("Code").EqualTo("PL2001"));
    }

    [TestCase(0, 0xff, Description = "magic")]
    [TestCase(16 + 3, 62, Description = "region")]
    [TestCase(-16 + 3, 62, Description = "region of the trailer")]
    [TestCase(-1, 15, Description = "size of the trailer")]
    [TestCase(-5, 0xff, Description = "entries that the trailer covers")]
    public void A_header_without_its_region_is_refused(int place, int value)
    {
        var writer = new RpmHeaderWriter();
        writer.Text(1000, "name");
        var bytes = writer.Build(63);
        bytes[place < 0 ? bytes.Length + place : place] = (byte)value;

        Assert.That(() => Parse(bytes), Throws.TypeOf<BadPackageException>().With.Property("Code").EqualTo("PL2001"));
    }

    [Test]
    public void Values_that_overlap_and_tags_that_are_there_twice_are_refused()
    {
        var writer = new RpmHeaderWriter();
        writer.Text(1000, "name");
        writer.Text(1001, "1.0");
        var good = writer.Build(63);
        var (overlap, twice) = ((byte[])good.Clone(), (byte[])good.Clone());
        overlap[16 + 32 + 11] = 2; // offset of the second value
        twice[16 + 32 + 3] = twice[16 + 16 + 3]; // its tag

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Parse(overlap), Throws.TypeOf<BadPackageException>().With.Message.Contain("overlaps"));
            Assert.That(() => Parse(twice), Throws.TypeOf<BadPackageException>().With.Message.Contain("twice"));
        }
    }

    [Test]
    public void Names_must_be_UTF_8_and_other_texts_need_not()
    {
        var writer = new RpmHeaderWriter();
        writer.Raw(1117, 8, 1, [0xff, 0]);
        var header = Parse(writer.Build(63));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(header.Texts(RpmTag.BaseNames, 1), Is.EqualTo(["\ufffd"]));
            Assert.That(
                () => header.Names(RpmTag.BaseNames, 1),
                Throws.TypeOf<BadPackageException>().With.Property("Code").EqualTo("PL2002")
            );
        }
    }

    [Test]
    public void A_number_near_2_64_is_refused()
    {
        var writer = new RpmHeaderWriter();
        writer.Longs(5008, [ulong.MaxValue]);

        Assert.That(
            () => Parse(writer.Build(63)).Numbers(RpmTag.LongFileSizes, 1),
            Throws.TypeOf<BadPackageException>().With.Property("Code").EqualTo("PL2003")
        );
    }

    private static RpmHeader Parse(byte[] bytes) => RpmHeader.Parse(bytes, RpmTag.HeaderImmutable);
}
