namespace Pipeline.Model.Text;

/// <summary>Bounds that keep hostile documents from costing memory or time.</summary>
/// <param name="MaxLength">Largest text in UTF-16 code units (YAML) or bytes (JSON).</param>
/// <param name="MaxDepth">Deepest nesting of collections.</param>
/// <param name="MaxNodes">Most nodes, each expansion of an alias counted again.</param>
public sealed record TextLimits(int MaxLength, int MaxDepth, int MaxNodes)
{
    /// <summary>16 MiB, 64 levels, one million nodes: far above any real manifest, config or stream document.</summary>
    public static TextLimits Default { get; } = new(16 * 1024 * 1024, 64, 1_000_000);
}
