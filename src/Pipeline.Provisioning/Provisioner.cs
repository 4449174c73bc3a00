using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning.Butane;
using Pipeline.Provisioning.Ignition;
using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning;

/// <summary>
/// The front door: reads, checks, merges, upgrades and writes Ignition configs, and translates Butane configs to them. Pure: text in;
/// configs, diagnostics and text out. Every method reports all problems at once into the bag it is given and never throws for bad input.
/// </summary>
public static class Provisioner
{
    /// <summary>Reads and checks an Ignition config of any supported version.</summary>
    /// <param name="file">Name for spans.</param>
    /// <param name="utf8">The bytes.</param>
    /// <param name="problems">Receives errors and warnings with line, column and JSON pointer.</param>
    /// <param name="limits">Bounds of the text; the defaults when <c>null</c>.</param>
    /// <returns>The config, or <c>null</c> after an error.</returns>
    public static IgnitionConfig? ReadIgnition(string file, ReadOnlyMemory<byte> utf8, DiagnosticBag problems, TextLimits? limits = null)
    {
        var own = new DiagnosticBag();
        var read = IgnitionReader.Read(file, utf8, own, limits);
        if (read is { } good)
        {
            var broken = new DiagnosticBag();
            Validator.Check(good.Root, good.Version, broken);
            Nearby.AddOthers(broken, own);
        }

        Forward(own, problems);
        return own.HasErrors || read is null ? null : new(read.Value.Version, read.Value.Root);
    }

    /// <summary>As <see cref="ReadIgnition(string, ReadOnlyMemory{byte}, DiagnosticBag, TextLimits?)"/> for text in memory.</summary>
    public static IgnitionConfig? ReadIgnition(string file, string text, DiagnosticBag problems) =>
        ReadIgnition(file, Encoding.UTF8.GetBytes(text), problems);

    /// <summary>
    /// Translates a Butane config (fcos 1.0.0 to 1.8.0-experimental, flatcar 1.0.0 to 1.2.0-experimental) to an Ignition config.
    /// </summary>
    /// <param name="file">Name for spans.</param>
    /// <param name="yaml">The text.</param>
    /// <param name="options">Local files and compression.</param>
    /// <param name="problems">Receives errors and warnings with line, column and path (<c>storage.files.0.path</c>).</param>
    /// <param name="limits">Bounds of the text; the defaults when <c>null</c>.</param>
    /// <returns>The config, checked by all rules of its version, or <c>null</c> after an error.</returns>
    public static IgnitionConfig? Transpile(
        string file,
        string yaml,
        ButaneOptions options,
        DiagnosticBag problems,
        TextLimits? limits = null
    ) => ButaneTranslator.Translate(file, yaml, options, problems, limits);

    /// <summary>
    /// As <see cref="Transpile(string, string, ButaneOptions, DiagnosticBag, TextLimits?)"/> for bytes, which must be UTF-8.
    /// </summary>
    public static IgnitionConfig? Transpile(
        string file,
        ReadOnlyMemory<byte> utf8,
        ButaneOptions options,
        DiagnosticBag problems,
        TextLimits? limits = null
    )
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, true).GetString(utf8.Span);
        }
        catch (DecoderFallbackException)
        {
            problems.Add(Texts.NotUtf8(file));
            return null;
        }

        return Transpile(file, text, options, problems, limits);
    }

    /// <summary>
    /// Merges a child over its parent as Ignition does with <c>ignition.config.merge</c>; both are upgraded to the newer of their
    /// versions first.
    /// </summary>
    /// <returns>The merged config, checked, or <c>null</c> when it breaks a rule or an upgrade is impossible.</returns>
    public static IgnitionConfig? Merge(IgnitionConfig parent, IgnitionConfig child, DiagnosticBag problems)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(child);
        ArgumentNullException.ThrowIfNull(problems);
        var version = parent.Version.CompareTo(child.Version) >= 0 ? parent.Version : child.Version;
        var above = Upgrade(parent, version, problems);
        var below = Upgrade(child, version, problems);
        if (above is null || below is null)
        {
            return null;
        }

        var root = IgnitionMerger.Merge(above.Root, below.Root);
        var own = new DiagnosticBag();
        Validator.Check(root, version, own);
        foreach (var problem in own.Items.Where(d => d.Severity == Severity.Error))
        {
            problems.Add(problem with { Message = $"in the merged config: {problem.Message}" });
        }

        return own.HasErrors ? null : new(version, root);
    }

    /// <summary>Translates a config to a newer version with the same meaning.</summary>
    /// <returns>The config, or <c>null</c> when the newer version cannot express it.</returns>
    public static IgnitionConfig? Upgrade(IgnitionConfig config, IgnitionVersion version, DiagnosticBag problems)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(version);
        return config.Version == version ? config
            : IgnitionUpgrader.Upgrade(config.Root, config.Version, version, problems) is { } root ? new(version, root)
            : null;
    }

    /// <summary>
    /// Merges the configs that <c>ignition.config</c> embeds by <c>data:</c> URLs, as the machine would; what must be fetched stays.
    /// </summary>
    /// <returns>The config, or <c>null</c> when an embedded one is not valid or does not have its hash.</returns>
    public static IgnitionConfig? Resolve(IgnitionConfig config, DiagnosticBag problems)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(problems);
        return EmbeddedConfigs.Resolve(config, problems);
    }

    /// <summary>Whether a text is a Butane config and not an Ignition config, in whatever form of YAML it is written.</summary>
    public static bool IsButane(ReadOnlyMemory<byte> utf8) => IgnitionReader.IsButane(utf8);

    /// <summary>
    /// Reports each config, embedded ones included, that the Ignition of an OS does not read, with the version to write instead.
    /// </summary>
    /// <param name="config">The config.</param>
    /// <param name="newest">The newest final version that the OS reads.</param>
    /// <param name="problems">Receives PL7026.</param>
    public static void RequireReadable(IgnitionConfig config, IgnitionVersion newest, DiagnosticBag problems)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(newest);
        ArgumentNullException.ThrowIfNull(problems);
        new ReadableConfig(newest, problems).Check(config);
    }

    /// <summary>The config with nothing in it.</summary>
    public static IgnitionConfig Empty(IgnitionVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        var origin = Origin.Root(null, pointer: true);
        var root = new SpecObject(IgnitionSpec.Config, origin);
        root.Need("ignition", origin).With("version", version.ToString(), origin);
        return new(version, root);
    }

    /// <summary>
    /// The config as text: compact without a final line feed, or indented by two spaces with one. The same config gives the same bytes.
    /// </summary>
    public static string Write(IgnitionConfig config, bool pretty)
    {
        ArgumentNullException.ThrowIfNull(config);

        // Go's encoder, which Ignition and Butane write with, escapes these characters.
        return JsonTextWriter.Write(config.ToJson(), (pretty ? JsonStyle.Pretty : JsonStyle.Compact) with { EscapeHtml = true });
    }

    /// <summary>The smallest of the encodings Butane chooses from, for putting a config or file into another config.</summary>
    /// <returns>The <c>data:</c> URL and <c>gzip</c> or the empty string for <c>compression</c>.</returns>
    public static (string Source, string Compression) Embed(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var resource = new SpecObject(
            IgnitionSpec.Config["ignition"].Item!["config"].Item!["replace"].Item!,
            Origin.Root(null, pointer: true)
        );
        new Embedder(ButaneVersion.All[^1], new ButaneOptions(), new DiagnosticBag()).Embed(bytes, resource, resource.Origin);
        return (resource.TextOrEmpty("source"), resource.TextOrEmpty("compression"));
    }

    /// <summary>Explains a config to people: users, files with sizes, units, disks. The text is safe to print to a terminal.</summary>
    public static string Describe(IgnitionConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return ConfigDescription.Of(config);
    }

    /// <summary>Why a variant is not translated here and which program does, or <c>null</c> when nothing is known of it.</summary>
    public static Diagnostic? ExplainVariant(string variant) =>
        ForeignVariant.Of(variant) is { } foreign ? ButaneTexts.ForeignVariant(null, foreign) : null;

    /// <summary>A JSON Schema of a Butane variant and version, for editors.</summary>
    public static string ButaneSchema(ButaneVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return JsonTextWriter.Write(JsonSchema.Of(version), JsonStyle.Pretty);
    }

    /// <summary>A JSON Schema of an Ignition version, for editors.</summary>
    public static string IgnitionSchema(IgnitionVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return JsonTextWriter.Write(JsonSchema.Of(version), JsonStyle.Pretty);
    }

    private static void Forward(DiagnosticBag from, DiagnosticBag to)
    {
        foreach (var problem in from.Items)
        {
            to.Add(problem);
        }
    }
}
