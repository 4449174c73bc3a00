using System.CommandLine;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Provisioning;

namespace Pipeline.Cli.Commands;

/// <summary>What the verbs about configs share: reading a file or standard input, reporting problems, writing the answer.</summary>
internal static class ConfigFiles
{
    private const string StandardInput = "<stdin>";

    /// <summary>A fresh <c>FILE</c> argument.</summary>
    public static Argument<string> FileArgument() =>
        new("FILE") { Description = "The config, or - for standard input", DefaultValueFactory = _ => "-" };

    /// <summary>A fresh <c>--output</c> option.</summary>
    public static Option<string?> OutputOption() =>
        new("--output", "-o") { Description = "Write to this file instead of standard output", HelpName = "FILE" };

    /// <summary>A fresh <c>--pretty</c> option.</summary>
    public static Option<bool> PrettyOption() => new("--pretty", "-p") { Description = "Indent the JSON" };

    /// <summary>The bytes of a file the user named, and its name for problems.</summary>
    public static async Task<(string Name, byte[] Bytes)> ReadAsync(Services services, string file, CancellationToken cancellationToken)
    {
        var limit = TextLimits.Default.MaxLength;
        if (file != "-" && Directory.Exists(services.FullPath(file)))
        {
            throw new PipelineException(
                Diagnostic.Error("PL7271", $"'{file}' is a directory, not a config", hint: "name a file in it, or - for standard input")
            );
        }

        await using var stream = file == "-" ? services.Input() : RegularFile.OpenNamed(services.FullPath(file));
        var name = file == "-" ? StandardInput : file;

        // The readers refuse more; there is no need to hold what a pipe goes on to say.
        var bytes = await stream.ReadAtMostAsync(limit + 3L, cancellationToken);
        return bytes is not null
            ? (name, bytes)
            : throw new PipelineException(
                Diagnostic.Error("PL7009", $"the config is larger than {ByteSize.FromBytes(limit)}", new SourceSpan(name, 1, 1))
            );
    }

    /// <summary>Reports all problems; with <paramref name="strict"/> a warning is an error.</summary>
    /// <exception cref="PipelineException">There is an error.</exception>
    public static void Report(Services services, DiagnosticBag problems, bool strict = false)
    {
        var items = strict
            ?
            [
                .. problems.Items.Select(d =>
                    d.Severity == Severity.Warning ? d with { Severity = Severity.Error, Exit = ExitClass.BadInput } : d
                ),
            ]
            : problems.Items;
        if (items.Any(d => d.Severity == Severity.Error))
        {
            throw new PipelineException(items);
        }

        foreach (var item in items)
        {
            services.Reporter.Report(item);
        }
    }

    /// <summary>Reads an Ignition config and reports its problems.</summary>
    /// <exception cref="PipelineException">There is an error.</exception>
    public static async Task<IgnitionConfig> ReadIgnitionAsync(Services services, string file, CancellationToken cancellationToken)
    {
        var (name, bytes) = await ReadAsync(services, file, cancellationToken);
        var problems = new DiagnosticBag();
        var config = Provisioner.ReadIgnition(name, bytes, problems);
        Report(services, problems);
        return config!;
    }

    /// <summary>Writes text to a file, or to standard output with a final line feed.</summary>
    public static Task WriteAsync(Services services, string? output, string text, CancellationToken cancellationToken)
    {
        var ended = text.EndsWith('\n') ? text : text + "\n";
        if (output is not (null or "-"))
        {
            // A directory that is made because of a slip of the pen hides the slip.
            var full = services.FullPath(output);
            if (Directory.Exists(full) || !Directory.Exists(Path.GetDirectoryName(full)))
            {
                throw new PipelineException(
                    Directory.Exists(full)
                        ? Diagnostic.Error("PL7272", $"'{output}' is a directory", hint: "name a file in it")
                        : Diagnostic.Error(
                            "PL7272",
                            $"the directory of '{output}' does not exist",
                            hint: $"mkdir -p {Path.GetDirectoryName(output)}"
                        )
                );
            }

            return AtomicFile.WriteAsync(services.FullPath(output), ended, cancellationToken);
        }

        services.Output.Write(ended);
        return Task.CompletedTask;
    }
}
