using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds;

/// <summary>Texts of errors around images and instances of clouds, PL6060–PL6089.</summary>
internal static class CloudDiagnostics
{
    /// <summary>Servers put whole pages into errors.</summary>
    private const int MostOfReason = 300;

    /// <summary>The provider could not be reached, or answered with an error of its own or with nonsense.</summary>
    public static Diagnostic Failed(string place, string what, string reason) =>
        Diagnostic.Error(
            "PL6060",
            $"{place}: {what} failed: {Short(reason)}",
            hint: "run the same command again: it finds what it made and goes on",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>There are no credentials, or the provider does not accept them.</summary>
    public static Diagnostic Credentials(string place, string reason) =>
        Diagnostic.Error(
            "PL6061",
            $"{place}: the credentials are missing or refused: {Short(reason)}",
            hint: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID with its secret, or log in again with 'aws sso login'; check the clock"
        );

    /// <summary>The credentials are good, but do not allow this.</summary>
    public static Diagnostic NotAllowed(string place, string what, string reason) =>
        Diagnostic.Error(
            "PL6062",
            $"{place}: {what} is not allowed: {Short(reason)}",
            hint: "docs/clouds/aws.md has the policy that the account or role needs"
        );

    /// <summary>A region that the account cannot use.</summary>
    public static Diagnostic UnknownRegion(string region, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL6063",
            $"there is no region '{region}', or the account has not enabled it",
            hint: ClosestName.Hint(region, known, $"regions are {string.Join(", ", known)}")
        );

    /// <summary>The name belongs to something that this program did not make.</summary>
    public static Diagnostic NameTaken(string region, string name, string id) =>
        Diagnostic.Error(
            "PL6064",
            $"{region}: the image '{name}' ({id}) does not carry our owner tag, and is left as it is",
            hint: "give --name for another name, or --owner if it was made under another owner",
            exit: ExitClass.Refused
        );

    /// <summary>An image of the name was made from another artifact.</summary>
    public static Diagnostic OtherSource(string region, string name, string id, Digest? there, Digest ours) =>
        Diagnostic.Error(
            "PL6065",
            $"{region}: the image '{name}' ({id}) was made from {there?.ToString() ?? "an unknown artifact"}, not from {ours}",
            hint: "a published image never changes: make a new build with a new version",
            exit: ExitClass.Refused
        );

    /// <summary>The build has no such file.</summary>
    public static Diagnostic NoArtifact(string path) =>
        Diagnostic.Error(
            "PL6066",
            $"'{path}' is missing",
            hint: "make it with 'pipeline images', or fetch it with 'pipeline builds fetch'"
        );

    /// <summary>The file is not the one its build records.</summary>
    public static Diagnostic OtherBytes(string path, Digest expected, Digest actual) =>
        Diagnostic.Error(
            "PL6067",
            $"'{path}' has {actual}, but its build records {expected}",
            hint: "it is truncated or was changed: make it again with 'pipeline images --force'",
            exit: ExitClass.Refused
        );

    /// <summary>The file cannot be read as a disk.</summary>
    public static Diagnostic BadDisk(string path, string reason) =>
        Diagnostic.Error("PL6068", $"'{path}' is not a disk that can be uploaded: {Short(reason)}", hint: "raw disks and VMDK can be");

    /// <summary>More user data than the provider takes.</summary>
    public static Diagnostic UserDataTooLarge(string platform, long size, long most) =>
        Diagnostic.Error(
            "PL6069",
            $"the Ignition config has {size} bytes even when compressed; {platform} takes {most}",
            hint: "put its larger part on a server, and name that under ignition.config.merge with a hash"
        );

    /// <summary>Nothing says which region is meant.</summary>
    public static Diagnostic NoRegion() =>
        Diagnostic.Error("PL6071", "it is not known which region is meant", hint: "give --region NAME, or set AWS_REGION");

    /// <summary>Not an address of a server.</summary>
    public static Diagnostic BadEndpoint(string text) =>
        Diagnostic.Error("PL6072", $"'{text}' is not the address of a cloud's endpoint", hint: "give http://HOST:PORT or https://HOST");

    /// <summary>Something of others is not deleted.</summary>
    public static Diagnostic NotOurs(string region, string id) =>
        Diagnostic.Error(
            "PL6073",
            $"{region}: '{id}' does not carry our owner tag, and is left as it is",
            hint: "only what this program made under the same --owner is changed or deleted",
            exit: ExitClass.Refused
        );

    /// <summary>There is no client for the platform.</summary>
    public static Diagnostic NoProvider(string platform, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL6074",
            $"there is no client for '{platform}'; there is one for {string.Join(", ", known)}",
            hint: $"'pipeline upload {platform} --explain' prints the steps and commands of its vendor"
        );

    /// <summary>The image is not in the region.</summary>
    public static Diagnostic NoImage(string region, string name) =>
        Diagnostic.Error("PL6075", $"{region}: there is no image '{name}'", hint: "upload it first with 'pipeline upload'");

    /// <summary>The account may not have more of something.</summary>
    public static Diagnostic Full(string place, string what, string reason) =>
        Diagnostic.Error(
            "PL6076",
            $"{place}: {what} is beyond what the account may have: {Short(reason)}",
            hint: "'pipeline cloud gc' deletes what old runs left; else ask the provider for a larger quota",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>The provider gave up on what it was making.</summary>
    public static Diagnostic GaveUp(string region, string id, string reason) =>
        Diagnostic.Error(
            "PL6077",
            $"{region}: the provider gave up on '{id}': {Short(reason)}",
            hint: "run the same command again: it makes a new one",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>The provider takes longer than ever seen.</summary>
    public static Diagnostic TooLong(string region, string id, TimeSpan waited) =>
        Diagnostic.Error(
            "PL6078",
            $"{region}: '{id}' is not there after {waited.TotalMinutes:0} minutes",
            hint: "run the same command again: it finds what it made and goes on waiting",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>Nothing is known of how the platform's image is uploaded.</summary>
    public static Diagnostic NoGuide(string platform, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL6079",
            $"there are no steps for images of '{platform}'",
            hint: ClosestName.Hint(platform, known, $"there are for {string.Join(", ", known)}")
        );

    /// <summary>The build has no image of the platform.</summary>
    public static Diagnostic NoImageOfBuild(string build, string platform) =>
        Diagnostic.Error(
            "PL6080",
            $"build '{build}' has no image of '{platform}'",
            hint: $"make it with 'pipeline images {build} --platform {platform}'"
        );

    private static string Short(string reason) => TerminalText.Shorten(KnownSecrets.HideAll(reason), MostOfReason);
}
