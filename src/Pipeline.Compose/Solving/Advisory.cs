using Pipeline.Model.Values;

namespace Pipeline.Compose.Solving;

/// <summary>What a repository says about an update of some of its packages.</summary>
/// <param name="Id">As <c>FEDORA-2026-abc</c>.</param>
/// <param name="Kind">0 unknown, 1 security, 2 bug fix, 3 enhancement, 4 new package: libdnf's numbers.</param>
/// <param name="Severity">0 none, 1 low, 2 moderate, 3 important, 4 critical: rpm-ostree's numbers.</param>
/// <param name="Packages">Those of the lock, sorted.</param>
/// <param name="References">The vulnerabilities that it closes.</param>
internal sealed record Advisory(string Id, int Kind, int Severity, ValueList<string> Packages, ValueList<AdvisoryReference> References);

/// <summary>A vulnerability.</summary>
/// <param name="Url">Where it is described.</param>
/// <param name="Title">Its number.</param>
internal sealed record AdvisoryReference(string Url, string Title);
