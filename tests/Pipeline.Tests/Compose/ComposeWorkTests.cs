using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Compose.Builds;
using Pipeline.Host.Builds;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

/// <summary>What crosses into the user namespace arrives as it was sent.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(120_000)]
public sealed class ComposeWorkTests
{
    [Test]
    public void A_request_survives_the_way_into_the_namespace() =>
        Prop.ForAll(
                Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
                seed =>
                {
                    var work = new Source(seed).Work();
                    var read = JsonSerializer.Deserialize(
                        JsonSerializer.Serialize(work, ComposeJson.Default.ComposeWork),
                        ComposeJson.Default.ComposeWork
                    )!;
                    return read == work
                        && read.Inputs.Compose.Digest == work.Inputs.Compose.Digest
                        && JsonTextWriter.Canonical(read.Manifest.Flattened) == JsonTextWriter.Canonical(work.Manifest.Flattened);
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void A_request_is_one_line() =>
        Assert.That(JsonSerializer.Serialize(new Source(1).Work(), ComposeJson.Default.ComposeWork), Does.Not.Contain("\n"));

    [TestCase("\"Force\":", "\"Farce\":", TestName = "A_request_with_an_unknown_member_is_refused")]
    [TestCase("\"LockText\":", "\"Stream\":", TestName = "A_request_without_a_lock_is_refused")]
    [TestCase("\"Force\":", "\"Wait\":true,\"Force\":", TestName = "A_request_that_says_a_thing_twice_is_refused")]
    public void A_damaged_request_is_refused(string from, string to)
    {
        var text = JsonSerializer.Serialize(new Source(1).Work(), ComposeJson.Default.ComposeWork);

        Assert.That(text, Does.Contain(from));
        Assert.That(
            () => JsonSerializer.Deserialize(text.Replace(from, to, StringComparison.Ordinal), ComposeJson.Default.ComposeWork),
            Throws.InstanceOf<JsonException>()
        );
    }

    /// <summary>Makes requests with every member set from a seed.</summary>
    private sealed class Source(int seed)
    {
        private static readonly string[] Letters =
        [
            "a",
            "Z",
            "0",
            " ",
            "\"",
            "\\",
            "\n",
            "\r",
            "\t",
            "\u0001",
            "é",
            "\u2028",
            "😀",
            "<",
            "&",
            "/",
            "~",
            "${x}",
        ];

        // A fixed sequence for a seed: a failing case can be run again.
        private ulong _state = checked((ulong)seed * 2 + 1);

        public ComposeWork Work() =>
            new()
            {
                Family = Text(),
                Manifest = Manifest(),
                Lockfile = Lockfile(),
                LockText = Text(),
                Inputs = new()
                {
                    Configure = Input(),
                    Tree = Input(),
                    Compose = Input(),
                    Tools = Input().Inputs,
                },
                Runner = Coin() ? new NativeRunner() : new QemuUserRunner(Machine(), Text(), Digest.Of(Text()), Coin()),
                Native = List(Package),
                Files = List(() => new PackageFile(Digest.Of(Text()), Text())),
                WorkDirectory = new(Text()),
                Stream = Maybe(Text),
                Version = Maybe(Text),
                Force = Coin(),
                Development = Coin(),
                Wait = Coin(),
                Limits = new(
                    Number(1 << 20),
                    ByteSize.FromBytes(Number(int.MaxValue)),
                    ByteSize.FromBytes(Number(int.MaxValue)),
                    TimeSpan.FromMilliseconds(Number(int.MaxValue))
                ),
            };

        private Manifest Manifest() =>
            new()
            {
                File = Text(),
                IsSchema = Coin(),
                Name = Text(),
                Architecture = Machine(),
                Ref = Maybe(Text),
                ReleaseVersion = Maybe(Text),
                Repos = List(Sourced),
                Packages = List(Sourced),
                ExcludePackages = List(Sourced),
                Layers = List(() => new Overlay(Text(), Text(), Span())),
                RemoveFiles = List(Sourced),
                Postprocess = List(Text),
                Units = List(Sourced),
                DefaultTarget = Maybe(Sourced),
                EtcGroupMembers = List(Sourced),
                MutateOsRelease = Maybe(Text),
                AutomaticVersionPrefix = Maybe(Text),
                Recommends = Coin(),
                Documentation = Coin(),
                Variables = List(() => new ManifestVariable(Text(), Text())),
                Metadata = Object(3),
                Flattened = Object(5),
            };

        private Lockfile Lockfile() =>
            new()
            {
                Architecture = Machine(),
                Generated = Moment(),
                Packages = List(Package),
                Repos = List(() => new LockedRepo(Text(), Digest.Of(Text()), Moment())),
            };

        private LockedPackage Package() =>
            new()
            {
                Name = Text(),
                Version = Text(),
                PackageArchitecture = Text(),
                Digest = Digest.Of(Text()),
                Size = Number(int.MaxValue),
                Repo = Text(),
                Location = Text(),
                Source = Maybe(Text),
                Essential = Coin(),
            };

        private StepInputs Input() => new(Text(), Number(9), List(() => new StepInput(Text(), Digest.Of(Text()))).DistinctBy(i => i.Name));

        private JsonTextObject Object(int depth) =>
            new(List(() => new JsonTextMember(Text(), Node(depth - 1))).DistinctBy(m => m.Name).ToValueList());

        private JsonTextNode Node(int depth) =>
            Number(depth <= 0 ? 4 : 6) switch
            {
                0 => new JsonTextString(Text()),
                1 => new JsonTextNumber("1.50"),
                2 => new JsonTextBool(Coin()),
                3 => new JsonTextNull(),
                4 => new JsonTextArray(List(() => Node(depth - 1))),
                _ => Object(depth),
            };

        private Sourced Sourced() => new(Text(), Span());

        private SourceSpan Span() => new(Text(), Number(99), Number(99), Number(99), Number(99));

        private Arch Machine() => Arch.All[Number(4)];

        private DateTimeOffset Moment() => DateTimeOffset.FromUnixTimeSeconds(Number(int.MaxValue));

        private ValueList<T> List<T>(Func<T> item) => Enumerable.Range(0, Number(4)).Select(_ => item()).ToValueList();

        private T? Maybe<T>(Func<T> value)
            where T : class => Coin() ? value() : null;

        private string Text() =>
            string.Concat(Enumerable.Range(0, Number(6)).Select(_ => Letters[Number(Letters.Length)]))
            + Number(1000).ToString(CultureInfo.InvariantCulture);

        private bool Coin() => Number(2) == 0;

        private int Number(int below)
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return (int)(_state % (ulong)below);
        }
    }
}
