using System.CommandLine;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Model.Configs;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline manifest check</c>: a manifest and the files beside it.</summary>
internal sealed class ManifestCheckCommand : Verb
{
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "image*.yaml, platforms.yaml, extensions.yaml, build-args.conf; every other file is a manifest",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _arch = new("--arch")
    {
        Description = "Architecture to flatten manifests for (default: this machine's)",
        HelpName = "ARCH",
    };
    private readonly Option<string[]> _variables = new("--var") { Description = "Define a variable of manifests", HelpName = "NAME=VALUE" };

    public ManifestCheckCommand(Services services)
        : base(
            "check",
            "Checks a manifest and the files beside it",
            "pipeline manifest check manifest.yaml image.yaml platforms.yaml extensions.yaml build-args.conf"
        )
    {
        Arguments.Add(_files);
        Options.Add(_arch);
        Options.Add(_variables);
        Run(
            (parsed, _) =>
            {
                var problems = new DiagnosticBag();
                foreach (var file in parsed.GetValue(_files)!)
                {
                    try
                    {
                        Check(services, file, parsed, problems);
                    }
                    catch (PipelineException e)
                    {
                        e.Diagnostics.ToList().ForEach(problems.Add);
                    }
                }

                problems.ThrowIfErrors();
                return Task.FromResult(ExitClass.Done);
            }
        );
    }

    private void Check(Services services, string file, ParseResult parsed, DiagnosticBag problems)
    {
        var path = services.FullPath(file);
        var (directory, display, name) = (Path.GetDirectoryName(path)!, Path.GetDirectoryName(file) ?? "", Path.GetFileName(path));
        var remarks = new List<Diagnostic>();
        var isImage = name.StartsWith("image", StringComparison.Ordinal) && name.EndsWith(".yaml", StringComparison.Ordinal);
        if (name == "build-args.conf")
        {
            BuildArgumentFiles.Read(services, file);
        }
        else if (isImage || name is "platforms.yaml" or "extensions.yaml")
        {
            var config = ConfigTexts.Open(directory, display, name) ?? throw new PipelineException(ImageConfigFiles.NotThere(file));
            var settings = new ImageSettingsReader(problems, remarks);
            _ =
                isImage ? settings.Image(config, null, n => ConfigTexts.Open(directory, display, n))
                : name == "platforms.yaml" ? settings.Platforms(config, new())
                : (object)ExtensionSet.Read(config, problems, remarks);
        }
        else
        {
            using var http = HttpStack.Create();
            var variables = ManifestShowCommand.ReadVariables(parsed.GetValue(_variables));
            var architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_arch));
            ComposeArguments.NewComposer(services, http).ShowManifest(new(path, file, architecture, variables));
        }

        remarks.ForEach(services.Reporter.Report);
    }
}
