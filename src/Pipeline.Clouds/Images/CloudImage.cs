using Pipeline.Model.Values;

namespace Pipeline.Clouds.Images;

/// <summary>Where an image is in its life.</summary>
public enum CloudImageState
{
    /// <summary>The provider is making it.</summary>
    Pending,

    /// <summary>Instances can be started from it.</summary>
    Available,

    /// <summary>The provider gave up on it.</summary>
    Failed,
}

/// <summary>An image that a provider has in one region.</summary>
public sealed record CloudImage
{
    /// <summary>The region.</summary>
    public required string Region { get; init; }

    /// <summary>The provider's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its name; unique among the images of the account in the region.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required CloudImageState State { get; init; }

    /// <summary>The provider's id of the disk below it: a snapshot, a blob; <c>null</c> where there is none.</summary>
    public string? Disk { get; init; }

    /// <summary>Whether it carries the owner tag. What does not is never changed or deleted.</summary>
    public required bool Owned { get; init; }

    /// <summary>Digest of the artifact it was made from, by its tag; <c>null</c> for none.</summary>
    public Digest? Source { get; init; }

    /// <summary>Whether everybody may use it.</summary>
    public bool Public { get; init; }

    /// <summary>When it was made; <c>null</c> when the provider does not say.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>From when on it is not to be used any more; <c>null</c> for never.</summary>
    public DateTimeOffset? Deprecated { get; init; }
}

/// <summary>An image to be.</summary>
public sealed record CloudImageSpec
{
    /// <summary>Name; the same name is the same image.</summary>
    public required string Name { get; init; }

    /// <summary>One line for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>Architecture of its instances.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Digest of the artifact.</summary>
    public required Digest Source { get; init; }

    /// <summary>Tags beside those that say whose it is and what it was made from.</summary>
    public ValueList<CloudTag> Tags { get; init; } = [];

    /// <summary>Firmware for Secure Boot, as the provider stores it (EC2: the base64 text of UefiData); <c>null</c> for none.</summary>
    public string? UefiData { get; init; }

    /// <summary>Whether instances only get metadata with a session token (EC2: IMDSv2).</summary>
    public bool TokensOnly { get; init; } = true;
}

/// <summary>A key and a value at something in a cloud.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
public sealed record CloudTag(string Key, string Value);

/// <summary>Who may use an image beside its owner.</summary>
public sealed record CloudAudience
{
    /// <summary>Everybody.</summary>
    public bool Public { get; init; }

    /// <summary>Accounts, projects or subscriptions by the provider's id.</summary>
    public ValueList<string> Accounts { get; init; } = [];

    /// <summary>Organizations and their units by the provider's full name (EC2: an ARN).</summary>
    public ValueList<string> Organizations { get; init; } = [];

    /// <summary>Nobody else.</summary>
    public bool IsEmpty => !Public && Accounts.Count == 0 && Organizations.Count == 0;
}

/// <summary>What something of ours in a cloud is.</summary>
public enum CloudResourceKind
{
    /// <summary>A registered image.</summary>
    Image,

    /// <summary>The stored disk of an image, or what is left of an upload.</summary>
    Disk,

    /// <summary>An instance.</summary>
    Instance,
}

/// <summary>Something in a cloud that carries the owner tag.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Region">The region.</param>
/// <param name="Id">The provider's id.</param>
/// <param name="Name">Its name; empty for none.</param>
/// <param name="State">The provider's word for its state.</param>
/// <param name="Created">When it was made; <c>null</c> when the provider does not say.</param>
public sealed record CloudResource(CloudResourceKind Kind, string Region, string Id, string Name, string State, DateTimeOffset? Created);
