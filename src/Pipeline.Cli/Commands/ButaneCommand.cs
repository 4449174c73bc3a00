using System.CommandLine;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline butane</c>: Butane to Ignition.</summary>
internal sealed class ButaneCommand : Verb
{
    private readonly Argument<string> _file = ConfigFiles.FileArgument();
    private readonly Option<bool> _check = new("--check", "-c") { Description = "Only check, write nothing" };
    private readonly Option<bool> _strict = new("--strict", "-s") { Description = "Fail on warnings" };
    private readonly Option<bool> _pretty = ConfigFiles.PrettyOption();
    private readonly Option<string?> _filesDir = new("--files-dir", "-d")
    {
        Description = "Directory that local files are read from; nothing outside of it is",
        HelpName = "DIR",
    };
    private readonly Option<string?> _output = ConfigFiles.OutputOption();

    public ButaneCommand(Services services)
        : base(
            "butane",
            "Translates a Butane config to an Ignition config",
            "pipeline butane --strict --pretty --files-dir files config.bu",
            "pipeline butane < config.bu > config.ign"
        )
    {
        Arguments.Add(_file);
        Options.Add(_check);
        Options.Add(_strict);
        Options.Add(_pretty);
        Options.Add(_filesDir);
        Options.Add(_output);
        Subcommands.Add(new ButaneSchemaCommand(services));
        Run((parsed, cancellationToken) => RunAsync(services, parsed, cancellationToken));
    }

    private async Task<ExitClass> RunAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (name, bytes) = await ConfigFiles.ReadAsync(services, parsed.GetValue(_file)!, cancellationToken);
        var directory = parsed.GetValue(_filesDir);
        var options = new ButaneOptions { LocalFiles = directory is null ? null : new LocalFiles(services.FullPath(directory)) };
        var problems = new DiagnosticBag();
        var config = Provisioner.Transpile(name, bytes, options, problems);
        ConfigFiles.Report(services, problems, parsed.GetValue(_strict));
        if (!parsed.GetValue(_check))
        {
            await ConfigFiles.WriteAsync(
                services,
                parsed.GetValue(_output),
                Provisioner.Write(config!, parsed.GetValue(_pretty)),
                cancellationToken
            );
        }

        return ExitClass.Done;
    }
}
