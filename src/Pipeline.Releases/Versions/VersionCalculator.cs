using System.Globalization;
using System.Text;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Tools;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Versions;

namespace Pipeline.Releases.Versions;

/// <summary>How the last number of a version is found.</summary>
internal enum IterationRule
{
    /// <summary>One above the highest of the same X.Y.Z in builds.json, else 0.</summary>
    Builds,

    /// <summary>The number of commits of the config since the day began.</summary>
    Commits,
}

/// <summary>What a version is made of.</summary>
/// <param name="Major">Major release of the base system.</param>
/// <param name="StreamCode">Which stream.</param>
/// <param name="Day">Day of the package set, UTC.</param>
/// <param name="Rule">How the last number is found.</param>
/// <param name="Dev">Whether it is for a desk: <c>devA</c>, always by <see cref="IterationRule.Builds"/>.</param>
/// <param name="Builds">The builds so far; <c>null</c> for none.</param>
/// <param name="ConfigDirectory">The config's git checkout, for <see cref="IterationRule.Commits"/>.</param>
internal sealed record VersionInputs(
    int Major,
    long StreamCode,
    DateOnly Day,
    IterationRule Rule,
    bool Dev,
    BuildsDocument? Builds,
    string? ConfigDirectory
);

/// <summary>Computes versions, and reserves them so that two runs never get the same one.</summary>
/// <param name="tools">Runs git.</param>
internal sealed class VersionCalculator(IToolRunner tools)
{
    private const int MostTries = 1000;

    /// <summary>The next version.</summary>
    /// <exception cref="PipelineException">git failed (class 1) or the config directory is missing (class 2).</exception>
    public async Task<ReleaseVersion> ComputeAsync(VersionInputs inputs, CancellationToken cancellationToken)
    {
        var iteration =
            inputs.Rule == IterationRule.Commits && !inputs.Dev ? await CommitsSinceAsync(inputs, cancellationToken) : NextInBuilds(inputs);
        return ReleaseVersion.Of(inputs.Major, inputs.Day, inputs.StreamCode, iteration, inputs.Dev);
    }

    /// <summary>Computes a version and takes it in a store; when somebody has it, the next free one.</summary>
    /// <param name="inputs">What the version is made of.</param>
    /// <param name="store">Where versions are taken, one object <c>versions/&lt;version&gt;.json</c> each, for ever.</param>
    /// <param name="owner">Says who took it; must differ between runs.</param>
    /// <param name="cancellationToken">Ends the work; a version already taken stays taken.</param>
    /// <exception cref="PipelineException">
    /// As <see cref="ComputeAsync"/>; PL5104 a thousand are taken (class 1); the store's own.
    /// </exception>
    public async Task<ReleaseVersion> ReserveAsync(
        VersionInputs inputs,
        IObjectStore store,
        string owner,
        CancellationToken cancellationToken
    )
    {
        var version = await ComputeAsync(inputs, cancellationToken);
        for (var tries = 0; tries < MostTries; tries++)
        {
            var content = Encoding.UTF8.GetBytes(
                $"{{\"version\":\"{version}\",\"owner\":{System.Text.Json.JsonSerializer.Serialize(owner)}}}\n"
            );
            if (await store.TryTakeAsync($"versions/{version}.json", content, ObjectHeaders.Private, cancellationToken))
            {
                return version;
            }

            version = ReleaseVersion.Of(version.Major, version.Day, version.StreamCode, version.Iteration!.Value + 1, version.IsDev);
        }

        throw new PipelineException(VersionDiagnostics.AllTaken(version.Text, MostTries));
    }

    private static long NextInBuilds(VersionInputs inputs) =>
        new VersionStem(inputs.Major.ToString("00", CultureInfo.InvariantCulture), inputs.Day, inputs.StreamCode, inputs.Dev).NextIteration(
            (inputs.Builds?.Builds ?? []).Select(b => b.Id)
        );

    private async Task<long> CommitsSinceAsync(VersionInputs inputs, CancellationToken cancellationToken)
    {
        if (inputs.ConfigDirectory is null)
        {
            throw new PipelineException(VersionDiagnostics.NoConfig());
        }

        // The zone is explicit: without it git counts from local midnight, and two builders disagree.
        var since = inputs.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + "T00:00:00Z";
        var result = await tools.RunAsync(
            new("git", ["-C", inputs.ConfigDirectory, "rev-list", "--count", "--after", since, "HEAD"]),
            cancellationToken
        );
        return long.Parse(result.Text.Trim(), CultureInfo.InvariantCulture);
    }
}
