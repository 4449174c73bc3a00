using Pipeline.Kola.Machines;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Tests;

/// <summary>One key of kola's test header.</summary>
/// <param name="Name">As written.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="Example">A value as it is written, for people; a test reads it.</param>
/// <param name="Read">Puts its value into the header.</param>
/// <param name="Show">The value that counts, also when the key is not written.</param>
internal sealed record HeaderKey(
    string Name,
    string Meaning,
    string Example,
    Func<TestHeader, YamlNode, DiagnosticBag, TestHeader> Read,
    Func<TestHeader, JsonTextNode> Show
)
{
    /// <summary>The version of this program that knew it first.</summary>
    public string Since { get; init; } = "0.1.0";

    /// <summary>What it asks of the machine; <c>null</c> when nothing.</summary>
    public Func<TestHeader, MachineShape, MachineShape>? Shape { get; init; }
}
