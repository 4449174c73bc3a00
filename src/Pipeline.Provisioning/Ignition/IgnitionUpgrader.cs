using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Ignition;

/// <summary>
/// Translates a valid config to a newer version with the same meaning. What an old version ignored stays ignored: it is taken out, with a
/// warning. What a newer version refuses and cannot be expressed otherwise is an error.
/// </summary>
internal static class IgnitionUpgrader
{
    private const int SpecialBits = 0xE00;
    private const int RequiredSourceSince = 1;
    private const int OptionalCustomSince = 3;
    private const int SpecialBitsSince = 6;

    /// <summary>The translated tree, or <c>null</c> after an error.</summary>
    public static SpecObject? Upgrade(SpecObject root, IgnitionVersion from, IgnitionVersion to, DiagnosticBag problems)
    {
        if (to.CompareTo(from) < 0)
        {
            problems.Add(Texts.CannotDowngrade(from.ToString(), to.ToString()));
            return null;
        }

        var made = (SpecObject)root.Clone();
        made.Object("ignition")!.With("version", to.ToString(), made.Object("ignition")!["version"]!.Origin);
        bool Crosses(int since) => !from.Has(since) && to.Has(since);
        if (Crosses(RequiredSourceSince))
        {
            DropEmptyReferences(made, problems);
        }

        if (Crosses(OptionalCustomSince))
        {
            DropIgnoredClevis(made, problems);
        }

        if (Crosses(SpecialBitsSince))
        {
            DropSpecialBits(made, problems);
        }

        var check = new DiagnosticBag();
        Validator.Check(made, to, check);
        foreach (var problem in check.Items.Where(d => d.Severity == Severity.Error))
        {
            problems.Add(problem with { Message = $"not allowed in version {to}: {problem.Message}" });
        }

        return check.HasErrors ? null : made;
    }

    private static void DropEmptyReferences(SpecObject root, DiagnosticBag problems)
    {
        if (root.Object("ignition")?.Object("config")?["merge"] is not SpecList list)
        {
            return;
        }

        foreach (var item in list.Items.OfType<SpecObject>().Where(i => !i.HasText("source")).ToArray())
        {
            problems.Add(Texts.Dropped(item.Origin, "an entry without a source"));
            list.Items.Remove(item);
        }
    }

    private static void DropIgnoredClevis(SpecObject root, DiagnosticBag problems)
    {
        foreach (var luks in root.Object("storage")?.Objects("luks") ?? [])
        {
            if (luks.Object("clevis") is { } clevis && clevis.Object("custom") is { } custom && !custom.HasText("pin"))
            {
                if (!custom.IsEmpty)
                {
                    problems.Add(Texts.Dropped(custom.Origin, "a custom Clevis config without a pin"));
                }

                clevis["custom"] = null;
            }
        }
    }

    private static void DropSpecialBits(SpecObject root, DiagnosticBag problems)
    {
        var storage = root.Object("storage");
        foreach (var node in (storage?.Objects("files") ?? []).Concat(storage?.Objects("directories") ?? []))
        {
            if (node.Number("mode") is { } mode && (mode & SpecialBits) != 0)
            {
                problems.Add(Texts.Dropped(RuleContext.At(node, "mode"), "the setuid, setgid or sticky bit"));
                node.With("mode", mode & ~SpecialBits, RuleContext.At(node, "mode"));
            }
        }
    }
}
