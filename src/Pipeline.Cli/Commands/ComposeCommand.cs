using System.CommandLine;
using Pipeline.Compose;
using Pipeline.Host.Net;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline compose</c>: from a manifest to an OSTree commit of a build.</summary>
internal sealed class ComposeCommand : Verb
{
    private readonly Argument<string> _manifest = new("MANIFEST")
    {
        Description = "Root manifest",
        DefaultValueFactory = _ => "manifests/container-host.yaml",
    };
    private readonly Option<string?> _arch = new("--arch") { Description = "Architecture (default: this machine's)", HelpName = "ARCH" };
    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "Stream the build is for; also the variable 'stream'",
        HelpName = "NAME",
    };
    private readonly Option<string[]> _variables = new("--var")
    {
        Description = "Define a variable; wins over the manifest's",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string?> _lock = new("--lock")
    {
        Description = "Compose exactly the packages of a lockfile",
        HelpName = "FILE",
    };
    private readonly Option<string?> _version = new("--version")
    {
        Description = "Version of the build (default: the next number of its day)",
        HelpName = "VERSION",
    };
    private readonly Option<string[]> _mirrors = new("--mirror")
    {
        Description = "Where a mirror of the repositories is; may be repeated",
        HelpName = "ID=URL",
    };
    private readonly Option<bool> _offline = new("--offline") { Description = "Use what the cache has, do not touch the network" };
    private readonly Option<bool> _force = new("--force") { Description = "Make it again although nothing changed" };
    private readonly Option<bool> _official = new("--official") { Description = "Number the build without 'dev'" };
    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "Fail instead of waiting for another compose in the work directory",
    };
    private readonly Option<bool> _json = JsonOption();

    public ComposeCommand(Services services)
        : base(
            "compose",
            "Compose a build: packages to an OSTree commit",
            "pipeline compose",
            "pipeline compose manifests/minimal.yaml --stream testing-devel --json"
        )
    {
        Arguments.Add(_manifest);
        foreach (
            var option in (Option[])[_arch, _stream, _variables, _lock, _version, _mirrors, _offline, _force, _official, _noWait, _json]
        )
        {
            Options.Add(option);
        }

        Run((parsed, cancellationToken) => RunAsync(services, parsed, cancellationToken));
    }

    private async Task<ExitClass> RunAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
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
        ComposeResult result;
        try
        {
            result = await composer.ComposeAsync(Request(services, parsed), cancellationToken);
        }
        catch (InsideFailedException e)
        {
            return (ExitClass)e.Code;
        }

        // The process outside prints the answer; this one may be its child.
        if (!UserNamespace.IsInside)
        {
            await services.Output.WriteAsync(
                parsed.GetValue(_json)
                    ? Json(result)
                    : $"{result.Id} {result.Architecture}{(result.Unchanged ? " (nothing changed)" : "")}\ncommit {result.Commit}\n{result.Directory}\n"
            );
        }

        return ExitClass.Done;
    }

    private ComposeRequest Request(Services services, ParseResult parsed)
    {
        var variables = new Dictionary<string, string>(
            ManifestShowCommand.ReadVariables(parsed.GetValue(_variables)),
            StringComparer.Ordinal
        );
        if (parsed.GetValue(_stream) is { } stream)
        {
            variables.TryAdd("stream", stream);
        }

        return new()
        {
            Lock = new()
            {
                ManifestPath = services.FullPath(parsed.GetValue(_manifest)!),
                ManifestDisplay = parsed.GetValue(_manifest)!,
                Architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_arch)),
                WorkDirectory = services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)),
                Variables = variables,
                Mirrors = Mirrors(parsed.GetValue(_mirrors) ?? []),
                LockFile = parsed.GetValue(_lock) is { } file ? services.FullPath(file) : null,
                Offline = parsed.GetValue(_offline),
            },
            Stream = parsed.GetValue(_stream),
            Version = parsed.GetValue(_version),
            Force = parsed.GetValue(_force),
            Development = !parsed.GetValue(_official),
            Wait = !parsed.GetValue(_noWait),
        };
    }

    private static Dictionary<string, string> Mirrors(IEnumerable<string> items)
    {
        var mirrors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !Uri.TryCreate(item[(equals + 1)..], UriKind.Absolute, out _))
            {
                throw new PipelineException(
                    Diagnostic.Error(
                        "PL2305",
                        $"'{item}' is not a mirror",
                        hint: "write --mirror ID=URL, where a repository has ${mirror:ID}"
                    )
                );
            }

            mirrors[item[..equals]] = item[(equals + 1)..];
        }

        return mirrors;
    }

    private static string Json(ComposeResult result) =>
        JsonTextWriter.Write(
            new JsonTextObject([
                new("id", new JsonTextString(result.Id)),
                new("version", new JsonTextString(result.Version)),
                new("commit", new JsonTextString(result.Commit)),
                new("arch", new JsonTextString(result.Architecture.Name)),
                new("unchanged", new JsonTextBool(result.Unchanged)),
                new("dir", new JsonTextString(result.Directory)),
            ]),
            JsonStyle.Pretty
        );
}
