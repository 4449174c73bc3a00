using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>How a test's machine is configured.</summary>
internal enum TestConfigKind
{
    /// <summary>No config.</summary>
    None,

    /// <summary><c>config.ign</c>.</summary>
    Ignition,

    /// <summary><c>config.bu</c>.</summary>
    Butane,
}

/// <summary>One test: an executable and what stands beside it.</summary>
internal sealed record KolaTest
{
    /// <summary>Full name: <c>ext.PROJECT.SUBDIR….EXECUTABLE</c>; a sole <c>test.sh</c> drops its own name.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute path of the executable.</summary>
    public required string Executable { get; init; }

    /// <summary>What it says about itself.</summary>
    public required TestHeader Header { get; init; }

    /// <summary>Which config stands beside it.</summary>
    public TestConfigKind ConfigKind { get; init; }

    /// <summary>Path of the config, or <c>null</c>.</summary>
    public string? Config { get; init; }

    /// <summary>The directory that the tests were found in; nothing is read outside of it.</summary>
    public required string Root { get; init; }

    /// <summary>The <c>data</c> directory beside it, relative to <see cref="Root"/>, or <c>null</c>.</summary>
    public string? Data { get; init; }

    /// <summary>Whether it speaks of <c>PIPELINE_UPDATE_…</c>: the run then serves an update to the build.</summary>
    public bool NeedsUpdate { get; init; }

    /// <summary>sha256 over the executable, config and data: what decides whether it must run again.</summary>
    public required Digest Digest { get; init; }
}
