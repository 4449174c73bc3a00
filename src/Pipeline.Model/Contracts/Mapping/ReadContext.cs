using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Model.Contracts;

/// <summary>The place that a reader is at, and where it reports problems.</summary>
internal sealed class ReadContext(DiagnosticBag problems)
{
    private readonly List<string> _path = [];

    /// <summary>The place as a JSON pointer (RFC 6901); empty for the root.</summary>
    public string Pointer => JsonPointer.Of(_path);

    public void Push(string token) => _path.Add(token);

    public void Pop() => _path.RemoveAt(_path.Count - 1);

    public object? WrongKind(JsonTextNode node, string expected)
    {
        problems.Add(ContractDiagnostics.WrongKind(node, expected, Pointer));
        return null;
    }

    public void WrongValue(JsonTextNode node, string value, string expected) =>
        problems.Add(ContractDiagnostics.WrongValue(node, value, expected, Pointer));

    public void UnknownMember(JsonTextMember member, IEnumerable<string> known) =>
        problems.Add(ContractDiagnostics.UnknownMember(member, known, Pointer));

    public void WrongKey(JsonTextMember member, string expected) => problems.Add(ContractDiagnostics.WrongKey(member, expected, Pointer));

    public void Missing(JsonTextObject node, string member) => problems.Add(ContractDiagnostics.Missing(node, member, Pointer));
}

/// <summary>JSON pointers (RFC 6901).</summary>
public static class JsonPointer
{
    /// <summary>The pointer made of <paramref name="tokens"/>; empty for the whole document.</summary>
    public static string Of(IEnumerable<string> tokens) =>
        string.Concat(
            tokens.Select(t => "/" + t.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal))
        );
}
