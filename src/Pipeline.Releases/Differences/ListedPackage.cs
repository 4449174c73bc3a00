namespace Pipeline.Releases.Differences;

/// <summary>A package of a build, for comparisons.</summary>
/// <param name="Version">Version as its family writes it.</param>
/// <param name="Changelog">Where people read what is new in it; <c>null</c> when that is not known.</param>
internal sealed record ListedPackage(string Version, string? Changelog);
