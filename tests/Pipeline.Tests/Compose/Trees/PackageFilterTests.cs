using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Manifests;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Model.Manifests;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Trees;

/// <summary><c>remove-from-packages</c> and <c>install-langs</c>: what is laid of a package.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PackageFilterTests
{
    private static readonly string[] Paths =
    [
        "etc/app.conf",
        "usr/bin/app",
        "usr/lib/app/generators/one",
        "usr/lib/app/generators/two.d/three",
        "usr/share/locale/de/LC_MESSAGES/app.mo",
        "usr/share/locale/de_AT/LC_MESSAGES/app.mo",
        "usr/share/locale/fr/LC_MESSAGES/app.mo",
        "usr/share/locale/locale.alias",
        "usr/share/man/man1/app.1.gz",
        "usr/share/man/pt_BR/man1/app.1.gz",
    ];

    // Anywhere in the path; a directory that matches goes with all that is below it; /etc is where a commit has it.
    [TestCase("[app, /usr/lib/app/generators/.*]", "usr/lib/app/generators/one usr/lib/app/generators/two.d/three")]
    [TestCase("[app, /usr/lib/app/generators/one$]", "usr/lib/app/generators/one")]
    [TestCase("[app, two.d$]", "usr/lib/app/generators/two.d/three")]
    [TestCase("[app, ^/usr/etc/]", "etc/app.conf")]
    [TestCase("[app, ^/etc/]", "")]
    [TestCase("[app, /etc/app.conf, '/usr/bin/(?!other)']", "etc/app.conf usr/bin/app")]
    [TestCase("[other, .*]", "")]
    [TestCase("[app, APP]", "")]
    public void Files_that_a_pattern_matches_are_not_laid(string item, string removed) =>
        Assert.That(Paths.Except(Laid($"remove-from-packages: [{item}]")), Is.EquivalentTo(Words(removed)));

    [Test]
    public void Everything_of_a_package_can_be_removed() => Assert.That(Laid("remove-from-packages: [[app, .*]]"), Is.Empty);

    [TestCase("[de_DE.UTF-8]", "usr/share/locale/de/LC_MESSAGES/app.mo")]
    [TestCase("[de_AT]", "usr/share/locale/de/LC_MESSAGES/app.mo usr/share/locale/de_AT/LC_MESSAGES/app.mo")]
    [TestCase("[pt_BR, fr]", "usr/share/locale/fr/LC_MESSAGES/app.mo usr/share/man/pt_BR/man1/app.1.gz")]
    [TestCase("[d]", "")]
    public void Translations_into_other_languages_are_not_laid(string languages, string kept)
    {
        var laid = Laid($"install-langs: {languages}");

        Assert.That(
            laid.Where(p => p.Contains("/LC_MESSAGES/", StringComparison.Ordinal) || p.Contains("pt_BR", StringComparison.Ordinal)),
            Is.EquivalentTo(Words(kept))
        );
        Assert.That(laid, Is.SupersetOf(["usr/bin/app", "usr/share/locale/locale.alias", "usr/share/man/man1/app.1.gz"]));
    }

    [Test]
    public void All_languages_are_laid_when_one_of_them_is_all() => Assert.That(Laid("install-langs: [de, all]"), Is.EqualTo(Paths));

    [TestCase("de|at", true)]
    [TestCase("fr", false)]
    public void What_a_package_says_of_a_file_counts_before_its_place(string language, bool laid)
    {
        LayerEntry entry = new()
        {
            Path = "usr/share/locale/fr/words",
            Kind = TarKind.File,
            Language = language,
            Object = "o",
        };
        var package = HandmadeLayer.Package("app", "", ("conffiles", ""), Filtered("install-langs: [de]", entry));

        var tree = MergedTree.Of([package], DebFamily.Instance.Merging, documentation: true, ["de"]);

        Assert.That(tree.Nodes.Any(n => n.Path == entry.Path), Is.EqualTo(laid));
    }

    [TestCase("[[]]")]
    [TestCase("[[app]]")]
    [TestCase("[app]")]
    [TestCase("[[app, '(']]")]
    [TestCase("[[app, [x]]]")]
    public void What_is_no_package_with_patterns_is_an_error(string value) =>
        Assert.That(
            () => Read($"remove-from-packages: {value}"),
            Throws.Exception.With.Message.Contains("m.yaml:3:").And.Message.Contains("PL1033")
        );

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Laid(string keys) =>
        [.. Filtered(keys, [.. Paths.Select(p => new LayerEntry { Path = p, Kind = TarKind.File })]).Select(e => e.Path)];

    private static LayerEntry[] Filtered(string keys, params LayerEntry[] entries)
    {
        var package = HandmadeLayer.Package("app", "", ("conffiles", ""), entries);
        return new PackageFilter(Read(keys)).Of([package]).Single().Layer.Entries;
    }

    private static Manifest Read(string keys)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("m.yaml"), $"packages: [app]\nrepos: [r]\n{keys}\n");
        return ManifestReader
            .Read(
                new()
                {
                    Path = directory.File("m.yaml"),
                    Display = "m.yaml",
                    Architecture = Arch.X86_64,
                }
            )
            .Manifest;
    }
}
