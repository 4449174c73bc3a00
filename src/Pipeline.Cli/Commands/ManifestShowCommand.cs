using System.CommandLine;
using Pipeline.Compose;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline manifest show</c>: the flattened manifest.</summary>
internal sealed class ManifestShowCommand : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "Root manifest" };
    private readonly Option<string?> _arch = new("--arch")
    {
        Description = "Architecture to flatten for (default: this machine's)",
        HelpName = "ARCH",
    };
    private readonly Option<string[]> _variables = new("--var")
    {
        Description = "Define a variable; wins over the manifest's",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string?> _buildArgs = new("--build-args")
    {
        Description = "Define releasever, id, stream and osversion by a build-args.conf; --var wins",
        HelpName = "FILE",
    };
    private readonly Option<bool> _json = JsonOption();

    public ManifestShowCommand(Services services)
        : base(
            "show",
            "Shows a manifest with its includes merged, for one architecture",
            "pipeline manifest show manifests/container-host.yaml --arch aarch64 --var stream=testing"
        )
    {
        Arguments.Add(_file);
        Options.Add(_arch);
        Options.Add(_variables);
        Options.Add(_buildArgs);
        Options.Add(_json);
        Run(
            (parsed, _) =>
            {
                var variables = BuildArgumentFiles.Read(services, parsed.GetValue(_buildArgs));
                foreach (var (name, value) in ReadVariables(parsed.GetValue(_variables)))
                {
                    variables[name] = value;
                }

                var query = new ManifestQuery(
                    services.FullPath(parsed.GetValue(_file)!),
                    parsed.GetValue(_file)!,
                    ReadArchitecture(parsed.GetValue(_arch)),
                    variables
                );
                using var http = HttpStack.Create();
                var composer = new Composer(
                    new()
                    {
                        Tools = services.Tools,
                        Reporter = services.Reporter,
                        Time = services.Time,
                        Environment = services.Environment,
                        Http = http,
                    }
                );
                var manifest = composer.ShowManifest(query);
                services
                    .Answer(exact: parsed.GetValue(_json))
                    .Write(parsed.GetValue(_json) ? JsonTextWriter.Write(manifest.Flattened, JsonStyle.Pretty) : Render(manifest));
                return Task.FromResult(ExitClass.Done);
            }
        );
    }

    /// <summary>An <c>--arch</c> value; the host's when not given.</summary>
    internal static Architecture ReadArchitecture(string? name) => name is null ? Architecture.Host : ArchitectureOption.Read(name);

    /// <summary><c>NAME=VALUE</c> items; the last of a name wins.</summary>
    internal static IReadOnlyDictionary<string, string> ReadVariables(string[]? items)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in items ?? [])
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (
                equals <= 0
                || !item[..equals].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
                || item.AsSpan(equals + 1).ContainsAny("${}")
            )
            {
                throw new PipelineException(
                    Diagnostic.Error("PL1092", $"'{item}' is not a variable", hint: "write --var NAME=VALUE, without '$', '{' and '}'")
                );
            }

            variables[item[..equals]] = item[(equals + 1)..];
        }

        return variables;
    }

    private static string Render(Manifest manifest)
    {
        var text = new StringWriter { NewLine = "\n" };
        Line(text, "name", manifest.Name);
        Line(text, "arch", manifest.Architecture.Name);
        Line(text, "ref", manifest.Ref ?? "-");
        Line(text, "release", manifest.ReleaseVersion ?? "-");
        Line(text, "repos", string.Join(' ', manifest.Repos.Select(r => r.Text)));
        Line(text, "recommends", manifest.Recommends ? "yes" : "no");
        Line(text, "documentation", manifest.Documentation ? "yes" : "no");
        Line(text, "target", manifest.DefaultTarget?.Text ?? "-");
        Line(text, "variables", string.Join(' ', manifest.Variables.Select(v => $"{v.Name}={v.Value}")));
        List(text, "packages", manifest.Packages.Select(p => $"{p.Text, -32} {p.Span}"));
        List(text, "excluded packages", manifest.ExcludePackages.Select(p => $"{p.Text, -32} {p.Span}"));
        List(text, "layers", manifest.Layers.Select(l => $"{l.Name, -32} {l.Span}"));
        List(text, "units", manifest.Units.Select(i => i.Text));
        List(text, "groups in /etc", manifest.EtcGroupMembers.Select(i => i.Text));
        List(text, "removed files", manifest.RemoveFiles.Select(i => i.Text));
        List(text, "postprocess", manifest.Postprocess.Select((s, i) => $"{i + 1}: {s.Split('\n')[0]}, {s.Count(c => c == '\n')} lines"));
        return text.ToString();
    }

    private static void Line(StringWriter text, string label, string value) => text.WriteLine($"{label, -14} {value}".TrimEnd());

    private static void List(StringWriter text, string title, IEnumerable<string> items)
    {
        var all = items.ToArray();
        if (all.Length > 0)
        {
            text.WriteLine($"{title} ({all.Length})");
            foreach (var item in all)
            {
                text.WriteLine($"  {item}");
            }
        }
    }
}
