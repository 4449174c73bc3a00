using System.Reflection;
using Pipeline.Compose;
using Pipeline.Host.Builds;
using Pipeline.Images;
using Pipeline.Kola;
using Pipeline.TestKit;

namespace Pipeline.Tests.Steps;

/// <summary>The stepVersion constants of the program, found by reflection, and the golden that each of them has.</summary>
internal static class StepVersions
{
    private static readonly Assembly[] Assemblies =
    [
        typeof(Composer).Assembly,
        typeof(ImageBuilder).Assembly,
        typeof(KolaRunner).Assembly,
        typeof(Pipeline.Releases.Evidence.TestRecord).Assembly,
        typeof(StepInputs).Assembly,
    ];

    /// <summary>Constant → name of its golden.</summary>
    public static IReadOnlyDictionary<string, string> Goldens { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ComposeInputs.ConfigureVersion"] = "configure",
            ["ComposeInputs.TreeVersion"] = "tree",
            ["ComposeInputs.CommitVersion"] = "compose",
            ["Initramfs.Version"] = "initramfs",
            ["Layer.CurrentFormat"] = "layer",
            ["SolveStep.Version"] = "lock",
            ["RawDeflate.Version"] = "deflate",
            ["SolverPool.CacheVersion"] = "solver",
            ["BuildSource.DiskVersion"] = "disk",
            ["DiskOutput.Version"] = "image",
            ["LiveOutput.Version"] = "live",
            ["PassRecord.StepVersion"] = "kola",
        };

    /// <summary>Every constant of the step projects that names a version of what they make.</summary>
    public static IReadOnlyDictionary<string, int> Constants { get; } =
        Assemblies
            .SelectMany(a => a.GetTypes())
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => f.IsLiteral && f.FieldType == typeof(int) && IsVersion(f.Name))
            .ToDictionary(f => $"{f.DeclaringType!.Name}.{f.Name}", f => (int)f.GetRawConstantValue()!, StringComparer.Ordinal);

    /// <summary>The version of the step with this golden.</summary>
    public static int Of(string golden) => Constants[Goldens.Single(g => g.Value == golden).Key];

    /// <summary>Compares what a step made with its golden.</summary>
    public static void Check(string golden, string made) => StepGolden.Check(golden, Of(golden), made);

    private static bool IsVersion(string name) => name.EndsWith("Version", StringComparison.Ordinal) || name == "CurrentFormat";
}
