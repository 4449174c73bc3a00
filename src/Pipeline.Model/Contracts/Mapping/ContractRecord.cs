using Pipeline.Model.Text;

namespace Pipeline.Model.Contracts;

/// <summary>
/// A typed view of one JSON object of a published document. It remembers the object it was read from, so that printing keeps
/// member order and members this program does not know. Equality looks at the typed members only.
/// </summary>
public abstract record ContractRecord
{
    /// <summary>The object as found; <c>null</c> for a record that was made.</summary>
    public JsonTextObject? Found { get; init; }

    /// <summary>Equal when both are of the same type; derived records compare their own members.</summary>
    public virtual bool Equals(ContractRecord? other) => other is not null && EqualityContract == other.EqualityContract;

    /// <inheritdoc/>
    public override int GetHashCode() => EqualityContract.GetHashCode();
}
