using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>The config of a test's machine.</summary>
/// <param name="Path">Absolute path; files that a Butane config includes are beside it.</param>
/// <param name="Butane">Whether it is <c>config.bu</c>; otherwise <c>config.ign</c>.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record TestConfig(string Path, bool Butane, ReadOnlyMemory<byte> Content);

/// <summary>
/// One test: an executable and what stands beside it, as it was when the tests were found. What was digested is what runs.
/// </summary>
internal sealed record KolaTest
{
    /// <summary>Full name: <c>ext.PROJECT.SUBDIR….EXECUTABLE</c>; a sole <c>test.sh</c> drops its own name.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute path of the executable, for messages and its name; nothing is read there again.</summary>
    public required string Executable { get; init; }

    /// <summary>The executable's bytes.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>What it says about itself.</summary>
    public required TestHeader Header { get; init; }

    /// <summary>What is wrong with its header or the defaults beside it; a run that selects it is refused.</summary>
    public ValueList<Diagnostic> Problems { get; init; } = [];

    /// <summary>The config beside it, or <c>null</c>.</summary>
    public TestConfig? Config { get; init; }

    /// <summary>The files of the <c>data</c> directory beside it.</summary>
    public IReadOnlyList<TestDataFile> Data { get; init; } = [];

    /// <summary>Whether <c>PIPELINE_UPDATE_</c> occurs in it: the run then serves an update to the build.</summary>
    public bool NeedsUpdate { get; init; }

    /// <summary>sha256 over the executable, config and data: what decides whether it must run again.</summary>
    public required Digest Digest { get; init; }
}
