using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Compose.Commits;
using Pipeline.Host.Archives;

namespace Pipeline.Tests.Host;

/// <summary>What the commit writer writes, whose bytes ostree judges, is read as it was meant.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class OstreeObjectsTests
{
    private static Gen<byte[]> Name => Gen.Choose(1, 255).Select(i => (byte)(i == '/' ? 'x' : i)).NonEmptyListOf().Select(l => l.ToArray());

    private static Gen<ObjectMetadata> Metadata =>
        from count in Gen.Choose(0, 4)
        from size in Gen.Elements(1, 20, 240, 300, 70_000)
        from user in Gen.Choose(0, 70_000)
        from mode in Gen.Choose(0, 0xFFF)
        select new ObjectMetadata(
            (uint)user,
            7,
            0x8000u | (uint)mode,
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i => new KeyValuePair<string, byte[]>($"user.{i}", Enumerable.Repeat((byte)i, size).ToArray())),
            ]
        );

    [Test]
    public void Attributes_of_files_and_directories_are_read_and_taken_out() =>
        Prop.ForAll(
                Metadata.ToArbitrary(),
                metadata =>
                {
                    var kept = metadata with { Attributes = [.. metadata.Attributes.Skip(1)] };
                    byte[] header = [.. ObjectFormat.ArchiveHeader(metadata, "where"u8, 9), 1, 2, 3];
                    var file = OstreeObjects.FileAttributes(header, out var length);
                    var directory = ObjectFormat.DirectoryMetadata(metadata);

                    Assert.That(Shown(file), Is.EqualTo(Shown(metadata)));
                    Assert.That(length, Is.EqualTo(header.Length - 3));
                    Assert.That(OstreeObjects.HeaderLength(header), Is.EqualTo(length));
                    Assert.That(
                        OstreeObjects.OwnerOf(header),
                        Is.EqualTo((metadata.UserId, metadata.GroupId, (int)(metadata.Mode & 0xFFF)))
                    );
                    Assert.That(
                        OstreeObjects.WithAttributes(header, [.. file.Skip(1)], 10),
                        Is.EqualTo(ObjectFormat.ArchiveHeader(kept, "where"u8, 10))
                    );
                    Assert.That(Shown(OstreeObjects.DirectoryAttributes(directory)), Is.EqualTo(Shown(metadata)));
                    Assert.That(
                        OstreeObjects.WithDirectoryAttributes(directory, [.. file.Skip(1)]),
                        Is.EqualTo(ObjectFormat.DirectoryMetadata(kept))
                    );
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Names_of_directories_are_read() =>
        Prop.ForAll(
                Name.ListOf().ToArbitrary(),
                Name.ListOf().ToArbitrary(),
                (files, directories) =>
                {
                    var bytes = ObjectFormat.Directory(
                        [.. files.Select((n, i) => new NamedObject(n, Sum(i), null))],
                        [.. directories.Select((n, i) => new NamedObject(n, Sum(i), Sum(i + 1)))]
                    );

                    Assert.That(
                        OstreeObjects.NamesIn(bytes).Select(n => (Convert.ToHexString(n.Name), n.Checksum, n.Metadata)),
                        Is.EqualTo(
                            files
                                .Select((n, i) => (Convert.ToHexString(n), Hex(i), (string?)null))
                                .Concat(directories.Select((n, i) => (Convert.ToHexString(n), Hex(i), (string?)Hex(i + 1))))
                        )
                    );
                }
            )
            .QuickCheckThrowOnFailure();

    [TestCase(1), TestCase(300), TestCase(70_000)]
    public void The_root_of_a_commit_is_found(int metadata)
    {
        var commit = ObjectFormat.Commit(
            [("x", GVariant.Text(new string('x', metadata)), "s")],
            DateTimeOffset.UnixEpoch.AddDays(9),
            Sum(1),
            Sum(2)
        );

        Assert.That(OstreeObjects.RootOf(commit), Is.EqualTo((Hex(1), Hex(2))));
    }

    [Test]
    public void Anything_else_is_malformed()
    {
        foreach (
            var bytes in (byte[][])
                [
                    [],
                    [0],
                    [255],
                    [1, 2, 3],
                    Encoding.ASCII.GetBytes(new string('z', 70)),
                ]
        )
        {
            Assert.That(() => OstreeObjects.RootOf(bytes), Throws.TypeOf<FormatException>());
            Assert.That(() => OstreeObjects.FileAttributes(bytes, out _), Throws.TypeOf<FormatException>());
        }

        Assert.That(() => OstreeObjects.NamesIn([7, 9]), Throws.TypeOf<FormatException>());
        Assert.That(() => OstreeObjects.DirectoryAttributes(new byte[11]), Throws.TypeOf<FormatException>());
        Assert.That(() => OstreeObjects.DirectoryAttributes([.. new byte[12], 9]), Throws.TypeOf<FormatException>());
    }

    private static byte[] Sum(int i) => [.. Enumerable.Repeat((byte)i, 32)];

    private static string Hex(int i) => Convert.ToHexStringLower(Sum(i));

    private static IEnumerable<string> Shown(IEnumerable<(byte[] Name, byte[] Value)> attributes) =>
        attributes.Select(a => $"{Encoding.UTF8.GetString(a.Name)} {Convert.ToHexString(a.Value)}");

    private static IEnumerable<string> Shown(ObjectMetadata metadata) =>
        metadata.Attributes.Select(a => $"{a.Key} {Convert.ToHexString(a.Value)}");
}
