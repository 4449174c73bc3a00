using Pipeline.Model.Manifests;
using Pipeline.Model.Text;

namespace Pipeline.Compose.Manifests;

/// <summary>A value together with the directory of the file that gave it, where its relative paths start.</summary>
internal sealed record TreefileItem(YamlNode Node, string Directory);

/// <summary>The keys of one treefile, or of several merged.</summary>
internal sealed class TreefileConfig
{
    /// <summary>Keys with <see cref="MergeRule.First"/>.</summary>
    public Dictionary<string, TreefileItem> Single { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys with <see cref="MergeRule.Union"/>: item → the place that asked first.</summary>
    public Dictionary<string, SortedDictionary<string, Sourced>> Sets { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys with <see cref="MergeRule.ByMember"/>.</summary>
    public Dictionary<string, SortedDictionary<string, YamlEntry>> Maps { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys with <see cref="MergeRule.Prepend"/>.</summary>
    public Dictionary<string, List<TreefileItem>> Lists { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds one item of a set unless it is there.</summary>
    public void AddToSet(string key, Sourced item)
    {
        if (!Sets.TryGetValue(key, out var set))
        {
            Sets[key] = set = new(StringComparer.Ordinal);
        }

        set.TryAdd(item.Text, item);
    }

    /// <summary>Takes in what an included file says; what this one says goes first where only one can win.</summary>
    public void Include(TreefileConfig included)
    {
        foreach (var (key, value) in included.Single)
        {
            Single.TryAdd(key, value);
        }

        foreach (var (key, set) in included.Sets)
        {
            foreach (var item in set.Values)
            {
                AddToSet(key, item);
            }
        }

        foreach (var (key, map) in included.Maps)
        {
            if (!Maps.TryGetValue(key, out var mine))
            {
                Maps[key] = mine = new(StringComparer.Ordinal);
            }

            foreach (var (name, entry) in map)
            {
                mine.TryAdd(name, entry);
            }
        }

        foreach (var (key, list) in included.Lists)
        {
            Lists[key] = Lists.TryGetValue(key, out var mine) ? [.. list, .. mine] : [.. list];
        }
    }
}
