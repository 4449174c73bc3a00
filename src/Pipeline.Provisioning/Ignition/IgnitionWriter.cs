using System.Globalization;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Ignition;

/// <summary>
/// Turns a typed tree into the JSON that Ignition's own encoder writes: members in the definition's order, empty objects and lists left
/// out, required strings always there.
/// </summary>
internal static class IgnitionWriter
{
    /// <summary>The tree as JSON nodes.</summary>
    public static JsonTextObject Write(SpecObject node)
    {
        var members = new List<JsonTextMember>();
        foreach (var field in node.Shape.Fields)
        {
            if (Write(field, node[field]) is { } value)
            {
                members.Add(new(field.Name, value));
            }
        }

        return new(members.ToValueList());
    }

    private static JsonTextNode? Write(Field field, SpecNode? value) =>
        value switch
        {
            null => field.Required ? new JsonTextString("") : null,
            SpecText t => new JsonTextString(t.Value),
            SpecFlag f => new JsonTextBool(f.Value),
            SpecNumber { Value: 0 } when field.ZeroIsUnset => null,
            SpecNumber n => new JsonTextNumber(n.Value.ToString(CultureInfo.InvariantCulture)),
            SpecObject o => Write(o) is { Members.Count: > 0 } made ? made : null,
            SpecList { Items.Count: 0 } => null,
            SpecList l => new JsonTextArray(
                l.Items.Select(i => i is SpecObject o ? (JsonTextNode)Write(o) : new JsonTextString(((SpecText)i).Value)).ToValueList()
            ),
            _ => throw new InvalidOperationException($"unexpected {value.GetType().Name}"),
        };
}
