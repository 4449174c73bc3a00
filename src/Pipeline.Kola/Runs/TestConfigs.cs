using Pipeline.Host.Files;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Provisioning;

namespace Pipeline.Kola.Runs;

/// <summary>Turns configs into Ignition text that the OS under test reads, before a boot is spent on them.</summary>
/// <param name="reads">The newest final version of Ignition's specification that the OS reads; <c>null</c> when unknown.</param>
internal sealed class TestConfigs(IgnitionVersion? reads)
{
    private readonly DiagnosticBag _problems = new();
    private readonly List<Diagnostic> _remarks = [];

    /// <summary>What to say about configs that can be used: warnings that are allowed, and what was translated.</summary>
    public IReadOnlyList<Diagnostic> Remarks => _remarks;

    /// <summary>
    /// The tests with their configs as Ignition text, when they have one and are to run. Made once: what was digested is what a machine
    /// gets.
    /// </summary>
    /// <exception cref="PipelineException">All problems of all configs: errors, and warnings that a test does not allow.</exception>
    public SelectedTest[] Prepare(IReadOnlyList<SelectedTest> tests)
    {
        var made = new Dictionary<(string Path, bool AllowWarnings), string>();
        var prepared = new SelectedTest[tests.Count];
        for (var i = 0; i < tests.Count; i++)
        {
            prepared[i] = tests[i];
            if (tests[i] is { Denial: not Denial.Skip, Test.Config: { } config } test)
            {
                var key = (config.Path, test.Test.Header.AllowConfigWarnings);
                if (!made.TryGetValue(key, out var text))
                {
                    made[key] = text = Read(config, key.AllowConfigWarnings, "set 'allowConfigWarnings: true' in the test's header");
                }

                prepared[i] = tests[i] with { Ignition = text };
            }
        }

        _problems.ThrowIfErrors();
        return prepared;
    }

    /// <summary>The Ignition texts of files that a user names.</summary>
    /// <param name="ignition">Path of an Ignition config, or of a Butane config; <c>null</c> for none.</param>
    /// <param name="butane">Path of a Butane config; <c>null</c> for none.</param>
    /// <exception cref="PipelineException">All problems of both.</exception>
    public ValueList<string> OfUser(string? ignition, string? butane = null)
    {
        ValueList<string> texts =
        [
            .. ignition is null ? Array.Empty<string>() : [OfFile(ignition, ignition.EndsWith(".bu", StringComparison.Ordinal))],
            .. butane is null ? Array.Empty<string>() : [OfFile(butane, butane: true)],
        ];
        _problems.ThrowIfErrors();
        return texts;
    }

    private string OfFile(string path, bool butane) => Read(new(path, butane, RegularFile.Read(path)), allowWarnings: true, "");

    /// <summary>The text; empty after an error, which is among the problems.</summary>
    private string Read(TestConfig source, bool allowWarnings, string allow)
    {
        var problems = new DiagnosticBag();
        var (path, butane, bytes) = source;
        if (!butane && Provisioner.IsButane(bytes))
        {
            butane = true;
            _remarks.Add(KolaDiagnostics.ButaneAsIgnition(path));
        }

        var config = butane
            ? Provisioner.Transpile(
                path,
                bytes,
                new() { LocalFiles = new LocalFiles(Path.GetDirectoryName(Path.GetFullPath(path))!) },
                problems
            )
            : Provisioner.ReadIgnition(path, bytes, problems);
        if (config is not null && reads is not null)
        {
            Provisioner.RequireReadable(config, reads, problems);
        }

        if (config is not null && !problems.HasErrors && (allowWarnings || problems.Items.Count == 0))
        {
            _remarks.AddRange(problems.Items);
            return Provisioner.Write(config, pretty: false);
        }

        foreach (var problem in problems.Items)
        {
            _problems.Add(problem);
        }

        if (config is null || !problems.HasErrors)
        {
            _problems.Add(
                KolaDiagnostics.BadIgnition(
                    path,
                    config is null ? "not a config that a machine could use" : $"the config has warnings; remove their cause, or {allow}"
                )
            );
        }

        return "";
    }
}
