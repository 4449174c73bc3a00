using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Versions;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Evidence;

namespace Pipeline.Releases.Desks;

/// <summary>One architecture of what is to be released.</summary>
/// <param name="Architecture">RPM spelling.</param>
/// <param name="Meta">Its meta.json as the user would name it; the record of its tests lies beside it.</param>
/// <param name="Commit">The commit that would be released; <c>null</c> when it is the one in <paramref name="Meta"/>.</param>
internal sealed record GatedBuild(string Architecture, string Meta, string? Commit);

/// <summary>What is to be released, and where an override is recorded.</summary>
/// <param name="Version">The version.</param>
/// <param name="Stream">The stream.</param>
/// <param name="Builds">Its architectures.</param>
/// <param name="Override">Why it is released although it did not pass; <c>null</c> refuses it then.</param>
/// <param name="Document">The document it goes into; the record of an override is the file of that name with <c>.overrides</c>.</param>
/// <param name="DryRun">Write no record.</param>
internal sealed record GateRequest(
    string Version,
    string Stream,
    IReadOnlyList<GatedBuild> Builds,
    string? Override,
    string Document,
    bool DryRun
);

/// <summary>
/// Lets only builds into the documents of production streams that have the proof of <see cref="TestedBuild"/>. The proof is made again
/// each time from what is recorded beside the builds.
/// </summary>
internal sealed class ReleaseGate(ReleaseServices services)
{
    /// <summary>Passes, or refuses with everything that is missing.</summary>
    /// <exception cref="PipelineException">PL6120–PL6129 (class 5): the builds are not proved, and there is no override.</exception>
    public async Task RequireAsync(GateRequest request, CancellationToken cancellationToken)
    {
        if (!StreamCodes.Production.Contains(request.Stream))
        {
            return;
        }

        var reasons = new DiagnosticBag();
        if (ReleaseVersion.TryParse(request.Version, out var version) && version.IsDev)
        {
            reasons.Add(EvidenceDiagnostics.Development(request.Version, request.Stream));
        }

        foreach (var build in request.Builds)
        {
            await ProveAsync(request, build, reasons, cancellationToken);
        }

        if (!reasons.HasErrors)
        {
            return;
        }

        if (request.Override is not { } why)
        {
            throw new PipelineException([.. reasons.Items, EvidenceDiagnostics.HowToOverride(request.Version, request.Stream)]);
        }

        foreach (var reason in reasons.Items)
        {
            services.Reporter.Report(reason with { Severity = Severity.Warning, Exit = default });
        }

        if (!request.DryRun)
        {
            await RecordAsync(request, why, reasons.Items, cancellationToken);
        }
    }

    private async Task<TestedBuild?> ProveAsync(
        GateRequest request,
        GatedBuild build,
        DiagnosticBag reasons,
        CancellationToken cancellationToken
    )
    {
        var path = services.FullPath(build.Meta);
        if (!File.Exists(path))
        {
            reasons.Add(EvidenceDiagnostics.NoBuild(request.Version, build.Architecture, build.Meta));
            return null;
        }

        var bytes = await DocumentFile.ReadBytesAsync(path, build.Meta, cancellationToken);
        if (JsonText.Parse(build.Meta, bytes, reasons) is not JsonTextObject meta)
        {
            return null;
        }

        var commit = (meta.Find("ostree-commit") as JsonTextString)?.Value;
        if (build.Commit is { } released && released != commit)
        {
            reasons.Add(EvidenceDiagnostics.OtherCommit(request.Version, build.Architecture, build.Meta));
            return null;
        }

        var shown = Path.GetDirectoryName(build.Meta) ?? "";
        return await TestedBuildGate.ProveAsync(meta, Path.GetDirectoryName(path)!, shown, TestPolicy.Any, reasons, cancellationToken);
    }

    /// <summary>One JSON object a line, so that two runs at once do not lose one.</summary>
    private async Task RecordAsync(GateRequest request, string why, IReadOnlyList<Diagnostic> reasons, CancellationToken cancellationToken)
    {
        var file = services.FullPath(request.Document + ".overrides");
        using var held = await DirectoryLock.AcquireAsync(Path.GetDirectoryName(file)!, cancellationToken);
        var before = RegularFile.Is(file) ? RegularFile.ReadText(file) : "";
        var line = new JsonTextObject([
            new("time", new JsonTextString(Moments.Stamp(services.Time.GetUtcNow()))),
            new("release", new JsonTextString(request.Version)),
            new("stream", new JsonTextString(request.Stream)),
            new("reason", new JsonTextString(why)),
            new("missing", new JsonTextArray([.. reasons.Select(r => new JsonTextString($"{r.Code}: {r.Message}"))])),
        ]);
        await AtomicFile.WriteAsync(file, before + JsonTextWriter.Write(line, JsonStyle.Compact).TrimEnd('\n') + "\n", cancellationToken);
        services.Reporter.Note($"recorded in '{request.Document}.overrides'");
    }
}
