using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Compose.Commits;
using Pipeline.Kola;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.Tests.Compose;
using Pipeline.Tests.Kola;

namespace Pipeline.Tests.Steps;

/// <summary>Steps that make documents: locks, and the record of passed tests.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class RecordStepTests
{
    [Test]
    public async Task A_lock()
    {
        await using var bench = new ResolveBench(ResolveBench.Few().Select(p => p with { Compressed = false }));

        var locked = await bench.LockAsync(CancellationToken.None);

        StepVersions.Check("lock", Release().Replace(locked.LockText, "$1-"));
    }

    /// <summary>Text that shrinks, and noise that is stored. The bytes are of the libdeflate of Debian 12.</summary>
    [Test]
    public void Deflated_contents()
    {
        var text = Enumerable.Range(0, 20_000).SelectMany(i => Encoding.ASCII.GetBytes($"line {i * i % 977}\n")).ToArray();
        var noise = Enumerable.Range(0, 10_000).SelectMany(i => SHA256.HashData(BitConverter.GetBytes(i))).ToArray();
        using var deflate = new RawDeflate();
        var made = new StringBuilder();
        foreach (var (name, data) in new[] { ("nothing", []), ("text", text), ("noise", noise) })
        {
            var output = new byte[deflate.Bound(data.Length)];
            var length = deflate.Compress(data, output);
            made.Append(CultureInfo.InvariantCulture, $"{name}: {data.Length} -> {length} {Digest.Of(output.AsSpan(0, length))}\n");
        }

        StepVersions.Check("deflate", made.ToString());
    }

    /// <summary>Of an index in libsolv's form what comes out counts: its bytes are of the host's libsolv.</summary>
    [Test]
    public async Task An_index_in_the_form_of_the_solver()
    {
        await using var bench = new ResolveBench([
            TinyRepository.Package("app", "1:2.0-1", depends: "lib (>= 1) | other") with
            {
                Compressed = false,
                Source = "source (1.0)",
            },
            TinyRepository.Package("lib", "1.2+b1") with
            {
                Compressed = false,
                Recommends = "other",
                MultiArch = "same",
            },
            TinyRepository.Package("other") with
            {
                Compressed = false,
                Provides = "virtual (= 3)",
                Architecture = "amd64",
            },
            TinyRepository.Package("base-files", essential: true) with
            {
                Compressed = false,
                PreDepends = "virtual (>= 2)",
            },
        ]);
        await bench.LockAsync(CancellationToken.None);
        var forms = Directory.GetFiles(Path.Combine(bench.Work.Cache, "indices"), "*.solv", SearchOption.AllDirectories);
        Directory.Delete(Path.Combine(bench.Work.Cache, "locks"), recursive: true);

        var again = await bench.LockAsync(CancellationToken.None);

        var names = string.Concat(forms.Select(f => $"{Digests().Replace(Path.GetFileName(f), "DIGEST")}\n"));
        StepVersions.Check("solver", names + Release().Replace(again.LockText, "$1-"));
    }

    [Test]
    public void A_record_of_passed_tests()
    {
        var build = new BuildUnderTest
        {
            Id = "1.20231114.0.dev0",
            Image = "/images/qemu.qcow2",
            Format = "qcow2",
            ImageIdentity = "sha256:image",
            Version = "1.20231114.0.dev0",
            Commit = "commit",
        };
        var request = new KolaRequest
        {
            Boot = new() { WorkDirectory = new("/work"), Image = build.Image },
        };

        var inputs = PassRecord.Inputs(
            build,
            [new(SelectionTests.Test("ext.a.first"), Denial.None, ""), new(SelectionTests.Test("ext.b.second"), Denial.None, "why")],
            request,
            ["{}"]
        );

        var harness = inputs.Inputs.Single(i => i.Name == "harness").Digest.ToString();
        var text = JsonTextWriter.Canonical(inputs.ToJson());
        StepVersions.Check(
            "kola",
            text.Replace(harness, "OF THE ASSEMBLY", StringComparison.Ordinal).Replace("},{", "},\n{", StringComparison.Ordinal) + "\n"
        );
    }

    /// <summary>The digest of a signed Release: a signature has a time.</summary>
    [GeneratedRegex("""("release": ")[^"]*""", RegexOptions.None, 1000)]
    private static partial Regex Release();

    [GeneratedRegex("[0-9a-f]{64}", RegexOptions.None, 1000)]
    private static partial Regex Digests();
}
