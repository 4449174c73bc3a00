using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>Indices in every form that repositories serve, and laws of the readers of their texts.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class RepodataFormTests
{
    private const string Groups =
        "<comps><group><id>core</id><packagelist><packagereq type=\"mandatory\">lib</packagereq></packagelist></group></comps>";

    [TestCase(".gz")]
    [TestCase(".xz")]
    [TestCase(".zst")]
    [TestCase("")]
    public async Task Every_index_is_read_in_every_form(string ending)
    {
        await using var bench = new RpmBench(
            [.. RpmBench.Few(), new("owner") { Files = ["/opt/only/in/the/list"] }],
            new() { Compression = ending, Groups = Groups }
        );
        bench.Manifest("packages: [\"@core\", /opt/only/in/the/list]");

        Assert.That(await bench.NamesAsync(CancellationToken.None), Is.EqualTo(["lib", "owner"]));
    }

    [TestCase(".gz")]
    [TestCase(".xz")]
    [TestCase(".zst")]
    public async Task A_damaged_index_is_refused_in_every_form(string ending)
    {
        await using var bench = new RpmBench(RpmBench.Few(), new() { Compression = ending, Claim = Shorter });

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        Assert.That((e.Exit, e.Message), Is.EqualTo((ExitClass.Refused, e.Message)));
        Assert.That(e.Message, Does.Contain("unpacks to more than the 100 bytes"));
        static string? Shorter(string type, string member) => (type, member) == ("primary", "open-size") ? "100" : null;
    }

    /// <summary>What is written is read; spaces around keys, values and equals signs mean nothing, comments are no lines.</summary>
    [Test]
    public void A_repo_file_is_read_as_it_was_written() =>
        Prop.ForAll(
                Sections().ToArbitrary(),
                sections =>
                {
                    var text = string.Concat(
                        sections.Select(s =>
                            $"# comment\n[{s.Id}]\n"
                            + string.Concat(s.Lines.Select(l => $"{l.Key} = {l.Value.Replace("\n", "\n  ", StringComparison.Ordinal)} \n"))
                        )
                    );
                    var problems = new DiagnosticBag();

                    var read = RepoFile.Parse("f", text, problems).ToArray();

                    return problems.Items.Count == 0
                        && read.Select(r => r.Id).SequenceEqual(sections.Select(s => s.Id))
                        && read.Zip(sections)
                            .All(p =>
                                p.First.Lines.Select(l => (l.Key, string.Join(' ', l.Words)))
                                    .SequenceEqual(p.Second.Lines.Select(l => (l.Key, l.Value.Replace('\n', ' '))))
                            );
                }
            )
            .QuickCheckThrowOnFailure();

    /// <summary>Any text is read or refused with a place in it, and no line is lost silently.</summary>
    [Test]
    public void Any_text_as_a_repo_file_is_read_or_refused() =>
        Prop.ForAll<string>(text =>
            {
                var problems = new DiagnosticBag();
                var read = RepoFile.Parse("f", text ?? "", problems).ToArray();
                return read.All(r => r.Span.Line >= 1) && problems.Items.All(p => p.Span is { Line: >= 1 });
            })
            .QuickCheckThrowOnFailure();

    /// <summary>Groups have exactly their packages of the kinds that count; an environment has those of its groups.</summary>
    [Test]
    public void Groups_have_the_packages_that_count() =>
        Prop.ForAll(
                Members().ToArbitrary(),
                members =>
                {
                    var list = string.Concat(
                        members.Select(m => $"<packagereq type=\"{m.Kind}\" requires=\"needed\">{m.Name}</packagereq>")
                    );
                    var text =
                        $"<comps><group><id>g</id><name>&amp;</name><packagelist>{list}</packagelist></group>"
                        + "<environment><id>e</id><grouplist><groupid>g</groupid><groupid>none</groupid></grouplist></environment></comps>";

                    var read = CompsReader.Read("r", Encoding.UTF8.GetBytes(text));

                    var (group, environment) = (read.Single(g => g.Id == "g"), read.Single(g => g.Id == "^e"));
                    return group.Packages.SequenceEqual(members.Where(m => m.Kind is "mandatory" or "default").Select(m => m.Name))
                        && group
                            .Conditional.Select(c => c.Name)
                            .SequenceEqual(members.Where(m => m.Kind == "conditional").Select(m => m.Name))
                        && environment.Packages.SequenceEqual(group.Packages.Distinct());
                }
            )
            .QuickCheckThrowOnFailure();

    private static Gen<(string Id, (string Key, string Value)[] Lines)[]> Sections() =>
        from ids in Gen.Elements("fedora", "updates", "a-b_c:1", "x").ListOf()
        from lines in Lines().ListOf(ids.Count)
        select ids.Select((id, i) => ($"{id}{i}", lines[i])).ToArray();

    private static Gen<(string Key, string Value)[]> Lines() =>
        from keys in Gen.SubListOf("name", "baseurl", "gpgkey", "priority", "excludepkgs")
        from values in Gen.Elements("a", "https://example.com/$basearch/", "one two", "first\nsecond", "50").ListOf(keys.Count)
        select keys.Select((k, i) => (k, values[i])).ToArray();

    private static Gen<(string Kind, string Name)[]> Members() =>
        (
            from kind in Gen.Elements("mandatory", "default", "optional", "conditional", "other")
            from name in Gen.Elements("bash", "glibc-langpack-de", "a", "x+y")
            select (kind, name)
        ).ArrayOf();
}
