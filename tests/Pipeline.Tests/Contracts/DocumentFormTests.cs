using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Contracts;

/// <summary>
/// What an edit leaves alone is printed as it was read: order of members, unknown members, nulls and the spelling of numbers.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class DocumentFormTests
{
    private const string First = """{"metadata":{"rollout":{"x":1,"start_percentage":0,"start_epoch":null}},"version":"12.20260101.3.0"}""";
    private const string Second = """{"y":[1.0],"version":"12.20260202.3.0","metadata":{"barrier":{"reason":"r"}}}""";

    private static string Text(params string[] releases) =>
        $$"""{"z":true,"releases":[{{string.Join(',', releases)}}],"metadata":{"o":1,"last-modified":null},"stream":"s"}""";

    [Test]
    public void A_document_that_is_not_edited_prints_as_it_was_read() => Assert.That(Edit(d => d), Is.EqualTo(Text(First, Second)));

    [Test]
    public void An_item_that_goes_leaves_the_form_of_the_others() =>
        Assert.That(Edit(d => d with { Releases = [d.Releases[1]] }), Is.EqualTo(Text(Second)));

    [Test]
    public void Items_that_change_places_take_their_form_along() =>
        Assert.That(Edit(d => d with { Releases = [d.Releases[1], d.Releases[0]] }), Is.EqualTo(Text(Second, First)));

    [Test]
    public void A_new_item_has_the_form_of_its_publisher() =>
        Assert.That(
            Edit(d =>
                d with
                {
                    Releases =
                    [
                        d.Releases[0],
                        new()
                        {
                            Version = "12.20260115.3.0",
                            Metadata = new() { Rollout = new() { StartPercentage = 0 } },
                        },
                        d.Releases[1],
                    ],
                }
            ),
            Is.EqualTo(Text(First, """{"version":"12.20260115.3.0","metadata":{"rollout":{"start_percentage":0.0}}}""", Second))
        );

    [Test]
    public void A_changed_item_is_known_by_its_version_and_keeps_what_did_not_change() =>
        Assert.That(
            Edit(d =>
                d with
                {
                    Releases =
                    [
                        d.Releases[0] with
                        {
                            Metadata = new()
                            {
                                Rollout = new() { StartPercentage = 0, DurationMinutes = 5 },
                            },
                        },
                        d.Releases[1],
                    ],
                }
            ),
            Is.EqualTo(Text(First.Replace("\"x\":1,", "\"duration_minutes\":5,\"x\":1,", StringComparison.Ordinal), Second))
        );

    [Test]
    public void Equal_items_keep_their_forms_in_order()
    {
        const string spaced = """{"metadata":{"deadend":{"reason":"d"}},"version":"12.20260303.3.0"}""";
        const string twin = """{"version":"12.20260303.3.0","metadata":{"deadend":{"reason":"d"}}}""";

        Assert.That(Edit(d => d, Text(twin, spaced, twin)), Is.EqualTo(Text(twin, spaced, twin)));
    }

    [Test]
    public void A_record_says_nothing_about_the_document_it_came_from()
    {
        var a = Read(Text(First, Second)).Value;
        var b = Read("""{"stream":"s","metadata":{},"releases":[]}""").Value with { Releases = a.Releases, Metadata = a.Metadata };

        Assert.That(b, Is.EqualTo(a));
        Assert.That(Contract.Write(a, JsonStyles.Graph), Is.EqualTo(Contract.Write(b, JsonStyles.Graph)).And.Not.Contains("\"z\""));
    }

    private static string Edit(Func<UpdatesDocument, UpdatesDocument> edit, string? text = null)
    {
        var document = Read(text ?? Text(First, Second));
        return (document with { Value = edit(document.Value) }).Print();
    }

    private static Document<UpdatesDocument> Read(string text)
    {
        var problems = new DiagnosticBag();
        var document = Contract.Read<UpdatesDocument>("u.json", Encoding.UTF8.GetBytes(text), problems);
        Assert.That(problems.Items, Is.Empty);
        return document!;
    }
}
