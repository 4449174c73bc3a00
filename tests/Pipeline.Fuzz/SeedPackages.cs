using System.Formats.Tar;
using System.Text;
using Pipeline.Compose.Commits;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Fuzz;

/// <summary>Seeds made here: packages, archives, programs and a file system.</summary>
internal static class SeedPackages
{
    private static readonly string Zeros = new('0', 64);

    /// <summary>Packages: compressed, and plain so that a mutation reaches the tar inside.</summary>
    public static IEnumerable<byte[]> Debs()
    {
        var package = new TinyPackage("hello")
        {
            Files =
            [
                new("usr/bin/hello", "#!/bin/sh\n", Mode: 0b111_101_101),
                TinyFile.Link("usr/bin/hi", "hello"),
                TinyFile.HardLink("usr/bin/h", "usr/bin/hello"),
                new("usr/share/" + new string('n', 120), "long name"),
            ],
            Scripts = new Dictionary<string, string> { ["postinst"] = "#!/bin/sh\n", ["conffiles"] = "/etc/hello\n" },
        };
        yield return package.Build();
        yield return (package with { Compressed = false }).Build();
    }

    /// <summary>RPM packages of both formats and both forms of archives, plain so that a mutation reaches the archive inside.</summary>
    public static IEnumerable<byte[]> Rpms()
    {
        var package = new TinyPackage("hello")
        {
            Depends = "(lib if app)",
            Compressed = false,
            Exact = true,
            Files =
            [
                TinyFile.Directory("usr/bin"),
                new("usr/bin/hello", "#!/bin/sh\n", Mode: 0b111_101_101),
                TinyFile.HardLink("usr/bin/h", "usr/bin/hello"),
                TinyFile.Link("usr/bin/hi", "hello"),
            ],
            Scripts = new Dictionary<string, string> { ["postinst"] = "true\n" },
        };
        var rpm = new TinyRpm(package) { Capabilities = new Dictionary<string, string> { ["usr/bin/hello"] = "cap_net_raw=ep" } };
        yield return rpm.Build();
        yield return (rpm with { Format = 6, Stripped = true }).Build();
        yield return new TinyRpm(package with { Compressed = true }).Build();
    }

    /// <summary>Archives of RPM packages.</summary>
    public static IEnumerable<byte[]> Cpios()
    {
        foreach (var rpm in Rpms().Take(2))
        {
            var start = rpm.AsSpan().IndexOf("07070"u8);
            yield return rpm[start..];
        }
    }

    /// <summary>Archives in each form that is read.</summary>
    public static IEnumerable<byte[]> Tars() =>
        from format in new[] { TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Gnu, TarEntryFormat.Pax }
        select Tar(format, [("usr/", null), ("usr/file", "content"), ("usr/" + new string('n', 80), "other")]);

    /// <summary>A signed Release text; the signature is judged before this parser sees it.</summary>
    public static IEnumerable<byte[]> Releases() =>
        SeedFiles.Lines([
            "Origin: Debian\nSuite: stable\nCodename: trixie\nDate: Sat, 10 Jan 2026 10:00:00 UTC\n"
                + "Valid-Until: Sat, 17 Jan 2026 10:00:00 UTC\n"
                + "Acquire-By-Hash: yes\nNo-Support-for-Architecture-all: Packages\nSHA256:\n "
                + $"{Zeros} 1234 main/binary-amd64/Packages.xz\n {Zeros} 0 main/binary-all/Packages\n",
        ]);

    /// <summary>A repository with one commit and one ref.</summary>
    public static IEnumerable<byte[]> CommitArchives()
    {
        var commit = new string('a', 64);
        yield return Tar(
            TarEntryFormat.Ustar,
            [
                ("config", "[core]\nrepo_version=1\nmode=archive-z2\n"),
                ($"objects/{commit[..2]}/{commit[2..]}.commit", "commit"),
                ($"objects/{Zeros[..2]}/{Zeros[2..]}.dirtree", "tree"),
                ("refs/heads/stable", commit + "\n"),
            ]
        );
    }

    /// <summary>Bytes with the shape of a commit object: members, padding, big-endian time, offsets.</summary>
    public static IEnumerable<byte[]> CommitObjects()
    {
        byte[] shape = [.. new byte[8], .. "subject\0body\0\0\0\0"u8, 0, 0, 0, 0, 101, 1, 2, 3, .. new byte[64], 88, 56, 21, 16, 8];
        yield return shape;
    }

    /// <summary>Objects of a tree: a labelled file's header, a labelled directory's metadata, a directory; and a commit.</summary>
    public static IEnumerable<byte[]> TreeObjects()
    {
        ObjectMetadata labelled = new(0, 5, 0x81A4, [new("security.selinux", [.. "a_u:object_r:b_t:s0\0"u8]), new("user.x", [1])]);
        yield return [.. ObjectFormat.ArchiveHeader(labelled, "target"u8, 4), 1, 2, 3, 4];
        yield return ObjectFormat.DirectoryMetadata(labelled);
        yield return ObjectFormat.Directory([new([0x61], new byte[32], null)], [new([0x62], new byte[32], new byte[32])]);
        yield return ObjectFormat.Commit([], DateTimeOffset.UnixEpoch, new byte[32], new byte[32]);
    }

    /// <summary>A small program of this machine.</summary>
    public static IEnumerable<byte[]> Programs() => [File.ReadAllBytes("/usr/bin/true")];

    /// <summary>The loader's cache of this machine.</summary>
    public static IEnumerable<byte[]> LoaderCaches() => [File.ReadAllBytes("/etc/ld.so.cache")];

    /// <summary>The smallest useful ext4.</summary>
    public static IEnumerable<byte[]> FileSystems()
    {
        using var scratch = new ScratchDirectory();
        var image = scratch.Write("seed.raw", new byte[256 * 1024]);
        ValueList<string> options = ["-q", "-F", "-t", "ext4", "-O", "64bit,^has_journal", "-b", "1024", "-I", "256", "-N", "16", image];
        new ToolRunner().RunAsync(new("mke2fs", options), CancellationToken.None).GetAwaiter().GetResult();
        return [File.ReadAllBytes(image)];
    }

    private static byte[] Tar(TarEntryFormat format, IEnumerable<(string Path, string? Content)> entries)
    {
        var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, format, leaveOpen: true))
        {
            foreach (var (path, content) in entries)
            {
                var file = format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile;
                var type = content is null ? TarEntryType.Directory : file;
                TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(type, path),
                    TarEntryFormat.Ustar => new UstarTarEntry(type, path),
                    TarEntryFormat.Gnu => new GnuTarEntry(type, path),
                    _ => new PaxTarEntry(type, path),
                };
                entry.ModificationTime = DateTimeOffset.UnixEpoch;
                if (content is not null)
                {
                    entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
                }

                tar.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }
}
