using System.Collections;
using System.Runtime.CompilerServices;

namespace Pipeline.Model.Values;

/// <summary>An immutable list with value equality, so that records holding one are equal when their items are.</summary>
/// <typeparam name="T">The items; compared with their default comparer.</typeparam>
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Create))]
public sealed class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    private readonly T[] _items;

    internal ValueList(T[] items) => _items = items;

    /// <summary>The list without items.</summary>
    public static ValueList<T> Empty { get; } = new([]);

    /// <summary>How many items there are.</summary>
    public int Count => _items.Length;

    /// <summary>The item at <paramref name="index"/>, from 0.</summary>
    public T this[int index] => _items[index];

    /// <summary>The items without a copy.</summary>
    public ReadOnlySpan<T> AsSpan() => _items;

    /// <inheritdoc/>
    public bool Equals(ValueList<T>? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var item in _items)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The items in brackets, for test output.</summary>
    public override string ToString() => $"[{string.Join(", ", _items)}]";
}

/// <summary>Makes <see cref="ValueList{T}"/>s, also from collection expressions.</summary>
public static class ValueList
{
    /// <summary>A list of copies of <paramref name="items"/>.</summary>
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? ValueList<T>.Empty : new(items.ToArray());

    /// <summary>A list of the items of <paramref name="source"/> in its order.</summary>
    public static ValueList<T> ToValueList<T>(this IEnumerable<T> source) => new([.. source]);
}
