using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary>Texts about wrong values of the verbs for clouds, PL6090–PL6099.</summary>
internal static class CloudUsage
{
    public static Diagnostic BadTag(string text) =>
        Diagnostic.Error("PL6090", $"--tag: '{text}' is not KEY=VALUE", hint: "for example --tag project=os");

    public static Diagnostic BadDay(string text) =>
        Diagnostic.Error("PL6091", $"--deprecate-at: '{text}' is not a day", hint: "for example 2028-09-01");

    public static Diagnostic BadAge(string text) =>
        Diagnostic.Error("PL6092", $"--older-than: '{text}' is not an age", hint: "for example 90m, 12h or 30d");

    public static Diagnostic NoImageNamed() =>
        Diagnostic.Error("PL6093", "it is not known which image is meant", hint: "give --stream NAME, --build ID or --image ID");

    public static Diagnostic TwoConfigs() =>
        Diagnostic.Error("PL6094", "--ignition and --butane are both given", hint: "give one; a Butane config can merge the other");

    public static Diagnostic NoInstance(string id) =>
        Diagnostic.Error("PL6095", $"there is no instance '{id}' in the region", hint: "'pipeline cloud list' shows all of ours");

    public static Diagnostic NoAddress(string id, string state) =>
        Diagnostic.Error("PL6096", $"the instance '{id}' has no address: it is {state}", hint: "wait until it runs");

    public static Diagnostic NotRecorded(string build, string region) =>
        Diagnostic.Error(
            "PL6097",
            $"build '{build}' records no image in {region}",
            hint: $"upload it with 'pipeline upload aws {build} --region {region}'"
        );
}
