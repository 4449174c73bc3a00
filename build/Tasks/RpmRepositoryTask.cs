using Cake.Frosting;
using Pipeline.Build.Rpm;
using Pipeline.Cli.Commands;
using Pipeline.Compose;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Build.Tasks;

/// <summary>Debian packages → a signed RPM repository.</summary>
[TaskName("RpmRepository")]
[TaskDescription("Make the RPM repository that manifests/rpm-minimal.yaml is composed from: --arch=ARCH, --mirror=ID=URL of Debian's")]
internal sealed class RpmRepositoryTask : AsyncFrostingTask<BuildContext>
{
    public override Task RunAsync(BuildContext context) =>
        context.VerbAsync(
            "fetch",
            async () =>
            {
                using var http = HttpStack.Create();
                await LocalRepository.MakeAsync(context, ComposeArguments.NewComposer(context.Services, http));
                return ExitClass.Done;
            }
        );
}

/// <summary>The RPM repository of this checkout, in <c>artifacts/rpm-repository</c>; served on loopback while it is read.</summary>
internal static class LocalRepository
{
    /// <summary>What it is made from.</summary>
    private const string Source = "manifests/rpm-source.yaml";

    /// <summary>The manifest that is composed from it.</summary>
    private const string Manifest = "rpm-minimal.yaml";

    /// <summary>The mirror of <c>rpm-minimal.repo</c>.</summary>
    private const string Mirror = "rpm-repository";

    /// <summary>
    /// The arguments of a compose with the mirror of this repository, and its server. A compose of another manifest, or one whose user
    /// says where the mirror is, stays as it is.
    /// </summary>
    public static async Task<(ComposeArguments Arguments, IAsyncDisposable? Server)> ForAsync(BuildContext context, Composer composer)
    {
        var arguments = context.Requests.Compose;
        var isGiven = arguments.Mirrors.Any(m => m.StartsWith($"{Mirror}=", StringComparison.Ordinal));
        if (Path.GetFileName(arguments.Manifest) != Manifest || isGiven)
        {
            return (arguments, null);
        }

        var server = RpmSigner.Serve(await MakeAsync(context, composer));
        return (arguments with { Mirrors = [.. arguments.Mirrors, $"{Mirror}={server.Url}"] }, server);
    }

    /// <summary>Makes what is missing of it, and puts its key beside the manifests.</summary>
    /// <returns>The directory.</returns>
    public static async Task<string> MakeAsync(BuildContext context, Composer composer)
    {
        var directory = context.Path("artifacts", "rpm-repository");
        var arguments = context.Requests.Compose with { Manifest = Source, Lock = null, Version = null };
        foreach (var request in arguments.Requests(context.Services))
        {
            var packages = await composer.FetchAsync(request.Lock, context.Cancellation);
            await new RpmRepositoryMaker(context.Programs, context.Reporter).MakeAsync(
                packages,
                request.Architecture,
                directory,
                context.Cancellation
            );
        }

        File.Copy(Path.Combine(directory, "key.asc"), context.Path("manifests", "keys", "rpm-repository.asc"), overwrite: true);
        context.Reporter.Note($"the RPM repository is '{directory}'");
        return directory;
    }
}
