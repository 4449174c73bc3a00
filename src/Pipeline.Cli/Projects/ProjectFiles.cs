using Pipeline.Host.Files;

namespace Pipeline.Cli.Projects;

/// <summary>The texts of a new project.</summary>
internal static class ProjectFiles
{
    /// <summary>The root manifest, which verbs take when none is named.</summary>
    public const string Manifest = "manifest.yaml";

    /// <summary>All files but copies.</summary>
    public static IEnumerable<ProjectFile> Of(ProjectValues values) =>
        [
            Text(WorkDirectory.ProjectMarker, Marker()),
            Text(Manifest, RootManifest(values)),
            Text($"overlay.d/{values.Layer}/etc/motd", $"This is {values.Name}.\n"),
            Text("kola-tests/first/motd", FirstTest(values)) with
            {
                IsExecutable = true,
            },
            Text("build.sh", BuildScript(values)) with
            {
                IsExecutable = true,
            },
            Text(".gitignore", "# What the toolchain writes here.\n/cache/\n/builds/\n/tmp/\n"),
            Text(".github/workflows/build.yaml", ProjectJobs.GitHub(values)),
            Text("Jenkinsfile", ProjectJobs.Jenkins(values)),
            Text("README.md", Readme(values)),
        ];

    private static ProjectFile Text(string path, string text) => new(path) { Text = text };

    private static string Marker() =>
        "# Marks the project: verbs keep cache/, builds/ and tmp/ beside this file, and find manifest.yaml and kola-tests/ here.\n";

    private static string RootManifest(ProjectValues values) =>
        $$"""
            # What {{values.Name}} has beside what it includes. All of it, merged: {{values.Program}} manifest show {{Manifest}}
            schema: compose/v1
            include: "{{values.Include}}"
            ref: "{{values.Name}}/${releasever}/${basearch}"
            metadata:
              name: "{{values.Name}}"
              summary: "{{values.Name}}, made from {{values.From}}"

            # More packages: name, name=version or 'name (>= version)'.
            packages: []

            # More files: overlay.d/{{values.Layer}}/etc/motd becomes /etc/motd. The mode is 0644, or 0755 for an executable file.
            # A directory of overlay.d here goes before one of the same name of what is included; the same for *.sources files.
            ostree-layers: [overlay/{{values.Layer}}]

            # systemd units to enable, for example fstrim.timer.
            units: []

            """;

    private static string FirstTest(ProjectValues values) =>
        $$"""
            #!/bin/bash
            ## kola:
            ##   exclusive: false
            ##   description: The file of this project's layer is in the OS.
            set -euo pipefail

            fatal() { echo "fatal: $*" >&2; exit 1; }

            grep -qxF 'This is {{values.Name}}.' /etc/motd || fatal "/etc/motd is not that of {{values.Name}}"
            echo "ok: motd"

            """;

    private static string BuildScript(ProjectValues values) =>
        $$"""
            #!/usr/bin/env bash
            # Composes the OS, makes its disk image, boots it and runs its tests; CI calls it too. Arguments go to 'pipeline compose'.
            set -euo pipefail
            cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
            pipeline=${PIPELINE:-{{values.Program}}}
            "$pipeline" compose {{Manifest}} "$@"
            "$pipeline" images
            "$pipeline" kola run

            """;

    private static string Readme(ProjectValues values)
    {
        string[] calls = ["./build.sh", $"{values.Program} run", $"{values.Program} doctor"];
        var width = calls.Max(c => c.Length) + 4;
        return $"""
            # {values.Name}

            An image-based Linux OS, made from {values.From} (`{values.Include}`).

            ```
            {calls[0].PadRight(width)}# compose it, make its disk image, boot it, run its tests
            {calls[1].PadRight(width)}# a shell in it
            {calls[2].PadRight(width)}# what is missing on this machine, and what installs it
            ```

            | to add | where |
            |---|---|
            | a package, a unit | `{Manifest}` |
            | a file | `overlay.d/{values.Layer}/` |
            | a package repository | a `*.sources` file beside `{Manifest}`, its id under `repos:` |
            | a test | an executable file in `kola-tests/`, as `kola-tests/first/motd` |
            | a CI job | `.github/workflows/build.yaml`, `Jenkinsfile` |

            """;
    }
}
