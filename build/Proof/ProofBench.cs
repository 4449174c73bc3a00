using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Build.Proof;

/// <summary>What a part works with: the checkout, a directory of its own and its log.</summary>
/// <param name="tools">Starts programs.</param>
/// <param name="root">The checkout.</param>
/// <param name="directory">The part's own directory; empty when it starts, removed when it passed.</param>
/// <param name="log">Where the output of its programs goes.</param>
internal sealed class ProofBench(IToolRunner tools, string root, string directory, TextWriter log)
{
    private readonly Lock _gate = new();

    /// <summary>The part's own directory.</summary>
    public string Directory => directory;

    /// <summary>The checkout.</summary>
    public string Root => root;

    /// <summary>Runs a program of the checkout and returns its standard output; both of its streams go to the log.</summary>
    /// <param name="program">A name, or a path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Variables on top of the user's own.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="Pipeline.Model.Diagnostics.PipelineException">PL0301 it failed.</exception>
    public async Task<string> RunAsync(
        string program,
        ValueList<string> arguments,
        IReadOnlyDictionary<string, string> variables,
        CancellationToken cancellationToken
    )
    {
        var environment = Tasks.Verbs.Inherited();
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        var command = new ToolCommand(program, arguments)
        {
            WorkingDirectory = root,
            Environment = environment,
            GracePeriod = TimeSpan.FromSeconds(30),
            OnErrorLine = Write,
        };
        Write($"$ {command}");
        var text = (await tools.RunAsync(command, cancellationToken)).Text;
        Write(text);
        return text;
    }

    private void Write(string line)
    {
        lock (_gate)
        {
            log.WriteLine(line);
            log.Flush();
        }
    }
}
