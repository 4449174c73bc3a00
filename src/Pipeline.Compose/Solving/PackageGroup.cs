using Pipeline.Model.Values;

namespace Pipeline.Compose.Solving;

/// <summary>A named set of packages, as comps.xml defines them.</summary>
/// <param name="Id">What manifests write after <c>@</c>.</param>
/// <param name="Packages">Names of the packages that belong to it unless somebody asks for less: mandatory and default ones.</param>
/// <param name="Conditional">Packages that belong to it when another is requested: name and the other's name.</param>
internal sealed record PackageGroup(string Id, ValueList<string> Packages, ValueList<(string Name, string Needs)> Conditional);
