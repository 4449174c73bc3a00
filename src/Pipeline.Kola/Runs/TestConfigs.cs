using Pipeline.Host.Files;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Kola.Runs;

/// <summary>Turns configs into checked Ignition text, before a boot is spent on them.</summary>
internal static class TestConfigs
{
    /// <summary>
    /// The test with its config as Ignition text, when it has one and is to run. Made once: what was digested is what a machine gets.
    /// </summary>
    /// <exception cref="PipelineException">The config has errors, or warnings that the test does not allow.</exception>
    public static SelectedTest Prepare(SelectedTest selected) =>
        selected is { Denial: not Denial.Skip, Test.Config: { } config }
            ? selected with
            {
                Ignition = Read(config, selected.Test.Header.AllowConfigWarnings),
            }
            : selected;

    /// <summary>The Ignition text of a file: Butane when its name ends in <c>.bu</c>, else Ignition.</summary>
    /// <exception cref="PipelineException">The config has errors.</exception>
    public static string Ignition(string path) =>
        Read(new(path, path.EndsWith(".bu", StringComparison.Ordinal), RegularFile.Read(path)), allowWarnings: true);

    private static string Read(TestConfig source, bool allowWarnings)
    {
        var problems = new DiagnosticBag();
        var (path, butane, bytes) = source;
        var config = butane
            ? Provisioner.Transpile(
                path,
                bytes,
                new() { LocalFiles = new LocalFiles(Path.GetDirectoryName(Path.GetFullPath(path))!) },
                problems
            )
            : Provisioner.ReadIgnition(path, bytes, problems);
        if (config is null || (!allowWarnings && problems.Items.Count > 0))
        {
            throw new PipelineException(
                problems.Items.Append(
                    KolaDiagnostics.BadIgnition(
                        path,
                        config is null
                            ? "not a config that a machine could use"
                            : "the config has warnings; remove their cause, or set 'allowConfigWarnings: true' in the test's header"
                    )
                )
            );
        }

        return Provisioner.Write(config, pretty: false);
    }
}
