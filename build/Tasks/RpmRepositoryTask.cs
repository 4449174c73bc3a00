using Cake.Frosting;
using Pipeline.Build.Rpm;
using Pipeline.Cli.Commands;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Build.Tasks;

/// <summary>Debian packages → a signed RPM repository.</summary>
[TaskName("RpmRepository")]
[TaskDescription("Make the RPM repository that manifests/rpm-minimal.yaml is composed from: --arch=ARCH, --mirror=ID=URL of Debian's")]
internal sealed class RpmRepositoryTask : AsyncFrostingTask<BuildContext>
{
    /// <summary>What it is made from.</summary>
    private const string Source = "manifests/rpm-source.yaml";

    public override Task RunAsync(BuildContext context) =>
        context.VerbAsync(
            "fetch",
            async () =>
            {
                using var http = HttpStack.Create();
                var composer = ComposeArguments.NewComposer(context.Services, http);
                foreach (var request in (context.Requests.Compose with { Manifest = Source, Lock = null }).Requests(context.Services))
                {
                    var packages = await composer.FetchAsync(request.Lock, context.Cancellation);
                    var directory = context.Path("artifacts", "rpm-repository");
                    var made = await new RpmRepositoryMaker(context.Programs, context.Reporter).MakeAsync(
                        packages,
                        request.Architecture,
                        directory,
                        context.Cancellation
                    );
                    File.Copy(Path.Combine(directory, "key.asc"), context.Path("manifests", "keys", "rpm-repository.asc"), overwrite: true);
                    context.Reporter.Note($"the repository is '{made}'");
                }

                return ExitClass.Done;
            }
        );
}
