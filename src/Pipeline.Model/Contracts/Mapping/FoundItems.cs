using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary>
/// Finds for the items of an edited list the items of the document that they came from: first those of equal value, then those with the
/// same identity (<see cref="ContractShape.Identity"/>), each once and in order. What remains is new.
/// </summary>
/// <param name="type">The type of the items.</param>
/// <param name="found">The list as it was read.</param>
internal sealed class FoundItems<T>(ContractType type, JsonTextArray found)
{
    /// <summary>The node of each item; <c>null</c> for a new one.</summary>
    public JsonTextNode?[] Of(ValueList<T> items)
    {
        var values = found.Items.Select(n => type.Read(n, new(new DiagnosticBag())) is T value ? value : default).ToArray();
        var nodes = new JsonTextNode?[items.Count];
        var taken = new bool[values.Length];
        Pair(items.ToArray<T?>(), values, nodes, taken, v => v);
        Pair([.. items], values, nodes, taken, Identity);
        return nodes;
    }

    /// <summary>Pairs what has no partner yet and an equal key; items and nodes in their order.</summary>
    private void Pair(T?[] items, T?[] values, JsonTextNode?[] nodes, bool[] taken, Func<T, object?> key)
    {
        var free = Enumerable
            .Range(0, values.Length)
            .Where(i => !taken[i] && values[i] is not null)
            .Select(i => (Key: key(values[i]!), Index: i))
            .Where(p => p.Key is not null)
            .GroupBy(p => p.Key!, p => p.Index)
            .ToDictionary(g => g.Key, g => new Queue<int>(g));
        for (var i = 0; i < items.Length; i++)
        {
            if (nodes[i] is null && key(items[i]!) is { } wanted && free.TryGetValue(wanted, out var queue) && queue.TryDequeue(out var at))
            {
                nodes[i] = found.Items[at];
                taken[at] = true;
            }
        }
    }

    private static string? Identity(T item) =>
        item is ContractRecord record ? ContractShape.Of(record.GetType()).Identity?.Property.GetValue(record) as string : null;
}
