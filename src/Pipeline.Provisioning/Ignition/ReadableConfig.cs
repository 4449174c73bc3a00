using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Ignition;

/// <summary>Finds the configs, embedded ones included, that the Ignition of one OS does not read.</summary>
/// <param name="newest">The newest final version that it reads.</param>
/// <param name="problems">Receives PL7026.</param>
internal sealed class ReadableConfig(IgnitionVersion newest, DiagnosticBag problems)
{
    private const int DepthLimit = 16;

    /// <summary>Checks a config and what it embeds by <c>data:</c> URLs.</summary>
    public void Check(IgnitionConfig config) => Check(config, null, 0);

    /// <param name="config">The config.</param>
    /// <param name="at">Where it is embedded; <c>null</c> for the outermost.</param>
    /// <param name="depth">How many configs are around it.</param>
    private void Check(IgnitionConfig config, Origin? at, int depth)
    {
        if (!IgnitionReleases.Reads(newest, config.Version))
        {
            var place = at ?? config.Root.Object("ignition")?["version"]?.Origin ?? config.Root.Origin;
            problems.Add(Texts.NotRead(place, newest, config.Version, config.Source));
        }

        var configs = config.Root.Object("ignition")?.Object("config");
        foreach (var child in configs?.Objects("merge").Append(configs.Object("replace")!).OfType<SpecObject>() ?? [])
        {
            if (depth < DepthLimit && child.TextOrEmpty("source").StartsWith("data:", StringComparison.Ordinal))
            {
                CheckChild(child, at ?? RuleContext.At(child, "source"), depth + 1);
            }
        }
    }

    /// <summary>A child that is no config at all, or of no version known here, has been reported where it was embedded.</summary>
    private void CheckChild(SpecObject child, Origin at, int depth)
    {
        if (
            new ResourceEntry(child).Embedded(TextLimits.Default.MaxLength) is { } bytes
            && Provisioner.ReadIgnition("config", bytes, new()) is { } config
        )
        {
            Check(config, at, depth);
        }
    }
}
