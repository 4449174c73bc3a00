using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Model.Contracts;

/// <summary>
/// An immutable map from text that keeps the order of its entries; two maps are equal when they hold the same entries in any order.
/// </summary>
/// <typeparam name="T">The values; compared with their default comparer.</typeparam>
#pragma warning disable CA1710 // the map beside ValueList; 'Dictionary' would suggest a mutable type
public sealed class ValueMap<T> : IReadOnlyCollection<KeyValuePair<string, T>>, IEquatable<ValueMap<T>>
#pragma warning restore CA1710
{
    private readonly KeyValuePair<string, T>[] _entries;
    private readonly Dictionary<string, T> _index;

    /// <summary>
    /// A map of <paramref name="entries"/> in their order; a later entry replaces an earlier one of the same key in its place.
    /// </summary>
    public ValueMap(IEnumerable<KeyValuePair<string, T>> entries)
    {
        _index = new(StringComparer.Ordinal);
        var keys = new List<string>();
        foreach (var (key, value) in entries)
        {
            if (!_index.ContainsKey(key))
            {
                keys.Add(key);
            }

            _index[key] = value;
        }

        _entries = [.. keys.Select(k => KeyValuePair.Create(k, _index[k]))];
    }

    /// <summary>The map without entries.</summary>
    public static ValueMap<T> Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _entries.Length;

    /// <summary>The keys in order.</summary>
    public IEnumerable<string> Keys => _entries.Select(e => e.Key);

    /// <summary>The values in order.</summary>
    public IEnumerable<T> Values => _entries.Select(e => e.Value);

    /// <summary>The value of <paramref name="key"/>, or the default when there is none.</summary>
    public T? Find(string key) => _index.GetValueOrDefault(key);

    /// <summary>Whether there is an entry for <paramref name="key"/>.</summary>
    public bool TryFind(string key, [MaybeNullWhen(false)] out T value) => _index.TryGetValue(key, out value);

    /// <summary>The map with <paramref name="key"/> set: in its place when present, else at the end.</summary>
    public ValueMap<T> With(string key, T value) => new([.. _entries, KeyValuePair.Create(key, value)]);

    /// <summary>The map with its keys in ordinal order.</summary>
    public ValueMap<T> Sorted() => new(_entries.OrderBy(e => e.Key, StringComparer.Ordinal));

    /// <inheritdoc/>
    public bool Equals(ValueMap<T>? other) =>
        other is not null
        && other.Count == Count
        && _entries.All(e => other.TryFind(e.Key, out var value) && EqualityComparer<T>.Default.Equals(e.Value, value));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ValueMap<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => _entries.Aggregate(Count, (hash, e) => hash ^ HashCode.Combine(e.Key, e.Value));

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, T>>)_entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Makes <see cref="ValueMap{T}"/>s.</summary>
public static class ValueMap
{
    /// <summary>A map of <paramref name="source"/> by <paramref name="key"/>, in its order.</summary>
    public static ValueMap<T> ToValueMap<TSource, T>(this IEnumerable<TSource> source, Func<TSource, string> key, Func<TSource, T> value) =>
        new(source.Select(s => KeyValuePair.Create(key(s), value(s))));
}
