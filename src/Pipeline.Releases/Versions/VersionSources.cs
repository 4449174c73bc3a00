using System.Globalization;
using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Versions;

namespace Pipeline.Releases.Versions;

/// <summary>Reads major and stream from the files that say them.</summary>
internal static class VersionSources
{
    /// <summary>From a flattened manifest: <c>releasever</c> and the last part of <c>ref</c>.</summary>
    /// <exception cref="PipelineException">Not readable, or a key is missing or wrong (class 2), all at once.</exception>
    public static (int Major, long StreamCode) FromManifest(string file, ReadOnlySpan<byte> utf8)
    {
        var problems = new DiagnosticBag();
        var root = YamlText.Parse(file, Encoding.UTF8.GetString(utf8), problems) as YamlMapping;
        problems.ThrowIfErrors();
        var major = Major(file, (root?.Find("releasever") as YamlScalar)?.Text, "releasever", problems);
        var stream = root?.Find("ref") is YamlScalar reference ? StreamSource.OfManifestRef(reference.Text) : null;
        var code = Code(file, stream, "ref", problems);
        problems.ThrowIfErrors();
        return (major, code);
    }

    /// <summary>From build-args.conf: <c>VERSION</c> (as <c>44</c> or <c>44.dev</c>) and <c>STREAM</c>.</summary>
    /// <exception cref="PipelineException">A key is missing or wrong (class 2), all at once.</exception>
    public static (int Major, long StreamCode) FromBuildArgs(string file, ReadOnlySpan<byte> utf8)
    {
        var problems = new DiagnosticBag();
        var values = DotEnv(Encoding.UTF8.GetString(utf8));
        var major = Major(file, values.GetValueOrDefault("VERSION")?.Split('.')[0], "VERSION", problems);
        var code = Code(file, values.GetValueOrDefault("STREAM"), "STREAM", problems);
        problems.ThrowIfErrors();
        return (major, code);
    }

    /// <summary>The day of a lock: <c>metadata.generated</c>.</summary>
    /// <exception cref="PipelineException">Not readable, or it does not say (class 2).</exception>
    public static DateOnly DayOfLock(string file, ReadOnlyMemory<byte> utf8)
    {
        var problems = new DiagnosticBag();
        var root = JsonText.Parse(file, utf8, problems);
        problems.ThrowIfErrors();
        var generated = ((root as JsonTextObject)?.Find("metadata") as JsonTextObject)?.Find("generated") as JsonTextString;
        return DateTimeOffset.TryParse(
            generated?.Value,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? DateOnly.FromDateTime(time.UtcDateTime)
            : throw new PipelineException(VersionDiagnostics.NoKey(file, "metadata.generated", "a time such as 2026-07-20T00:00:00Z"));
    }

    /// <summary>The code of a stream by name.</summary>
    /// <exception cref="PipelineException">PL5103 unknown stream (class 2).</exception>
    public static long CodeOf(string stream) =>
        StreamCodes.Of(stream) ?? throw new PipelineException(VersionDiagnostics.UnknownStream(stream));

    private static Dictionary<string, string> DotEnv(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
            {
                values[line[..at].Trim()] = line[(at + 1)..].Trim().Trim('"', '\'');
            }
        }

        return values;
    }

    private static int Major(string file, string? text, string key, DiagnosticBag problems)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var major) && major is >= 10 and <= 99)
        {
            return major;
        }

        problems.Add(VersionDiagnostics.NoKey(file, key, "two digits such as 44"));
        return 0;
    }

    private static long Code(string file, string? stream, string key, DiagnosticBag problems)
    {
        if (stream is not null && StreamCodes.Of(stream) is { } code)
        {
            return code;
        }

        problems.Add(
            stream is null
                ? VersionDiagnostics.NoKey(file, key, "a stream such as testing-devel")
                : VersionDiagnostics.UnknownStream(stream)
        );
        return 0;
    }
}
