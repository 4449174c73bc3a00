using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Ignition;

/// <summary>
/// Merges a child config over its parent by Ignition's rules: what the child sets wins, objects merge field by field, keyed lists merge
/// entries of equal key in the parent's order and append the others, other lists append, and a path that the child gives to another kind
/// of entry (a link where the parent had a file) is taken from the parent. Required strings always come from the child.
/// </summary>
internal static class IgnitionMerger
{
    /// <summary>A new tree; neither input is changed and both must be of one version.</summary>
    public static SpecObject Merge(SpecObject parent, SpecObject child)
    {
        var made = new SpecObject(child.Shape, child.Origin);
        foreach (var field in child.Shape.Fields)
        {
            made[field] = (parent[field], child[field]) switch
            {
                // A plain (not optional) member always follows the child: it is the key or the version.
                (_, null) when field.Required || field.ZeroIsUnset => null,
                (SpecList p, _) => MergeLists(p, child[field] as SpecList, field, child),
                (null, SpecList c) => MergeLists(new SpecList(c.Origin), c, field, child),
                (SpecObject p, SpecObject c) => Merge(p, c),
                (var p, null) => p?.Clone(),
                (_, var c) => c.Clone(),
            };
        }

        return made;
    }

    private static SpecList MergeLists(SpecList parent, SpecList? child, Field field, SpecObject childOwner)
    {
        var made = new SpecList(child?.Origin ?? parent.Origin);
        if (field.Rule == ListRule.Append)
        {
            made.Items.AddRange(parent.Items.Concat(child?.Items ?? []).Select(i => i.Clone()));
            return made;
        }

        // The last entry of a key counts, across all lists that share keys.
        var byKey = new Dictionary<string, (Field Field, SpecNode Item)>(StringComparer.Ordinal);
        foreach (var (other, value) in childOwner.Set)
        {
            if (value is SpecList list && (other.Name == field.Name || (field.KeySpace is not null && other.KeySpace == field.KeySpace)))
            {
                foreach (var item in list.Items)
                {
                    byKey[Validator.KeyOf(item)] = (other, item);
                }
            }
        }

        var parentKeys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in parent.Items)
        {
            var key = Validator.KeyOf(item);
            parentKeys.Add(key);
            if (!byKey.TryGetValue(key, out var found))
            {
                made.Items.Add(item.Clone());
            }
            else if (found.Field.Name == field.Name && !IsRemovedHeader(found.Item))
            {
                made.Items.Add(item is SpecObject p ? Merge(p, (SpecObject)found.Item) : found.Item);
            }
        }

        made.Items.AddRange((child?.Items ?? []).Where(i => !parentKeys.Contains(Validator.KeyOf(i))).Select(i => i.Clone()));
        return made;
    }

    /// <summary>A child's HTTP header without a value takes the parent's header away.</summary>
    private static bool IsRemovedHeader(SpecNode item) => item is SpecObject { Shape.Name: "header" } header && header["value"] is null;
}
