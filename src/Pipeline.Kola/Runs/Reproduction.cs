using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>The line that runs one test of a run again, the same way, from any directory.</summary>
internal static class Reproduction
{
    /// <summary>The line.</summary>
    /// <param name="request">The run.</param>
    /// <param name="build">What it tested; named by its id, since <c>latest</c> moves.</param>
    /// <param name="test">Name of the test.</param>
    public static string Line(KolaRequest request, BuildUnderTest build, string test)
    {
        var boot = request.Boot;
        List<string> line = ["-C", boot.WorkDirectory.Root, "kola", "run", "--force"];
        line.AddRange(build.Directory is null ? ["--qemu-image", build.Image] : ["--build", build.Id]);
        line.AddRange(TestSet.DirectoriesOf(request).SelectMany(d => (string[])["-E", Path.GetFullPath(d)]));
        Add("--platform", boot.Platform == PlatformTable.Default ? null : boot.Platform);
        Add("--arch", boot.Architecture == Architecture.Host ? null : boot.Architecture.Name);
        Add("--distro", request.Distro);
        Add("--firmware", boot.Firmware == MachineFirmware.Uefi ? "uefi" : null);
        Add("--memory", boot.MemoryMiB?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("--ignition", boot.Ignition);
        Add("--butane", boot.Butane);
        line.AddRange(request.NoFork ? ["--no-fork"] : []);
        // The copies of --multiply have a number behind the name.
        line.Add(request.Multiply > 1 && test.LastIndexOf('%') is > 0 and var at ? test[..at] : test);
        return new ToolCommand("pipeline", [.. line]).ToString();

        void Add(string option, string? value) => line.AddRange(value is null ? [] : [option, value]);
    }
}
