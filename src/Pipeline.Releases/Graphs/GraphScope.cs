namespace Pipeline.Releases.Graphs;

/// <summary>Which graph of a stream.</summary>
/// <param name="Architecture">RPM's name of the architecture.</param>
/// <param name="Oci">Nodes by container image instead of by OSTree commit.</param>
public sealed record GraphScope(string Architecture, bool Oci = false)
{
    /// <summary>The value of the scheme key.</summary>
    public string Scheme => Oci ? "oci" : "checksum";
}
