using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Butane;

/// <summary>The rules of <c>boot_device</c>; s390x layouts and CEX came with fcos 1.6.0.</summary>
internal sealed class BootDeviceRules(ButaneVersion version, DiagnosticBag problems)
{
    private const int S390xSince = 6;
    private const int MirrorLayoutSince = 7;
    private const int MethodSince = 7;
    private static readonly string[] Layouts = ["aarch64", "ppc64le", "x86_64"];
    private static readonly string[] S390x = ["s390x-eckd", "s390x-virt", "s390x-zfcp"];

    public void Check(SpecObject node)
    {
        var layout = node.Text("layout");
        var luks = node.Object("luks");
        var s390x = layout is not null && S390x.Contains(layout);
        string[] known = [.. Layouts, .. version.IsFcos(S390xSince) ? S390x : []];
        if (layout is not null && !known.Contains(layout))
        {
            problems.Add(ButaneTexts.Layout(RuleContext.At(node, "layout"), layout, string.Join(", ", known)));
        }

        if (node.Object("mirror") is { } mirror)
        {
            Mirror(node, mirror, layout, s390x);
        }

        if (!version.IsFcos(S390xSince))
        {
            return;
        }

        if (layout is "s390x-eckd" or "s390x-zfcp")
        {
            // Butane looks at the end only, so that a device below another directory passes too.
            var prefix = layout == "s390x-eckd" ? "/dev/dasd" : "/dev/sd";
            var device = luks?.TextOrEmpty("device") ?? "";
            if (
                device.Length == 0
                || !char.IsAsciiLetterLower(device[^1])
                || !device.AsSpan(0, device.Length - 1).EndsWith(prefix, StringComparison.Ordinal)
            )
            {
                problems.Add(ButaneTexts.BootLuksDevice(RuleContext.At(node, "layout"), layout, prefix + "a"));
            }
        }

        if (luks is not null)
        {
            Luks(luks, layout, s390x);
        }
    }

    private void Mirror(SpecObject node, SpecObject mirror, string? layout, bool s390x)
    {
        var count = mirror.Count("devices");
        if (count == 1)
        {
            problems.Add(ButaneTexts.MirrorTooFew(RuleContext.At(mirror, "devices")));
        }

        if (count > 0 && s390x)
        {
            problems.Add(ButaneTexts.MirrorUnsupported(RuleContext.At(node, "layout"), layout!));
        }

        if (count > 0 && layout is null)
        {
            problems.Add(
                ButaneTexts.MirrorNeedsLayout(mirror.Origin, version.IsFcos(MirrorLayoutSince) ? Severity.Error : Severity.Warning)
            );
        }
    }

    private void Luks(SpecObject luks, string? layout, bool s390x)
    {
        var cex = luks.Object("cex")?.Flag("enabled") == true;
        var clevis = luks.Flag("tpm2") == true || luks.Count("tang") > 0;
        if (cex && !s390x && (layout is null || Layouts.Contains(layout)))
        {
            problems.Add(ButaneTexts.CexLayout(RuleContext.At(luks, "cex")));
        }

        if (cex && clevis)
        {
            problems.Add(ButaneTexts.CexWithClevis(luks.Origin));
        }

        if (
            version.IsFcos(MethodSince)
            && luks.HasText("device")
            && !cex
            && luks.Flag("tpm2") != true
            && luks.Objects("tang").All(t => t.IsEmpty)
        )
        {
            problems.Add(ButaneTexts.LuksWithoutMethod(luks.Origin));
        }
    }
}
