using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Compose;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline package inspect</c>: what is in a package file.</summary>
internal sealed class PackageInspectCommand : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A .deb or .rpm" };
    private readonly Option<string[]> _keys = new("--key")
    {
        Description = "OpenPGP keys that may have signed it, binary or armoured; repeatable",
        HelpName = "FILE",
    };
    private readonly Option<bool> _json = JsonOption();

    public PackageInspectCommand(Services services)
        : base(
            "inspect",
            "Shows what is in a .deb or .rpm and checks its digests; with --key also its signatures",
            "pipeline package inspect bash-5.2.26-3.x86_64.rpm --key RPM-GPG-KEY",
            "pipeline package inspect bash_5.2-3_amd64.deb --json"
        )
    {
        Arguments.Add(_file);
        Options.Add(_keys);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var query = new PackageQuery(
                    services.FullPath(parsed.GetValue(_file)!),
                    parsed.GetValue(_file)!,
                    [.. (parsed.GetValue(_keys) ?? []).Select(services.FullPath)]
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
                var report = await composer.InspectPackageAsync(query, cancellationToken);
                await services
                    .Answer(exact: parsed.GetValue(_json))
                    .WriteAsync(parsed.GetValue(_json) ? AnswerJson.Pretty(PackageAnswer.Json(report)) : PackageAnswer.Text(report));
                if (report.Problem is not { } problem)
                {
                    return ExitClass.Done;
                }

                services.Reporter.Report(
                    Diagnostic.Error(
                        "PL2008",
                        $"'{query.Display}' is not trusted: {problem}",
                        hint: "do not install it; fetch it again from its repository",
                        exit: ExitClass.Refused
                    )
                );
                return ExitClass.Refused;
            }
        );
    }
}
