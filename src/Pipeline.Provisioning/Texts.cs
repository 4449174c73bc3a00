using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning;

/// <summary>
/// Every text about reading and upgrading configs: PL7001–PL7049. The rules' texts are in <see cref="Validation.RuleTexts"/>, Butane's in
/// <see cref="Butane.ButaneTexts"/>.
/// </summary>
internal static class Texts
{
    public static Diagnostic WrongType(Origin at, string wanted, string found, string? hint = null) =>
        Error("PL7001", at, $"expected {wanted}, found {found}", hint);

    public static Diagnostic UnknownMember(Origin at, string name, string? hint) =>
        Warning("PL7002", at, $"unknown key '{name}' is ignored", hint);

    public static Diagnostic VersionMissing(Origin at, string what) =>
        Error("PL7003", at, $"{what} is missing or not a version", $"for example \"{IgnitionVersion.Latest}\"");

    /// <summary>Distinguishes a newer version from every other wrong text.</summary>
    public const string UnsupportedVersionCode = "PL7004";

    public static Diagnostic VersionUnsupported(Origin at, string version) =>
        Error(
            UnsupportedVersionCode,
            at,
            $"unsupported config version '{version}'",
            $"supported are {string.Join(", ", IgnitionVersion.All)}"
        );

    public static Diagnostic NotUtf8(string file) =>
        Diagnostic.Error(
            "PL7005",
            "the text is not valid UTF-8",
            new SourceSpan(file, 1, 1),
            "save the file as UTF-8, or embed binary data with 'local'"
        );

    public static Diagnostic NotAnInteger(Origin at, string text) => Error("PL7006", at, $"'{text}' is not an integer of 64 bits");

    public static Diagnostic Empty(string file, string smallest) =>
        Diagnostic.Error("PL7007", "the config is empty", new SourceSpan(file, 1, 1), $"the smallest config is {smallest}");

    public static Diagnostic IsButane(string file) =>
        Diagnostic.Error(
            "PL7010",
            "this is a Butane config, not an Ignition config",
            new SourceSpan(file, 1, 1),
            "translate it with 'pipeline butane'"
        );

    public static Diagnostic IsIgnition(string file) =>
        Diagnostic.Error(
            "PL7011",
            "this is an Ignition config, not a Butane config",
            new SourceSpan(file, 1, 1),
            "it needs no translation; 'pipeline ignition validate' checks it"
        );

    public static Diagnostic TooMuch(Origin at, int limit) =>
        Error("PL7008", at, $"the embedded files have more than {limit} bytes together", "fetch large files by URL");

    public static Diagnostic CannotDowngrade(string from, string to) =>
        Diagnostic.Error("PL7020", $"a config of version {from} cannot be written as {to}", hint: "choose the same or a newer version");

    public static Diagnostic InvalidConfig(string file) =>
        Diagnostic.Error("PL7021", $"'{file}' is not a valid config", hint: "the problems above say why");

    public static Diagnostic Dropped(Origin at, string what) =>
        Warning("PL7022", at, $"{what} had no effect in the old version and is left out");

    public static Diagnostic EmbeddedTooDeep(Origin at, int limit) =>
        Error("PL7023", at, $"configs are embedded in one another more than {limit} levels deep");

    public static Diagnostic EmbeddedTooLarge(Origin at) =>
        Error("PL7024", at, "the embedded config cannot be decompressed or is too large");

    public static Diagnostic EmbeddedHash(Origin at) =>
        Error("PL7025", at, "the embedded config does not have the hash it should have") with
        {
            Exit = ExitClass.Refused,
        };

    /// <summary>A config of a version that the OS does not read.</summary>
    /// <param name="at">Its version, or where it is embedded.</param>
    /// <param name="newest">The newest version that the OS reads.</param>
    /// <param name="version">The version of the config.</param>
    /// <param name="source">What it was translated from; <c>null</c> when it was written as Ignition.</param>
    public static Diagnostic NotRead(Origin at, IgnitionVersion newest, IgnitionVersion version, ButaneVersion? source)
    {
        var butane = ButaneVersion.NewestFor(newest, source?.Variant ?? "fcos");
        var use = $"use 'variant: {butane?.Variant}, version: {butane?.Version}'";
        return Error(
            "PL7026",
            at,
            $"this OS reads Ignition configs ≤ {newest}, this is {version}{(source is null ? "" : $" ({source})")}",
            butane is null ? $"write a config of version {newest}"
                : source is null ? $"write it for version {newest}, or in Butane: {use}"
                : use
        );
    }

    public static Diagnostic Error(string code, Origin at, string message, string? hint = null) =>
        Diagnostic.Error(code, message, at.Span, hint, path: PathOf(at));

    public static Diagnostic Warning(string code, Origin at, string message, string? hint = null) =>
        Diagnostic.Warning(code, message, at.Span, hint, PathOf(at));

    /// <summary>The root has no path to show.</summary>
    private static string? PathOf(Origin at) => at.Parent is null ? null : at.Path;
}
