namespace Pipeline.Model.Contracts;

/// <summary>
/// Marks a <see cref="ContractRecord"/> that people write: a member it does not know is an error with the closest known name.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ClosedAttribute : Attribute;
