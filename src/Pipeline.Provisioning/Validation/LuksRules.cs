using Pipeline.Model.Text;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Validation;

/// <summary>Encrypted volumes and what unlocks them.</summary>
internal static class LuksRules
{
    private const int LabelLimit = 47;
    private const int OptionalCustomSince = 3;
    private const int AnyPinSince = 6;

    public static void Luks(SpecObject node, RuleContext context)
    {
        if (node.TextOrEmpty("name").Contains('/', StringComparison.Ordinal))
        {
            context.Report(RuleTexts.LuksName(RuleContext.At(node, "name")));
        }

        if (node.Text("label") is { } label && GoPath.Bytes(label) > LabelLimit)
        {
            context.Report(RuleTexts.LuksLabel(RuleContext.At(node, "label")));
        }

        if (!node.HasText("device"))
        {
            context.Report(RuleTexts.DeviceMissing(RuleContext.At(node, "device")));
        }
        else
        {
            context.CheckPath(node.TextOrEmpty("device"), RuleContext.At(node, "device"));
        }

        if (
            node.Object("cex")?.Flag("enabled") == true
            && (node.Object("clevis") is { IsEmpty: false } || node.Object("keyFile")?.HasText("source") == true)
        )
        {
            context.Report(RuleTexts.CexWithOthers(RuleContext.At(node, "cex")));
        }
    }

    public static void Clevis(SpecObject node, RuleContext context)
    {
        // In 3.2.0 'custom' could not be distinguished from an empty one by its members, so its presence counts.
        var custom = context.Version.Has(OptionalCustomSince) ? node.Object("custom")?.HasText("pin") == true : node["custom"] is not null;
        if (custom && (node.Count("tang") > 0 || node.Flag("tpm2") == true || (node.Number("threshold") ?? 0) != 0))
        {
            context.Report(RuleTexts.ClevisCustomWithOthers(node.Origin));
        }
    }

    public static void Custom(SpecObject node, RuleContext context)
    {
        var pin = node.TextOrEmpty("pin");
        var hasConfig = node.HasText("config");
        if (pin.Length == 0 && !hasConfig && (node.Flag("needsNetwork") != true || !context.Version.Has(OptionalCustomSince)))
        {
            return;
        }

        if (pin.Length == 0)
        {
            context.Report(RuleTexts.ClevisPinMissing(RuleContext.At(node, "pin")));
        }
        else if (pin is not ("tpm2" or "tang" or "sss") && !context.Version.Has(AnyPinSince))
        {
            context.Report(RuleTexts.ClevisPin(RuleContext.At(node, "pin"), pin));
        }

        if (!hasConfig)
        {
            context.Report(RuleTexts.ClevisConfigMissing(RuleContext.At(node, "config")));
        }
    }

    public static void Tang(SpecObject node, RuleContext context)
    {
        var url = node.TextOrEmpty("url");
        var at = RuleContext.At(node, "url");
        var parsed = GoUrl.Parse(url);
        if (parsed is null)
        {
            context.Report(RuleTexts.UrlInvalid(at, url));
        }
        else if (parsed.Scheme is not ("http" or "https"))
        {
            context.Report(RuleTexts.UrlScheme(at, url, "http and https"));
        }

        if (!node.HasText("thumbprint"))
        {
            context.Report(RuleTexts.TangThumbprint(RuleContext.At(node, "thumbprint")));
        }

        if (node.Text("advertisement") is { Length: > 0 } text)
        {
            var problems = new Model.Diagnostics.DiagnosticBag();
            JsonText.Parse("advertisement", text, problems);
            if (problems.HasErrors)
            {
                context.Report(RuleTexts.TangAdvertisement(RuleContext.At(node, "advertisement")));
            }
        }
    }
}
