using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Kola.Runs;

/// <summary>Turns the config beside a test into Ignition text.</summary>
internal static class TestConfigs
{
    /// <summary>The Ignition text of a test that has a config.</summary>
    /// <exception cref="PipelineException">PL4022 the config cannot be used.</exception>
    public static string Ignition(KolaTest test) => test.ConfigKind switch
    {
        TestConfigKind.Ignition => IgnitionConfigs.Check(test.Config!, File.ReadAllText(test.Config!)),
        _ => throw new PipelineException(KolaDiagnostics.BadIgnition(test.Config!, "Butane configs of tests are not read yet; write config.ign")),
    };
}
