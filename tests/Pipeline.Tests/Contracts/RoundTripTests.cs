using FsCheck;
using FsCheck.Fluent;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Contracts;
using Pipeline.Releases.Documents;

namespace Pipeline.Tests.Contracts;

/// <summary>Whatever a record can hold prints, reads back equal and prints the same, in every style.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class RoundTripTests
{
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property Updates_read_back_equal() =>
        Prop.ForAll(Updates().ToArbitrary(), Styles(), (updates, style) => ReadsBack(updates, style));

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public Property Indexes_read_back_equal() => Prop.ForAll(Indexes().ToArbitrary(), Styles(), (index, style) => ReadsBack(index, style));

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public Property Unknown_members_stay_in_their_places() =>
        Prop.ForAll(
            Updates().ToArbitrary(),
            Styles(),
            Words().ToArbitrary(),
            (updates, style, word) =>
            {
                var node = Contract.ToNode(updates);
                var at = word.Length % (node.Members.Count + 1);
                var odd = new JsonTextObject([
                    .. node.Members.Take(at),
                    new($"x-{word}", new JsonTextArray([new JsonTextNumber("1.5"), new JsonTextString(word)])),
                    .. node.Members.Skip(at).Reverse(),
                ]);
                var text = JsonTextWriter.Write(odd, style);
                var document = Contract.Read<UpdatesDocument>("u.json", System.Text.Encoding.UTF8.GetBytes(text), new())!;
                return document.Print() == text;
            }
        );

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property What_prints_is_what_check_accepts() =>
        Prop.ForAll(
            Updates().ToArbitrary(),
            Styles(),
            (updates, style) =>
                ContractCheck
                    .Run(ContractKind.Of("updates"), "u.json", System.Text.Encoding.UTF8.GetBytes(Contract.Write(updates, style)))
                    .All(d =>
                        !d.Reason.Contains("written", StringComparison.Ordinal) && !d.Reason.Contains("layout", StringComparison.Ordinal)
                    )
        );

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public bool Numbers_keep_their_value_in_both_spellings(NormalFloat value)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        return double.Parse(NumberText.Python(value.Get), culture) == value.Get
            && double.Parse(NumberText.Rust(value.Get), culture) == value.Get
            && !NumberText.Rust(value.Get).Contains('E', StringComparison.OrdinalIgnoreCase);
    }

    [TestCase(0.0, "0.0", "0")]
    [TestCase(1.0, "1.0", "1")]
    [TestCase(0.35, "0.35", "0.35")]
    [TestCase(1e-5, "1e-05", "0.00001")]
    [TestCase(0.0001, "0.0001", "0.0001")]
    [TestCase(1e15, "1000000000000000.0", "1000000000000000")]
    [TestCase(1e16, "1e+16", "10000000000000000")]
    [TestCase(-2.5e-7, "-2.5e-07", "-0.00000025")]
    [TestCase(1.0 / 3, "0.3333333333333333", "0.3333333333333333")]
    public void Numbers_are_spelled_as_their_publishers_do(double value, string python, string rust) =>
        Assert.That((NumberText.Python(value), NumberText.Rust(value)), Is.EqualTo((python, rust)));

    [TestCase("{}", null, false, false)]
    [TestCase("{\n\t\"a\": 1\n}\n", "\t", true, false)]
    [TestCase("{\"a\": [1, 2]}", null, false, true)]
    [TestCase("{\"a\":\"x: y, z\"}\n", null, true, false)]
    public void A_style_is_recognised(string text, string? indent, bool newline, bool spaces)
    {
        var style = JsonStyles.Detect(System.Text.Encoding.UTF8.GetBytes(text));

        Assert.That((style.Indent, style.FinalNewline, style.SpaceAfterColon), Is.EqualTo((indent, newline, spaces)));
    }

    private static bool ReadsBack<T>(T record, JsonStyle style)
        where T : ContractRecord
    {
        var problems = new DiagnosticBag();
        var text = Contract.Write(record, style);
        var document = Contract.Read<T>("d.json", System.Text.Encoding.UTF8.GetBytes(text), problems);
        return document is not null
            && !problems.HasErrors
            && document.Value.Equals(record)
            && document.Print() == text
            && Contract.Write(document.Value, style) == text;
    }

    private static Gen<string> Words() =>
        Gen.Elements("", "a", "<b>&", "é\u2028", "\"\\\n\u0001", "https://t.example.org/?a=1&b=2", "\ud83d\ude00");

    private static Arbitrary<JsonStyle> Styles() =>
        Gen.Elements(
                JsonStyles.Stream,
                JsonStyles.Updates,
                JsonStyles.Index,
                JsonStyles.Release,
                JsonStyles.Builds,
                JsonStyles.Graph,
                JsonStyles.Lock,
                JsonStyle.Pretty
            )
            .ToArbitrary();

    private static Gen<UpdatesDocument> Updates()
    {
        var reason = Words().Select(w => (Reason?)new Reason { Text = w }).OrNull();
        var rollout = Gen.Choose(0, 10_000)
            .Select(n =>
                (Rollout?)
                    new Rollout
                    {
                        StartPercentage = n % 2 == 0 ? n / 10_000.0 : null,
                        StartEpoch = n % 3 == 0 ? n : null,
                        DurationMinutes = n % 5 == 0 ? n : null,
                    }
            )
            .OrNull();
        var entry = rollout.SelectMany(r =>
            reason.SelectMany(b =>
                reason.Select(d => new UpdatesMetadata
                {
                    Rollout = r,
                    Barrier = b,
                    Deadend = d,
                })
            )
        );
        return entry
            .ListOf()
            .SelectMany(list =>
                Words()
                    .Select(stream => new UpdatesDocument
                    {
                        Stream = stream,
                        Metadata = new() { LastModified = list.Count % 2 == 0 ? "2026-07-21T14:07:14Z" : null },
                        Releases = list.Select((m, i) => new UpdatesRelease { Version = $"44.20260720.3.{i}", Metadata = m }).ToValueList(),
                    })
            );
    }

    private static Gen<ReleaseIndex> Indexes()
    {
        var commits = Words()
            .Select(w => new IndexCommit { Architecture = "x86_64", Checksum = w })
            .ListOf()
            .Select(l => (ValueList<IndexCommit>?)l.ToValueList())
            .OrNull();
        var images = Words()
            .Select(w => new IndexImage
            {
                Architecture = "s390x",
                DigestRef = w,
                Image = w,
            })
            .ListOf()
            .Select(l => (ValueList<IndexImage>?)l.ToValueList())
            .OrNull();
        return commits
            .SelectMany(c =>
                images.Select(i => new IndexRelease
                {
                    Version = "v",
                    Commits = c,
                    OciImages = i,
                    MetadataUrl = "u",
                })
            )
            .ListOf()
            .Select(l => new ReleaseIndex
            {
                Note = ReleaseIndex.StandardNote,
                Releases = l.ToValueList(),
                Metadata = new(),
                Stream = "s",
            });
    }
}

file static class GenExtensions
{
    public static Gen<T?> OrNull<T>(this Gen<T?> gen)
        where T : class => Gen.Frequency((1, Gen.Constant<T?>(null)), (2, gen));
}
