using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning.Ignition;
using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Butane;

/// <summary>
/// Butane to Ignition: the shared fields are copied, then one pass per kind of sugar. Every value keeps the place in the YAML it came from,
/// so that a rule of Ignition that is broken by the result is reported at the line the user wrote.
/// </summary>
internal sealed partial class ButaneTranslator
{
    private const int StrictChildrenSince = 7;
    private const int FlatcarClevisSince = 2;
    private readonly ButaneVersion _version;
    private readonly ButaneOptions _options;
    private readonly DiagnosticBag _problems;
    private readonly Embedder _embedder;

    private ButaneTranslator(ButaneVersion version, ButaneOptions options, DiagnosticBag problems)
    {
        _version = version;
        _options = options;
        _problems = problems;
        _embedder = new(version, options, problems);
    }

    /// <summary>The Ignition config, or <c>null</c> after an error.</summary>
    public static IgnitionConfig? Translate(
        string file,
        string text,
        ButaneOptions options,
        DiagnosticBag problems,
        TextLimits? limits = null
    )
    {
        var own = new DiagnosticBag();
        IgnitionConfig? made = null;
        if (ButaneReader.Read(file, text, own, limits) is { } read)
        {
            var broken = new DiagnosticBag();
            new ButaneRules(read.Version, broken).Check(read.Root);
            Nearby.AddOthers(broken, own);
            made = own.HasErrors ? null : new ButaneTranslator(read.Version, options, own).Translate(read.Root);
        }

        foreach (var problem in own.Items)
        {
            problems.Add(problem);
        }

        return own.HasErrors ? null : made;
    }

    private IgnitionConfig? Translate(SpecObject butane)
    {
        var config = Convert(butane, IgnitionSpec.Config);
        config.Need("ignition", butane.Origin).With("version", _version.Ignition.ToString(), RuleContext.At(butane, "version"));

        // A merge keeps one entry of each key, so that a key the user wrote twice must be found before.
        Validator.CheckDuplicates(config, _version.Ignition, _problems);
        config = MountUnits.Add(butane, config, _version);
        new Trees(_embedder, _problems).Add(butane, config);
        new Quadlets(_embedder, _problems).Add(butane, config);
        if (_problems.HasErrors)
        {
            return null;
        }

        config = BootDevice.Add(butane, config);
        new PartitionWarnings(_version, _problems).Check(config);
        config = Grub.Add(butane, config, _embedder);
        Filter(config);
        Validator.Check(config, _version.Ignition, _problems);
        return _problems.HasErrors ? null : new(_version.Ignition, config) { Source = _version };
    }

    /// <summary>A copy with the fields both languages have; what is embedded from files is filled in.</summary>
    private SpecObject Convert(SpecObject from, Shape shape)
    {
        var to = new SpecObject(shape, from.Origin);
        foreach (var field in shape.Fields)
        {
            to[field] = from[field.Name] switch
            {
                SpecObject o => Convert(o, field.Item!),
                SpecList l when field.Item is not null => new SpecList(l.Origin, l.Items.Select(i => Convert((SpecObject)i, field.Item))),
                var other => other?.Clone(),
            };
        }

        switch (shape.Name)
        {
            case "resource":
                FillResource(from, to);
                break;
            case "unit" or "dropin":
                FillContents(from, to);
                break;
            case "user":
                FillKeys(from, to);
                break;
            case "configs":
                CheckChildren(from);
                break;
            default:
                break;
        }

        return to;
    }

    private void FillResource(SpecObject from, SpecObject to)
    {
        if (from["local"] is SpecText local)
        {
            if (_embedder.Read(local.Value, local.Origin) is { } bytes)
            {
                _embedder.Embed(bytes, to, local.Origin);
            }
        }
        else if (from["inline"] is SpecText inline)
        {
            _embedder.Embed(BytesOf(inline), to, inline.Origin);
        }
    }

    private void FillContents(SpecObject from, SpecObject to)
    {
        if (from["contentsLocal"] is SpecText { Value.Length: > 0 } local && _embedder.ReadText(local.Value, local.Origin) is { } text)
        {
            to.With("contents", text, local.Origin);
        }
    }

    private void FillKeys(SpecObject from, SpecObject to)
    {
        foreach (var local in from.Texts("sshAuthorizedKeysLocal"))
        {
            if (_embedder.ReadText(local.Value, local.Origin) is { } text)
            {
                to.NeedList("sshAuthorizedKeys", local.Origin)
                    .Items.AddRange(LineEnd().Split(text).Where(l => l.Length > 0).Select(l => new SpecText(l, local.Origin)));
            }
        }
    }

    /// <summary>
    /// A config embedded in this one must be one: an inline one that is not fails; a local one is only warned about before 1.8.0, as in
    /// Butane.
    /// </summary>
    private void CheckChildren(SpecObject configs)
    {
        foreach (
            var child in configs
                .Objects("merge")
                .Append(configs.Object("replace"))
                .OfType<SpecObject>()
                .Where(c => !c.HasText("compression"))
        )
        {
            var inline = child["inline"] as SpecText;
            var local = inline is null ? child["local"] as SpecText : null;
            if ((inline is not null ? BytesOf(inline) : ReadQuietly(local)) is { } bytes)
            {
                CheckChild(bytes, inline ?? local!, inline is not null || _version.Ignition.Has(StrictChildrenSince));
            }
        }
    }

    private static byte[] BytesOf(SpecText text) => text.Binary ?? System.Text.Encoding.UTF8.GetBytes(text.Value);

    private void CheckChild(byte[] bytes, SpecText from, bool strict)
    {
        var found = new DiagnosticBag();
        if (IgnitionReader.Read("embedded config", bytes, found) is { } read && !found.HasErrors)
        {
            Validator.Check(read.Root, read.Version, found);
        }

        // What this program does not know yet, the machine may.
        if (found.Items.FirstOrDefault(d => d.Code == Texts.UnsupportedVersionCode) is { } unknown)
        {
            _problems.Add(ButaneTexts.ChildUnknown(from.Origin, unknown.Message));
        }
        else if (found.HasErrors)
        {
            _problems.Add(
                ButaneTexts.ChildInvalid(from.Origin, strict ? Severity.Error : Severity.Warning) with
                {
                    Hint = string.Join('\n', found.Items.Where(d => d.Severity == Severity.Error).Take(3).Select(d => d.Message)),
                }
            );
        }

        foreach (var warning in found.Items.Where(d => d.Severity == Severity.Warning))
        {
            _problems.Add(ButaneTexts.ChildWarning(from.Origin, warning));
        }
    }

    private byte[]? ReadQuietly(SpecText? local)
    {
        if (local is null || _options.LocalFiles is null)
        {
            return null;
        }

        try
        {
            return _options.LocalFiles.Read(GoPath.Clean(local.Value.TrimStart('/')), 64 * 1024 * 1024);
        }
        catch (PipelineException)
        {
            // Reading it for embedding reports the same at its place.
            return null;
        }
    }

    private void Filter(SpecObject config)
    {
        if (_version.Variant != "flatcar")
        {
            return;
        }

        foreach (var luks in config.Object("storage")?.Objects("luks") ?? [])
        {
            if (_version.Minor < FlatcarClevisSince && luks.Object("clevis") is { IsEmpty: false } clevis)
            {
                _problems.Add(ButaneTexts.FlatcarClevis(clevis.Origin));
            }

            if (luks.Object("cex") is { IsEmpty: false } cex)
            {
                _problems.Add(ButaneTexts.FlatcarCex(cex.Origin));
            }
        }
    }

    [GeneratedRegex("\r?\n")]
    private static partial Regex LineEnd();
}
