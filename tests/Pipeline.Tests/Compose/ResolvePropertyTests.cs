using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Manifests;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Host.Files;
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
    public void Random_Packages_files_give_only_usable_facts() =>
        Prop.ForAll(
                Mangled("Package: app\nVersion: 1\nArchitecture: all\nSize: 1\nPriority: required\nEssential: yes\n\nPackage: b\n")
                    .ToArbitrary(),
                text =>
                    PackagesFacts
                        .Read(text)
                        .All(f => f.Size >= 0 && f.Priority is >= 0 and <= 3 && (!f.Essential || DebNames.IsName(f.Name)))
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Random_Packages_files_are_parsed_or_refused_and_their_cached_form_gives_the_same_rows()
    {
        using var directory = new TemporaryDirectory();
        Prop.ForAll(
                Mangled(
                        "Package: app\nVersion: 1\nArchitecture: all\nFilename: pool/x.deb\nSize: 1\n"
                            + $"SHA256: {new string('a', 64)}\nSource: s (2)\n\n"
                            + "Package: app\nVersion: 2\nArchitecture: amd64\nFilename: amd64/app-2.amd64.rpm\nSize: 7\n"
                    )
                    .ToArbitrary(),
                text =>
                {
                    var cache = directory.File(Digest.Of(text).Hex);
                    var fresh = Rows(cache, () => text);
                    return Rows(cache, () => throw new InvalidOperationException()).SequenceEqual(fresh)
                        && fresh.Where(DebFamily.Instance.Indices.IsUsable).All(r => DebNames.IsSafeLocation(r.Location) && r.Size >= 0);
                }
            )
            .QuickCheckThrowOnFailure();

        static List<PackageRow> Rows(string cache, Func<byte[]> text)
        {
            using var pool = new SolverPool(DebFamily.Instance.Indices, Pipeline.Model.Values.Architecture.X86_64);
            pool.Add("r", cache, text);
            pool.Seal();
            return [.. pool.Names().Distinct().SelectMany(pool.Named)];
        }
    }

    [Test]
    public void A_row_has_what_the_library_stores_and_what_it_leaves_out()
    {
        using var directory = new TemporaryDirectory();
        using var pool = new SolverPool(DebFamily.Instance.Indices, Pipeline.Model.Values.Architecture.X86_64);
        var digest = new string('a', 64);
        pool.Add(
            "r",
            directory.File("index"),
            () =>
                Encoding.UTF8.GetBytes(
                    $"Package: app\nSource: src (9)\nVersion: 1:2-3\nArchitecture: amd64\nEssential: yes\nPriority: required\n"
                        + $"Filename: amd64/app-2-3.amd64.rpm\nSize: 1234\nSHA256: {digest}\n\nPackage: bare\nVersion: 1\n"
                        + "Architecture: all\n"
                )
        );
        pool.Seal();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                pool.Named("app").Single(),
                Is.EqualTo(
                    new PackageRow
                    {
                        Repo = "r",
                        Name = "app",
                        Version = "1:2-3",
                        Architecture = "amd64",
                        Digest = Digest.Parse(digest),
                        Size = 1234,
                        Location = "amd64/app-2-3.amd64.rpm",
                        Source = "src",
                        Essential = true,
                    }
                )
            );
            Assert.That(
                pool.Named("bare").Select(r => (r.Digest, r.Size, r.Location, r.Source)),
                Is.EqualTo([((Digest?)null, -1L, "", "bare")])
            );
            Assert.That(pool.Essential, Is.EqualTo(["app"]));
        }
    }

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
        using var pool = new SolverPool(DebFamily.Instance.Indices, Pipeline.Model.Values.Architecture.X86_64);

        Assert.That(
            (Libsolv.pool_evrcmp_str(pool.Native, lower, higher, 0), Libsolv.pool_evrcmp_str(pool.Native, higher, lower, 0)),
            Is.EqualTo((-1, 1))
        );
    }

    private static Gen<(string Key, int Value)[]> Configs() =>
        Gen.Elements(Keys).SelectMany(k => Gen.Choose(0, 5).Select(v => (Key: k, Value: v))).ArrayOf().Resize(12);

    private static TreefileConfig Build((string Key, int Value)[] entries)
    {
        var config = new TreefileConfig();
        foreach (var (key, number) in entries)
        {
            var node = new YamlScalar(Here, number.ToString(CultureInfo.InvariantCulture), YamlScalarStyle.DoubleQuoted);
            switch (TreefileKeys.All[key].Merge)
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
