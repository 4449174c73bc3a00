using System.Text;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Net.Objects;

/// <summary>
/// The keys every store takes: <c>/</c>-separated names without <c>.</c>, <c>..</c>, empty names, control characters or backslashes; at
/// most 900 bytes, 255 per name. Keys come from untrusted documents, so they are checked before any use.
/// </summary>
public static class ObjectKey
{
    /// <summary>Names the stores keep for themselves, as the first name of a key.</summary>
    public const string Reserved = ".store";

    /// <summary>Returns <paramref name="key"/> when it is good.</summary>
    /// <exception cref="PipelineException">PL6006, class 5.</exception>
    public static string Check(string key) => IsGood(key, prefix: false) ? key : throw Bad(key);

    /// <summary>As <see cref="Check"/> for the beginning of keys: may be empty or end in <c>/</c>.</summary>
    /// <exception cref="PipelineException">PL6006, class 5.</exception>
    public static string CheckPrefix(string prefix) => IsGood(prefix, prefix: true) ? prefix : throw Bad(prefix);

    private static bool IsGood(string key, bool prefix)
    {
        if (key.Length == 0)
        {
            return prefix;
        }

        var names = (prefix && key[^1] == '/' ? key[..^1] : key).Split('/');
        return Encoding.UTF8.GetByteCount(key) <= 900
            && names[0] != Reserved
            && names.All(n => n.Length > 0 && n is not ("." or "..") && Encoding.UTF8.GetByteCount(n) <= 255)
            && !key.Any(c => char.IsControl(c) || c == '\\' || char.IsSurrogate(c));
    }

    private static PipelineException Bad(string key) => new(ObjectDiagnostics.BadKey(key));
}
