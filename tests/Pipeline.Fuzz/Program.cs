using System.Runtime.InteropServices;
using Pipeline.Fuzz;
using SharpFuzz;
using SharpFuzz.Common;

// list: a line 'NAME ASSEMBLY' each · seeds NAME DIR: writes seeds and corpus · replay NAME FILE…: runs files · run NAME: under afl-fuzz
// Instrumented code writes there from its first line on; AFL++ brings its own memory later.
const int map = 1 << 16;
unsafe
{
    Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(map);
}

FuzzTarget[] targets = [.. TextTargets.All, .. ByteTargets.All, .. CloudTargets.All];
if (args is ["list"])
{
    foreach (var target in targets)
    {
        Console.WriteLine($"{target.Name} Pipeline.{target.Project}");
    }

    return 0;
}

if (args.Length < 2 || Array.Find(targets, t => t.Name == args[1]) is not { } chosen)
{
    Console.Error.WriteLine(
        $"usage: list | seeds NAME DIR | replay NAME FILE... | run NAME; names: {string.Join(' ', targets.Select(t => t.Name))}"
    );
    return 2;
}

switch (args[0])
{
    case "seeds":
        Directory.CreateDirectory(args[2]);
        foreach (var (input, i) in chosen.Inputs().Select((b, i) => (b, i)))
        {
            File.WriteAllBytes(Path.Combine(args[2], $"seed-{i:d4}"), input);
        }

        return 0;
    case "replay":
        foreach (var file in args[2..])
        {
            chosen.Run(File.ReadAllBytes(file));
        }

        return 0;
    case "run":
        Fuzzer.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            chosen.Run(input.ToArray());
        });
        return 0;
    default:
        Console.Error.WriteLine($"fuzz: no such command '{args[0]}'");
        return 2;
}
