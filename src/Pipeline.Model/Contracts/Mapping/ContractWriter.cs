using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary>Turns records into nodes: members in the order found, new ones in the order of the record.</summary>
internal static class ContractWriter
{
    /// <summary>The record as a node.</summary>
    /// <param name="record">What to write.</param>
    /// <param name="source">The object it was read from, whose form stays; <c>null</c> for a record that was made.</param>
    public static JsonTextObject ToNode(ContractRecord record, JsonTextObject? source)
    {
        var shape = ContractShape.Of(record.GetType());
        var members = new List<JsonTextMember>();
        foreach (var found in source?.Members ?? [])
        {
            if (!shape.ByName.TryGetValue(found.Name, out var member))
            {
                members.Add(new(found.Name, Canonical(found.Value)));
            }
            else if (member.Property.GetValue(record) is { } value)
            {
                members.Add(new(found.Name, WriteValue(member, value, found.Value)));
            }
            else if (found.Value is JsonTextNull || member.Options.WriteNull)
            {
                members.Add(new(found.Name, new JsonTextNull()));
            }
        }

        foreach (var member in shape.Members.Where(m => source?.Find(m.Name) is null))
        {
            if (NewMember(member, member.Property.GetValue(record), source is null) is { } node)
            {
                members.Insert(Position(members, shape, member), new(member.Name, node));
            }
        }

        return new(members.ToValueList());
    }

    /// <summary>The node with every number as its publisher prints it and no memory of escapes.</summary>
    public static JsonTextNode Canonical(JsonTextNode node) =>
        node switch
        {
            JsonTextObject o => new JsonTextObject(o.Members.Select(m => new JsonTextMember(m.Name, Canonical(m.Value))).ToValueList()),
            JsonTextArray a => new JsonTextArray(a.Items.Select(Canonical).ToValueList()),
            JsonTextNumber n => new JsonTextNumber(NumberText.Canonical(n.Raw)),
            JsonTextString s => new JsonTextString(s.Value),
            _ => node,
        };

    private static JsonTextNode? NewMember(ContractMember member, object? value, bool made)
    {
        if (value is null)
        {
            return member.Options.WriteNull && made ? new JsonTextNull() : null;
        }

        return member.Options.OmitEmpty && member.Type.IsEmpty(value) ? null : WriteValue(member, value, null);
    }

    private static JsonTextNode WriteValue(ContractMember member, object value, JsonTextNode? found)
    {
        var node = member.Type.Write(value, found);
        return found is null && member.Options.Sorted && node is JsonTextObject o
            ? new JsonTextObject([.. o.Members.OrderBy(m => m.Name, StringComparer.Ordinal)])
            : node;
    }

    private static int Position(List<JsonTextMember> members, ContractShape shape, ContractMember member)
    {
        var before = shape.Members.TakeWhile(m => m != member).Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        var last = members.FindLastIndex(m => before.Contains(m.Name));
        return last >= 0 || shape.Members[0] == member ? last + 1 : members.Count;
    }
}
