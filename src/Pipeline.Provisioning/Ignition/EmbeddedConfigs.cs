using System.Security.Cryptography;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Ignition;

/// <summary>
/// Merges what <c>ignition.config.merge</c> and <c>replace</c> embed by <c>data:</c> URLs, as the machine would: depth first, children in
/// their order, a replacement instead of everything. What must be fetched from elsewhere stays in the list.
/// </summary>
internal static class EmbeddedConfigs
{
    private const int DepthLimit = 16;

    /// <summary>The config with its embedded children merged, or <c>null</c> after an error.</summary>
    public static IgnitionConfig? Resolve(IgnitionConfig config, DiagnosticBag problems, int depth = 0)
    {
        var configs = config.Root.Object("ignition")?.Object("config");
        if (configs is null)
        {
            return config;
        }

        if (depth > DepthLimit)
        {
            problems.Add(Texts.EmbeddedTooDeep(configs.Origin, DepthLimit));
            return null;
        }

        if (configs.Object("replace") is { } replace && IsEmbedded(replace))
        {
            return Read(replace, problems) is { } other ? Resolve(other, problems, depth + 1) : null;
        }

        var root = (SpecObject)config.Root.Clone();
        ((root.Object("ignition")!.Object("config")!["merge"]) as SpecList)?.Items.RemoveAll(i => IsEmbedded((SpecObject)i));
        IgnitionConfig? merged = new(config.Version, root);
        foreach (var child in configs.Objects("merge").Where(IsEmbedded))
        {
            var read = Read(child, problems);
            var resolved = read is null ? null : Resolve(read, problems, depth + 1);
            merged = resolved is null || merged is null ? null : Provisioner.Merge(merged, resolved, problems);
        }

        return merged;
    }

    private static bool IsEmbedded(SpecObject resource) => resource.TextOrEmpty("source").StartsWith("data:", StringComparison.Ordinal);

    private static IgnitionConfig? Read(SpecObject resource, DiagnosticBag problems)
    {
        var at = RuleContext.At(resource, "source");
        if (new ResourceEntry(resource).Embedded(TextLimits.Default.MaxLength) is not { } bytes)
        {
            problems.Add(Texts.EmbeddedTooLarge(at));
            return null;
        }

        if (resource.Object("verification")?.Text("hash") is { } hash && !Matches(bytes, hash))
        {
            problems.Add(Texts.EmbeddedHash(at));
            return null;
        }

        return Provisioner.ReadIgnition($"{at.Span?.File ?? "config"}{at.Path}", bytes, problems);
    }

    private static bool Matches(byte[] bytes, string hash)
    {
        var sum = hash.StartsWith("sha512-", StringComparison.Ordinal) ? SHA512.HashData(bytes) : SHA256.HashData(bytes);
        return string.Equals(
            Convert.ToHexString(sum),
            hash[(hash.IndexOf('-', StringComparison.Ordinal) + 1)..],
            StringComparison.OrdinalIgnoreCase
        );
    }
}
