using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline butane schema</c>: a JSON Schema for editors.</summary>
internal sealed class ButaneSchemaCommand : Verb
{
    private readonly Option<string> _variant = new("--variant")
    {
        Description = "fcos or flatcar",
        HelpName = "NAME",
        DefaultValueFactory = _ => "fcos",
    };
    private readonly Option<string?> _version = new("--spec-version")
    {
        Description = "Version of the variant (default: the newest that is not experimental)",
        HelpName = "VERSION",
    };

    public ButaneSchemaCommand(Services services)
        : base(
            "schema",
            "Prints a JSON Schema of Butane configs, for editors",
            "pipeline butane schema --variant fcos --spec-version 1.5.0 > fcos.json"
        )
    {
        Options.Add(_variant);
        Options.Add(_version);
        Run(
            (parsed, _) =>
            {
                var variant = parsed.GetValue(_variant)!;
                var version =
                    parsed.GetValue(_version) ?? ButaneVersion.All.LastOrDefault(v => v.Variant == variant && !v.Experimental)?.Version;
                if (!ButaneVersion.TryFind(variant, version, out var found))
                {
                    if (Provisioner.ExplainVariant(variant) is { } foreign)
                    {
                        throw new PipelineException(foreign);
                    }

                    var what = version is null
                        ? $"unsupported variant '{variant}'"
                        : $"unsupported variant and version '{variant}' '{version}'";
                    throw new PipelineException(Diagnostic.Error("PL7270", what, hint: $"one of {string.Join(", ", ButaneVersion.All)}"));
                }

                services.Output.Write(Provisioner.ButaneSchema(found));
                return Task.FromResult(ExitClass.Done);
            }
        );
    }
}
