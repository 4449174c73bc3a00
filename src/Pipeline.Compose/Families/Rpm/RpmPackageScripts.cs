using Pipeline.Compose.Layers;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Scriptlets and triggers of a package.</summary>
internal static class RpmPackageScripts
{
    private const int Most = 100_000;

    private static readonly (string Name, RpmTag Text, RpmTag Program)[] Kinds =
    [
        ("pretrans", RpmTag.PreTrans, RpmTag.PreTransProgram),
        ("pre", RpmTag.PreIn, RpmTag.PreInProgram),
        ("post", RpmTag.PostIn, RpmTag.PostInProgram),
        ("posttrans", RpmTag.PostTrans, RpmTag.PostTransProgram),
        ("preuntrans", RpmTag.PreUnTrans, RpmTag.PreUnTransProgram),
        ("preun", RpmTag.PreUn, RpmTag.PreUnProgram),
        ("postun", RpmTag.PostUn, RpmTag.PostUnProgram),
        ("postuntrans", RpmTag.PostUnTrans, RpmTag.PostUnTransProgram),
        ("verify", RpmTag.VerifyScript, RpmTag.VerifyScriptProgram),
    ];

    private static readonly TriggerTags[] Triggers =
    [
        new("trigger", RpmTag.TriggerScripts, RpmTag.TriggerProgram, RpmTag.TriggerName, RpmTag.TriggerFlags, RpmTag.TriggerIndex),
        new(
            "filetrigger",
            RpmTag.FileTriggerScripts,
            RpmTag.FileTriggerProgram,
            RpmTag.FileTriggerName,
            RpmTag.FileTriggerFlags,
            RpmTag.FileTriggerIndex
        ),
        new(
            "transfiletrigger",
            RpmTag.TransFileTriggerScripts,
            RpmTag.TransFileTriggerProgram,
            RpmTag.TransFileTriggerName,
            RpmTag.TransFileTriggerFlags,
            RpmTag.TransFileTriggerIndex
        ),
    ];

    /// <summary>When a trigger runs (rpm 6.0, include/rpm/rpmds.h).</summary>
    private static readonly (long Flag, string Name)[] Moments =
    [
        (1 << 25, "prein"),
        (1 << 16, "in"),
        (1 << 17, "un"),
        (1 << 18, "postun"),
    ];

    /// <summary>All of them. One can have no text: its interpreter alone is run then.</summary>
    /// <exception cref="BadPackageException">The lists of triggers do not fit one another.</exception>
    public static ValueList<PackageScript> Read(RpmHeader header) =>
        Kinds
            .Where(k => header.Has(k.Text) || header.Has(k.Program))
            .Select(k => new PackageScript(
                k.Name,
                string.Join(' ', header.Texts(k.Program, Most)),
                "",
                header.Has(k.Text) ? header.Text(k.Text)! : ""
            ))
            .Concat(Triggers.SelectMany(t => Read(header, t)))
            .ToValueList();

    private static IEnumerable<PackageScript> Read(RpmHeader header, TriggerTags tags)
    {
        var texts = header.Texts(tags.Scripts, Most);
        var programs = header.Texts(tags.Program, Most);
        var names = header.Texts(tags.Name, Most);
        var flags = header.Numbers(tags.Flags, Most);
        var indexes = header.Numbers(tags.Index, Most);
        if (programs.Length != texts.Length || flags.Length != names.Length || indexes.Length != names.Length)
        {
            throw BadPackageException.Damaged($"the lists of its {tags.Kind}s have different lengths");
        }

        for (var i = 0; i < texts.Length; i++)
        {
            var mine = Enumerable.Range(0, names.Length).Where(n => indexes[n] == i).ToArray();
            var moment = mine.Length == 0 ? "" : string.Concat(Moments.Where(m => (flags[mine[0]] & m.Flag) != 0).Select(m => m.Name));
            yield return new($"{tags.Kind}{moment}", programs[i], string.Join(' ', mine.Select(n => names[n])), texts[i]);
        }
    }

    private sealed record TriggerTags(string Kind, RpmTag Scripts, RpmTag Program, RpmTag Name, RpmTag Flags, RpmTag Index);
}
