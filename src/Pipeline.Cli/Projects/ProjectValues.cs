namespace Pipeline.Cli.Projects;

/// <summary>What differs between the files of two projects. All texts are plain: letters, digits and <c>. _ / + @ -</c>.</summary>
internal sealed record ProjectValues
{
    /// <summary>Name of the OS.</summary>
    public required string Name { get; init; }

    /// <summary>What it starts from.</summary>
    public required string From { get; init; }

    /// <summary>The included manifest, relative to the project.</summary>
    public required string Include { get; init; }

    /// <summary>Where the checkout is; <c>null</c> when the program is found by its name.</summary>
    public required CheckoutPaths? Checkout { get; init; }

    /// <summary>The layer for the project's own files.</summary>
    public string Layer => $"50-{Name}";

    /// <summary>How the program is called from the project's directory.</summary>
    public string Program => Checkout is null ? "pipeline" : $"{Checkout.ToCheckout}/pipeline";
}
