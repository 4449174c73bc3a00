namespace Pipeline.Model.Contracts;

/// <summary>
/// A typed view of one JSON object of a published document: its values, not how it was written. <see cref="Document{T}"/> keeps the order
/// of members, the spelling of numbers and the members that this program does not know.
/// </summary>
public abstract record ContractRecord;
