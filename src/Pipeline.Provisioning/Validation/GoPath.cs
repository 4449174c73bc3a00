using System.Text;

namespace Pipeline.Provisioning.Validation;

/// <summary>Slash-separated paths as POSIX tools see them, without a file system.</summary>
internal static class GoPath
{
    /// <summary>
    /// The shortest path with the same meaning: no empty, <c>.</c> or avoidable <c>..</c> parts; <c>.</c> for the empty path.
    /// </summary>
    public static string Clean(string path)
    {
        var rooted = path.StartsWith('/');
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            switch (part)
            {
                case "" or ".":
                    break;
                case ".." when parts.Count > 0 && parts[^1] != "..":
                    parts.RemoveAt(parts.Count - 1);
                    break;
                case ".." when rooted:
                    break;
                default:
                    parts.Add(part);
                    break;
            }
        }

        var text = (rooted ? "/" : "") + string.Join('/', parts);
        return text.Length == 0 ? "." : text;
    }

    /// <summary>Both paths, cleaned.</summary>
    public static string Join(string first, string second) => Clean(first.Length == 0 ? second : $"{first}/{second}");

    /// <summary>The path without its last part; <c>/</c> for a part directly below the root.</summary>
    public static string Directory(string path) => Clean(path[..(path.LastIndexOf('/') + 1)]);

    /// <summary>From the last dot of the last part on, or empty.</summary>
    public static string Extension(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var dot = name.LastIndexOf('.');
        return dot < 0 ? "" : name[dot..];
    }

    /// <summary>The length in UTF-8, which is what limits of labels count.</summary>
    public static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
}
