using Amazon.EC2;
using Amazon.EC2.Model;
using Pipeline.Clouds.Images;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Aws;

/// <summary>The tags of everything that is made, and questions about them.</summary>
internal static class AwsTags
{
    /// <summary>Whose it is.</summary>
    public const string Owner = "pipeline-owner";

    /// <summary>SHA-256 of the artifact an image or a snapshot was made from.</summary>
    public const string Source = "pipeline-sha256";

    /// <summary>The family an image was promoted in.</summary>
    public const string Family = "pipeline-family";

    /// <summary>The name that EC2's console shows.</summary>
    public const string Name = "Name";

    /// <summary>The value of a tag; <c>null</c> for none.</summary>
    public static string? Find(IEnumerable<Tag>? tags, string key) => tags?.FirstOrDefault(t => t.Key == key)?.Value;

    /// <summary>All tags of an image or its snapshot.</summary>
    public static List<Tag> Of(CloudImageSpec image, string owner) =>
        [
            new(Name, image.Name),
            new(Owner, owner),
            new(Source, image.Source.Hex),
            .. image.Tags.Where(t => t.Key is not (Name or Owner or Source)).Select(t => new Tag(t.Key, t.Value)),
        ];

    /// <summary>Tags for a request that makes something.</summary>
    public static TagSpecification For(ResourceType type, List<Tag> tags) => new() { ResourceType = type, Tags = tags };

    /// <summary>A filter on a tag.</summary>
    public static Filter Is(string key, string value) => new($"tag:{key}", [value]);

    /// <summary>
    /// A token that is the same for the same request: what is asked for twice is made once, also by another run.
    /// </summary>
    public static string Token(params string[] parts) => Digest.Of(string.Join('\n', parts)).Hex;
}
