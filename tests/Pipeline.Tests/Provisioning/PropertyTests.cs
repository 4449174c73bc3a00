using FsCheck;
using FsCheck.Fluent;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>Laws that hold for every valid config; seeds come from FsCheck, configs from the definition.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PropertyTests
{
    [Test]
    public void Printing_and_reading_again_gives_the_same_config() =>
        ForEachValid(
            (config, _) =>
            {
                var compact = Provisioner.Write(config, pretty: false);
                return TestFiles.Parse(compact).Equals(config)
                    && TestFiles.Parse(Provisioner.Write(config, pretty: true)).Equals(config)
                    && Provisioner.Write(TestFiles.Parse(compact), pretty: false) == compact;
            }
        );

    [Test]
    public void Merging_with_the_empty_config_changes_nothing() =>
        ForEachValid(
            (config, _) =>
            {
                var empty = Provisioner.Empty(config.Version);
                return config.Equals(Provisioner.Merge(config, empty, new())) && config.Equals(Provisioner.Merge(empty, config, new()));
            }
        );

    [Test]
    public void Merging_a_config_over_itself_only_repeats_what_appends() =>
        ForEachValid(
            (config, _) =>
            {
                var merged = Provisioner.Merge(config, config, new());
                return merged is not null
                    && merged.Storage.Files.Count() == config.Storage.Files.Count()
                    && merged.Units.Count() == config.Units.Count();
            }
        );

    [Test]
    public void An_upgrade_never_turns_a_valid_config_invalid() =>
        ForEachValid(
            (config, seed) =>
            {
                var to = IgnitionVersion.Of(config.Version.Minor + (seed % (8 - config.Version.Minor)));
                var problems = new DiagnosticBag();
                var upgraded = Provisioner.Upgrade(config, to, problems);

                // Refused with a reason, or valid: never a config that its own version rejects.
                return upgraded is null
                    ? problems.HasErrors
                    : upgraded.Version == to && TestFiles.Parse(Provisioner.Write(upgraded, pretty: false)).Equals(upgraded);
            }
        );

    [Test]
    public void A_merged_config_is_valid_or_refused() =>
        ForEachValid(
            (config, seed) =>
            {
                var other = Make(seed + 1_000_003, IgnitionVersion.Of(seed % 8));
                var problems = new DiagnosticBag();
                return other is null
                    || (
                        Provisioner.Merge(config, other, problems) is { } merged
                            ? TestFiles.Parse(Provisioner.Write(merged, pretty: false)).Equals(merged)
                            : problems.HasErrors
                    );
            }
        );

    [Test]
    public void What_is_embedded_comes_out_again() =>
        Prop.ForAll<byte[]>(bytes =>
            {
                var (source, compression) = Provisioner.Embed(bytes);
                var config = TestFiles.Parse(
                    $$$"""
                    {"ignition":{"version":"3.3.0"},"storage":{"files":[
                    {"path":"/a","contents":{"source":"{{{source}}}","compression":"{{{compression}}}"}}]}}
                    """
                );
                return config.Storage.Files.Single().Contents!.Embedded(int.MaxValue)!.SequenceEqual(bytes);
            })
            .QuickCheckThrowOnFailure();

    private static void ForEachValid(Func<IgnitionConfig, int, bool> law)
    {
        var valid = 0;
        Prop.ForAll(
                Gen.Choose(0, 10_000_000).ToArbitrary(),
                seed =>
                {
                    var config = Make(seed, IgnitionVersion.Of(seed % 8));
                    valid += config is null ? 0 : 1;
                    return config is null || law(config, seed);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));
        Assert.That(valid, Is.GreaterThan(100), "the generator makes too few valid configs to prove anything");
    }

    private static IgnitionConfig? Make(int seed, IgnitionVersion version) =>
        Provisioner.ReadIgnition(
            "c.ign",
            JsonTextWriter.Write(new ConfigGenerator(seed) { Badness = 3 }.Config(version), JsonStyle.Compact),
            new DiagnosticBag()
        );
}
