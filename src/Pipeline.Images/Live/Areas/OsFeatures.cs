using Pipeline.Images.Live.Iso;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live.Areas;

/// <summary>What the live OS can do, as its <c>features.json</c> says; nothing when there is none.</summary>
/// <param name="InstallerConfig">The installer reads <c>/etc/coreos/installer.d</c>.</param>
/// <param name="Directives">The keys of installer configs that it knows; empty before September 2022, when they were not listed.</param>
/// <param name="Network">The initramfs reads keyfiles of NetworkManager.</param>
internal sealed record OsFeatures(bool InstallerConfig, ValueList<string> Directives, bool Network)
{
    /// <summary>The document on an ISO.</summary>
    public const string Document = "coreos/features.json";

    /// <summary>The document in the initramfs.</summary>
    public const string InInitrd = "etc/coreos/features.json";

    /// <summary>Those of an ISO.</summary>
    public static OsFeatures Of(IsoImage image) => Of(AreaDocument.Find(image, Document));

    /// <summary>Those of an initramfs; <c>null</c> bytes stand for a file that is not there.</summary>
    public static OsFeatures Of(string file, byte[]? bytes) => Of(bytes is null ? null : AreaDocument.Parse(file, InInitrd, bytes));

    private static OsFeatures Of(AreaDocument? document) =>
        document is null
            ? new(false, [], false)
            : new(
                document.Root.Find("installer-config") is JsonTextBool { Value: true },
                document.Root.Find("installer-config-directives") switch
                {
                    JsonTextObject keys => [.. keys.Members.Select(m => m.Name)],
                    JsonTextArray list => [.. list.Items.OfType<JsonTextString>().Select(t => t.Value)],
                    _ => [],
                },
                document.Root.Find("live-initrd-network") is JsonTextBool { Value: true }
            );
}
