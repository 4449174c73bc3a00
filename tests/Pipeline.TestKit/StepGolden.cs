using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace Pipeline.TestKit;

/// <summary>
/// Ties what a step makes to its stepVersion: <c>Golden/Steps/{step}.txt</c> holds the version and, in reviewable form, the bytes that this
/// version makes from fixed inputs. Caches are named by the version: other bytes under the same version would let a stale output be used.
/// </summary>
public static class StepGolden
{
    private const string Header = "stepVersion ";

    /// <summary>The folder of these files in the source tree.</summary>
    public static string Root { get; } = Path.Combine(Golden.Root, "Steps");

    /// <summary>Fails unless the golden of a step holds this version and these bytes.</summary>
    /// <param name="step">The step's name: the name of the golden file.</param>
    /// <param name="version">The step's version now.</param>
    /// <param name="made">What the step makes now, as text that is the same on every host.</param>
    public static void Check(string step, int version, string made)
    {
        if (Compare(Root, step, version, made, Environment.GetEnvironmentVariable("PIPELINE_ACCEPT") == "1") is { } problem)
        {
            Assert.Fail(problem);
        }
    }

    /// <summary>The version that a step's golden was made by, or <c>null</c> when there is no golden.</summary>
    public static int? VersionOf(string root, string step) => Read(root, step)?.Version;

    /// <summary>Compares; rewrites the golden only when it was accepted and may be.</summary>
    /// <param name="root">The folder of the goldens.</param>
    /// <param name="step">The step's name.</param>
    /// <param name="version">The step's version now.</param>
    /// <param name="made">What the step makes now.</param>
    /// <param name="accept">Whether a golden that may change is rewritten.</param>
    /// <returns>Why the test fails, or <c>null</c> when the golden holds what was made.</returns>
    public static string? Compare(string root, string step, int version, string made, bool accept)
    {
        var golden = Read(root, step);
        switch (golden)
        {
            case { } same when same.Version == version && same.Made == made:
                return null;
            case { } other when other.Version == version:
                return $"step '{step}' makes other bytes than version {version} did: bump the stepVersion of {step}\n"
                    + Difference(other.Made, made);
            case { } later when later.Version > version:
                return $"the stepVersion of {step} went back from {later.Version} to {version}; it may only rise";
        }

        var why = golden is { } old
            ? $"the golden of step '{step}' is of version {old.Version}, the step's is {version}"
            : $"step '{step}' has no golden";
        if (!accept)
        {
            return $"{why}; run with PIPELINE_ACCEPT=1 to write it\n{Difference(golden?.Made ?? "", made)}";
        }

        Directory.CreateDirectory(root);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Header}{version}\n{made}");
        File.WriteAllText(FileOf(root, step), text, new UTF8Encoding(false));
        return $"{why}: it was written; review it and run again";
    }

    private static string FileOf(string root, string step) => Path.Combine(root, $"{step}.txt");

    private static (int Version, string Made)? Read(string root, string step)
    {
        var file = FileOf(root, step);
        if (!File.Exists(file))
        {
            return null;
        }

        var text = File.ReadAllText(file);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return
            end > 0
            && text.StartsWith(Header, StringComparison.Ordinal)
            && int.TryParse(
                text.AsSpan(Header.Length, end - Header.Length),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var version
            )
            ? (version, text[(end + 1)..])
            : throw new InvalidDataException($"{file}: the first line has to be '{Header}N'");
    }

    /// <summary>The lines that are only in one of two texts; the first few.</summary>
    private static string Difference(string before, string after)
    {
        const int Shown = 20;
        var (old, now) = (before.Split('\n'), after.Split('\n'));
        var lines = old.Except(now).Select(l => $"- {l}").Concat(now.Except(old).Select(l => $"+ {l}")).ToArray();
        return lines.Length == 0
            ? "  the lines are the same in another order or number"
            : string.Join(
                '\n',
                lines.Take(Shown).Append(lines.Length > Shown ? $"  and {lines.Length - Shown} more" : "").Where(l => l.Length > 0)
            );
    }
}
