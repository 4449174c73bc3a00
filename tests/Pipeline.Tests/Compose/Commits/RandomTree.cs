using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;

namespace Pipeline.Tests.Compose.Commits;

/// <summary>Fills a tree with files, links and directories of every kind that a commit can hold, the same for the same seed.</summary>
internal sealed class RandomTree(int seed, TreeHandle root)
{
    private static readonly string[] OddNames =
    [
        "a",
        "a.b",
        "a-b",
        "ab",
        "A",
        "é",
        "日本",
        "\U0001F600",
        "\uE000", // after U+1F600 in UTF-16, before it in UTF-8
        " ",
        "-",
        "...",
        "new\nline",
        "quote\"'`$\\",
        new('n', 255),
    ];

    private static readonly int[] Modes = [0x1A4, 0x1ED, 0x180, 0, 0xFFF, 0x9ED, 0x5ED, 0x3FF];
    private readonly Dice _random = new(seed);

    public void Grow() => Grow(TreePath.Root, 0);

    private void Grow(TreePath directory, int depth)
    {
        var names = Enumerable
            .Range(0, _random.Next(depth == 0 ? 10 : 4))
            .Select(i => $"n{_random.Next(1000)}-{i}")
            .Concat(OddNames.Where(_ => _random.Next(4) == 0));
        foreach (var name in names.ToArray())
        {
            TreePath path = directory / name;
            switch (_random.Next(depth < 3 ? 9 : 7))
            {
                case 0:
                    root.Symlink(path, Encoding.UTF8.GetBytes(OddNames[_random.Next(OddNames.Length)] + "/../x"));
                    break;
                case < 7:
                    root.CreateFile(path, Content(), 0x1A4);
                    Decorate(path);
                    break;
                default:
                    root.MakeDirectory(path, 0x1ED);
                    Grow(path, depth + 1);
                    Decorate(path);
                    break;
            }
        }

        if (_random.Next(12) == 0)
        {
            for (var i = 0; i < 300; i++) // more than 255 and 65535 bytes of names
            {
                root.CreateFile(directory / $"{new string('m', _random.Next(200))}{i}", [(byte)(i % 256)], 0x1A4);
            }
        }
    }

    private void Decorate(TreePath path)
    {
        foreach (var name in ((string[])["user.z", "user.a", "user.é", "user.\U0001F600", "user.\uE000"]).Where(_ => _random.Next(6) == 0))
        {
            root.SetAttribute(path, name, new byte[_random.Next(4) * _random.Next(130)]);
        }

        var mode = Modes[_random.Next(Modes.Length)];
        root.SetMode(path, root.Is(UnixKind.Directory, path) ? mode | 0x1C0 : mode | 0x100); // readable for ostree without root's rights
    }

    private byte[] Content()
    {
        var content = new byte[
            _random.Next(4) switch
            {
                0 => 0,
                1 => _random.Next(10),
                2 => _random.Next(5000),
                _ => _random.Next(100_000),
            }
        ];
        switch (_random.Next(3))
        {
            case 0:
                _random.NextBytes(content);
                break;
            case 1:
                content.AsSpan().Fill((byte)'x');
                break;
            default:
                for (var i = 0; i < content.Length; i++)
                {
                    content[i] = (byte)('a' + _random.Next(4));
                }

                break;
        }

        return content;
    }
}

/// <summary>Numbers that look random and are the same for the same seed on every machine.</summary>
internal sealed class Dice(int seed)
{
    private ulong _state = (ulong)seed;

    public int Next(int below)
    {
        _state = unchecked(_state * 6364136223846793005 + 1442695040888963407);
        return (int)((_state >> 33) % (ulong)below);
    }

    public void NextBytes(Span<byte> bytes)
    {
        foreach (ref var one in bytes)
        {
            one = (byte)Next(256);
        }
    }
}
