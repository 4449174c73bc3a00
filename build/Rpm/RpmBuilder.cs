using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Build.Rpm;

/// <summary>Builds and signs packages with rpmbuild.</summary>
/// <param name="tools">Starts programs.</param>
/// <param name="architecture">What packages that are not for every architecture are for.</param>
/// <param name="output">Where they go.</param>
/// <param name="signer">Signs them.</param>
internal sealed class RpmBuilder(IToolRunner tools, Architecture architecture, string output, RpmSigner signer)
{
    /// <summary>The time of what has no file: 2024-01-01.</summary>
    private static readonly DateTimeOffset Epoch = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Makes the RPM of a Debian package.</summary>
    /// <param name="package">The package.</param>
    /// <param name="relations">Its relations, as lines of the preamble.</param>
    /// <param name="shared">Directories that it does not own.</param>
    /// <param name="place">A directory that is not there yet; it is removed afterwards.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task BuildAsync(
        DebPackage package,
        IEnumerable<string> relations,
        IReadOnlySet<string> shared,
        string place,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(place);
        var stage = Path.Combine(place, "stage");
        var payload = await RpmPayload.UnpackAsync(package, stage, Path.Combine(place, "data.tar"), tools, cancellationToken);
        var addition = RpmAdditions.Of(package);
        addition.Files(payload);
        await RunAsync(RpmSpec.Of(package, relations, addition, payload, shared), payload.Newest, place, cancellationToken);
        UnixFile.DeleteTree(place);
    }

    /// <summary>Makes a package without files.</summary>
    public async Task BuildGroupAsync(string spec, string place, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(place);
        await RunAsync(spec, Epoch, place, cancellationToken);
        UnixFile.DeleteTree(place);
    }

    private async Task RunAsync(string spec, DateTimeOffset date, string place, CancellationToken cancellationToken)
    {
        var file = Path.Combine(place, "package.spec");
        await File.WriteAllTextAsync(file, spec, cancellationToken);
        ValueList<string> definitions =
        [
            $"_topdir {place}",
            $"_tmppath {place}",
            $"_stage {Path.Combine(place, "stage")}",
            $"_rpmdir {Path.Combine(place, "made")}",
            "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
            "_binary_payload w1.zstdio",
            "_buildhost localhost",
            "use_source_date_epoch_as_buildtime 1",
            "clamp_mtime_to_source_date_epoch 1",
        ];
        await tools.RunAsync(
            new(
                "rpmbuild",
                ["-bb", "--quiet", "--target", architecture.Name, .. definitions.SelectMany(d => (string[])["--define", d]), file]
            )
            {
                Environment = new Dictionary<string, string>
                {
                    ["SOURCE_DATE_EPOCH"] = date.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                },
                MissingHint = "apt-get install rpm",
            },
            cancellationToken
        );
        var built = Directory.EnumerateFiles(Path.Combine(place, "made")).Single();
        await signer.SignPackageAsync(built, cancellationToken);
        File.SetLastWriteTimeUtc(built, date.UtcDateTime);
        File.Move(built, Path.Combine(output, Path.GetFileName(built)));
    }
}
