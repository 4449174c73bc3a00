using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Manifests;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Compose;

/// <summary>Laws of merging, and parsers of foreign bytes that may fail only with a diagnostic.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(120_000)]
public sealed class ResolvePropertyTests
{
    private static readonly string[] Keys = ["ref", "default-target", "units", "repos", "packages", "metadata", "exclude-packages"];
    private static readonly SourceSpan Here = new("t.yaml", 1, 1);

    [Test]
    public void Merging_is_associative() =>
        Prop.ForAll(
                Configs().Three().ToArbitrary(),
                t =>
                {
                    var (a, b, c) = t;
                    var left = Build(a);
                    left.Include(Build(b));
                    left.Include(Build(c));
                    var inner = Build(b);
                    inner.Include(Build(c));
                    var right = Build(a);
                    right.Include(inner);
                    // Lists are the exception by design: (c ++ b ++ a) both ways, so they agree too.
                    return Print(left) == Print(right);
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Merging_with_itself_changes_no_set_map_or_single_value() =>
        Prop.ForAll(
                Configs().ToArbitrary(),
                c =>
                {
                    var once = Build(c);
                    var twice = Build(c);
                    twice.Include(Build(c));
                    twice.Lists.Clear();
                    once.Lists.Clear();
                    return Print(once) == Print(twice);
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void The_includer_always_wins() =>
        Prop.ForAll(
                Configs().Two().ToArbitrary(),
                t =>
                {
                    var merged = Build(t.Item1);
                    var own = Build(t.Item1);
                    merged.Include(Build(t.Item2));
                    return own.Single.All(s => merged.Single[s.Key].Node.Equals(s.Value.Node))
                        && own.Maps.All(m => m.Value.All(e => merged.Maps[m.Key][e.Key].Value.Equals(e.Value.Value)))
                        && own.Lists.All(l => merged.Lists[l.Key].TakeLast(l.Value.Count).SequenceEqual(l.Value));
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Unquoted_words_split_as_white_space_does() =>
        Prop.ForAll<NonNull<string>>(s =>
            {
                var text = s.Get.Replace("'", "", StringComparison.Ordinal);
                return PackageWords.Split(text)!.SequenceEqual(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            })
            .QuickCheckThrowOnFailure();

    [Test]
    public void Random_conditions_never_crash() =>
        Prop.ForAll<NonNull<string>, bool>(
                (s, tight) =>
                {
                    var variables = new ManifestVariables();
                    variables.Define("a", VariableValue.OfPlain("1"));
                    variables.Evaluate(s.Get, tight, Here, new());
                    variables.Evaluate($"a {s.Get}", tight, Here, new());
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Random_control_paragraphs_never_crash() =>
        Prop.ForAll(
                Mangled("Package: a\nDepends: b,\n c\n\nPackage: d\n# x\nFoo:bar\n").ToArbitrary(),
                text => Deb822.Parse("f", Encoding.UTF8.GetString(text), new()).All(s => s.Fields.Count > 0)
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Random_Release_files_fail_only_by_refusal() =>
        Prop.ForAll(
                Mangled($"Suite: x\nDate: Sat, 12 Sep 2026 07:55:41 UTC\nSHA256:\n {new string('a', 64)} 12 main/Packages\n").ToArbitrary(),
                text =>
                {
                    try
                    {
                        return ReleaseFile.Parse("r", text).Files.Values.All(f => f.Size >= 0);
                    }
                    catch (PipelineException e)
                    {
                        return e.Exit == ExitClass.Refused;
                    }
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Random_Packages_files_give_only_safe_rows() =>
        Prop.ForAll(
                Mangled(
                        $"Package: app\nVersion: 1\nArchitecture: all\nFilename: pool/x.deb\nSize: 1\nSHA256: {new string('a', 64)}\nSource: s (2)\nEssential: yes\n\nPackage: b\n"
                    )
                    .ToArbitrary(),
                text =>
                    PackagesParser
                        .Read(text)
                        .All(r =>
                            PackagesParser.IsSafeLocation(r.Location)
                            && PackagesParser.IsName(r.Name)
                            && !r.Line.Contains('\n', StringComparison.Ordinal)
                            && r.Line.Split('\t').Length == 8
                            && PackageRow.Read(Encoding.UTF8.GetBytes(r.Line)) == r
                        )
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Random_gpgv_output_is_never_trusted() =>
        Prop.ForAll<NonNull<string>>(s =>
                SignatureStatus.Problem(s.Get) is not null && SignatureStatus.Problem($"[GNUPG:] {s.Get}") is not null
            )
            .QuickCheckThrowOnFailure();

    /// <summary>Policy's own examples, by the library that decides.</summary>
    [TestCase("1.0~beta1~svn1245", "1.0~beta1")]
    [TestCase("1.0~beta1", "1.0")]
    [TestCase("1.0", "1.0+b1")]
    [TestCase("9", "1:0.1")]
    [TestCase("1.2.9", "1.2.10")]
    [TestCase("1.0-1", "1.0-1+deb13u1")]
    public void Versions_are_ordered_as_Debian_orders_them(string lower, string higher)
    {
        using var pool = new SolverPool(PackageFamily.Debian, Pipeline.Model.Values.Architecture.X86_64);

        Assert.That(
            (Libsolv.pool_evrcmp_str(pool.Native, lower, higher, 0), Libsolv.pool_evrcmp_str(pool.Native, higher, lower, 0)),
            Is.EqualTo((-1, 1))
        );
    }

    [Test]
    public void Rpm_metadata_goes_through_the_same_pool()
    {
        const string primary = """
            <?xml version="1.0"?><metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="2">
            <package type="rpm"><name>app</name><arch>x86_64</arch><version epoch="0" ver="1" rel="1"/><location href="app.rpm"/>
            <format><rpm:provides><rpm:entry name="app" flags="EQ" epoch="0" ver="1" rel="1"/></rpm:provides><rpm:requires><rpm:entry name="lib" flags="GE" epoch="0" ver="2"/></rpm:requires></format></package>
            <package type="rpm"><name>lib</name><arch>noarch</arch><version epoch="0" ver="2" rel="1"/><location href="lib.rpm"/>
            <format><rpm:provides><rpm:entry name="lib" flags="EQ" epoch="0" ver="2" rel="1"/></rpm:provides></format></package></metadata>
            """;
        using var pool = new SolverPool(PackageFamily.Rpm, Pipeline.Model.Values.Architecture.X86_64);
        pool.AddRpmMetadata("r", Encoding.UTF8.GetBytes(primary));
        pool.Seal();

        var chosen = new PackageSolver(pool, _ => new Dictionary<Digest, int>()).Solve([new("app", Here)], [], [], false, () => [], new());

        Assert.That(chosen.Select(c => $"{c.Name}-{c.Version}.{c.Architecture}"), Is.EqualTo(["lib-2-1.noarch", "app-1-1.x86_64"]));
    }

    private static Gen<(string Key, int Value)[]> Configs() =>
        Gen.Elements(Keys).SelectMany(k => Gen.Choose(0, 5).Select(v => (Key: k, Value: v))).ArrayOf().Resize(12);

    private static TreefileConfig Build((string Key, int Value)[] entries)
    {
        var config = new TreefileConfig();
        foreach (var (key, number) in entries)
        {
            var node = new YamlScalar(Here, number.ToString(CultureInfo.InvariantCulture), YamlScalarStyle.DoubleQuoted);
            switch (TreefileKey.All[key].Merge)
            {
                case MergeRule.First:
                    config.Single[key] = new(node, "/");
                    break;
                case MergeRule.Union:
                    config.AddToSet(key, new Sourced(node.Text, Here));
                    break;
                case MergeRule.ByMember:
                    config.Maps.TryAdd(key, new(StringComparer.Ordinal));
                    config.Maps[key].TryAdd($"m{number % 3}", new(node, node));
                    break;
                default:
                    config.Lists[key] = [.. config.Lists.GetValueOrDefault(key) ?? [], new(node, "/")];
                    break;
            }
        }

        return config;
    }

    private static string Print(TreefileConfig config) =>
        string.Join(
            '\n',
            new[]
            {
                string.Join(' ', config.Single.OrderBy(s => s.Key).Select(s => $"{s.Key}={((YamlScalar)s.Value.Node).Text}")),
                string.Join(' ', config.Sets.OrderBy(s => s.Key).Select(s => $"{s.Key}={string.Join(',', s.Value.Keys)}")),
                string.Join(
                    ' ',
                    config
                        .Maps.OrderBy(s => s.Key)
                        .Select(s => $"{s.Key}={string.Join(',', s.Value.Select(e => $"{e.Key}:{((YamlScalar)e.Value.Value).Text}"))}")
                ),
                string.Join(
                    ' ',
                    config
                        .Lists.OrderBy(s => s.Key)
                        .Select(s => $"{s.Key}={string.Join(',', s.Value.Select(i => ((YamlScalar)i.Node).Text))}")
                ),
            }
        );

    /// <summary>A good document with up to eight bytes replaced, removed or added.</summary>
    private static Gen<byte[]> Mangled(string good) =>
        Gen.Choose(0, good.Length - 1)
            .SelectMany(at => Gen.Choose(0, 2).SelectMany(how => Gen.Choose(0, 255).Select(b => (at, how, b))))
            .ArrayOf()
            .Resize(8)
            .Select(edits =>
            {
                var bytes = Encoding.UTF8.GetBytes(good).ToList();
                foreach (var (at, how, b) in edits.Where(e => e.at < bytes.Count))
                {
                    switch (how)
                    {
                        case 0:
                            bytes[at] = (byte)b;
                            break;
                        case 1:
                            bytes.RemoveAt(at);
                            break;
                        default:
                            bytes.Insert(at, (byte)b);
                            break;
                    }
                }

                return bytes.ToArray();
            });
}
