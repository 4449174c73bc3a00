using System.Globalization;
using System.IO.Hashing;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Images.Layouts;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class DiskLayoutTests
{
    private static readonly Gen<DiskLayout> Layouts =
        from architecture in Gen.Elements(Arch.All.ToArray())
        from root in Gen.Choose(1, int.MaxValue).Select(n => ByteSize.FromBytes(n * 4099L))
        from least in Gen.OneOf(
            Gen.Constant<ByteSize?>(null),
            Gen.Choose(0, int.MaxValue).Select(n => (ByteSize?)ByteSize.FromBytes(n * 8191L))
        )
        from sector in Gen.Elements(512, 4096)
        select DiskLayout.For(architecture, root, least, sector);

    [Test]
    public void The_layout_of_every_architecture_is_pinned() =>
        Golden.Check(
            "Images/layouts.txt",
            string.Join('\n', Arch.All.Select(a => $"{a}\n{DiskLayout.For(a, ByteSize.FromMiB(1000), ByteSize.FromGiB(10), 512)}"))
        );

    [Test]
    public void Partitions_are_aligned_follow_each_other_and_end_before_the_backup_table() =>
        Prop.ForAll(
                Layouts.ToArbitrary(),
                layout =>
                {
                    var at = 1L << 20;
                    foreach (var p in layout.Partitions)
                    {
                        Assert.That(p.Start.Bytes, Is.EqualTo(at));
                        Assert.That(p.Size.Bytes, Is.Positive.And.EqualTo(p.Size.RoundUp(DiskLayout.Alignment).Bytes));
                        at = p.End.Bytes;
                    }

                    Assert.That(layout.Size.Bytes - at, Is.GreaterThanOrEqualTo(1L << 20));
                    Assert.That(layout.Partitions[^1].Role, Is.EqualTo(PartitionRole.Root));
                    Assert.That(PartitionTable.BackupOffset(layout), Is.GreaterThanOrEqualTo(at));
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Both_tables_say_the_same_and_their_checksums_hold() =>
        Prop.ForAll(
                Layouts.ToArbitrary(),
                layout =>
                {
                    var primary = PartitionTable.Primary(layout);
                    var backup = PartitionTable.Backup(layout);
                    var sector = layout.SectorSize;
                    var last = (layout.Size.Bytes / sector) - 1;
                    var first = primary.AsSpan(sector, 92);
                    var second = backup.AsSpan(backup.Length - sector, 92);

                    Assert.That(PartitionTable.BackupOffset(layout) + backup.Length, Is.EqualTo(layout.Size.Bytes));
                    Assert.That(backup.AsSpan(0, 16384).SequenceEqual(primary.AsSpan(2 * sector, 16384)), Is.True);
                    Assert.That(
                        (BitConverter.ToInt64(first[24..]), BitConverter.ToInt64(first[32..]), BitConverter.ToInt64(first[72..])),
                        Is.EqualTo((1L, last, 2L))
                    );
                    Assert.That((BitConverter.ToInt64(second[24..]), BitConverter.ToInt64(second[32..])), Is.EqualTo((last, 1L)));
                    Assert.That(BitConverter.ToInt64(second[72..]) * sector, Is.EqualTo(PartitionTable.BackupOffset(layout)));
                    foreach (var header in (byte[][])[first.ToArray(), second.ToArray()])
                    {
                        var claimed = BitConverter.ToUInt32(header, 16);
                        header.AsSpan(16, 4).Clear();
                        Assert.That(Crc32.HashToUInt32(header), Is.EqualTo(claimed));
                        Assert.That(BitConverter.ToUInt32(header, 88), Is.EqualTo(Crc32.HashToUInt32(backup.AsSpan(0, 16384))));
                    }
                }
            )
            .QuickCheckThrowOnFailure();

    [TestCase(512)]
    [TestCase(4096)]
    public void The_bytes_of_the_table_are_pinned(int sector)
    {
        var layout = DiskLayout.For(Arch.X86_64, ByteSize.FromMiB(1000), ByteSize.FromGiB(10), sector);

        Golden.Check(
            $"Images/gpt-{sector}.txt",
            $"primary at 0\n{Hex(PartitionTable.Primary(layout))}"
                + $"backup at {PartitionTable.BackupOffset(layout)}\n{Hex(PartitionTable.Backup(layout))}"
        );
    }

    [Test]
    public void The_checksum_is_the_one_of_the_standard() => Assert.That(Crc32.HashToUInt32("123456789"u8), Is.EqualTo(0xCBF43926));

    [Test]
    public void Sectors_of_other_sizes_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DiskLayout.For(Arch.X86_64, ByteSize.FromMiB(1), null, 2048));

    private static string Hex(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var (row, at) in bytes.Chunk(16).Select((r, i) => (r, i * 16)).Where(r => r.r.Any(b => b != 0)))
        {
            text.Append(CultureInfo.InvariantCulture, $"{at:x6} {Convert.ToHexStringLower(row)}\n");
        }

        return text.ToString();
    }
}
