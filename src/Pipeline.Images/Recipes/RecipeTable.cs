using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Recipes;

/// <summary>The disk images of the platform table and the live media, and which of them can be made here.</summary>
/// <param name="platforms">The platform table.</param>
/// <param name="bootable">Architectures with a boot loader.</param>
/// <param name="formats">Formats with a writer.</param>
internal sealed class RecipeTable(PlatformTable platforms, IEnumerable<Architecture> bootable, IEnumerable<DiskFormat> formats)
{
    private static readonly Architecture[] WithMedia = [Architecture.X86_64];

    private readonly HashSet<Architecture> _bootable = [.. bootable];
    private readonly HashSet<DiskFormat> _formats = [.. formats];

    /// <summary>All recipes: in table order, then by architecture.</summary>
    public ValueList<DiskRecipe> All { get; } =
    [
        .. platforms
            .EachArtifact()
            .SelectMany(row =>
                row.Artifact.Disk is { } image
                    ? image.Architectures.Select(a => new DiskRecipe(row.Platform, row.Artifact.Name, image, a))
                    : []
            ),
    ];

    /// <summary>The live media, by architecture; none when the table has no metal.</summary>
    public ValueList<LiveRecipe> Live { get; } =
    [.. platforms.Find("metal") is { } metal ? Architecture.All.Select(a => new LiveRecipe(metal, a)) : []];

    /// <summary>The live media of a request, or <c>null</c> when it asks for none.</summary>
    public LiveRecipe? LiveOf(IEnumerable<string> names, Architecture architecture) =>
        names.Contains(LiveRecipe.Name) ? Live.FirstOrDefault(l => l.Architecture == architecture) : null;

    /// <summary>
    /// The recipes for the disk images <paramref name="names"/>, in that order, each once. Live media among them are looked at too.
    /// </summary>
    /// <exception cref="PipelineException">PL3001 unknown, PL3002 not on this architecture, PL3003 cannot be made; all at once.</exception>
    public ValueList<DiskRecipe> Require(IEnumerable<string> names, Architecture architecture)
    {
        var problems = new DiagnosticBag();
        var found = new List<DiskRecipe>();
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (name == LiveRecipe.Name && Live.Count > 0)
            {
                Check(Live.Single(l => l.Architecture == architecture), problems);
                continue;
            }

            var rows = All.Where(r => r.Name == name).ToArray();
            var row = rows.FirstOrDefault(r => r.Architecture == architecture);
            if (rows.Length == 0)
            {
                problems.Add(ImageDiagnostics.UnknownPlatform(name, [.. All.Select(r => r.Name), LiveRecipe.Name]));
            }
            else if (row is null)
            {
                problems.Add(ImageDiagnostics.PlatformNotForArchitecture(name, architecture, rows.Select(r => r.Architecture)));
            }
            else if (Obstacle(row) is { } obstacle)
            {
                problems.Add(ImageDiagnostics.CannotMake(name, architecture, obstacle, Possible(architecture)));
            }
            else
            {
                found.Add(row);
            }
        }

        problems.ThrowIfErrors();
        return [.. found];
    }

    /// <summary>Why an image cannot be made, or <c>null</c> when it can.</summary>
    public string? Obstacle(DiskRecipe recipe) =>
        !_bootable.Contains(recipe.Architecture) ? $"no boot loader step for {recipe.Architecture} yet"
        : !_formats.Contains(recipe.Image.Format) ? $"no writer for the format '{recipe.Image.Suffix}' yet"
        : null;

    /// <summary>Why live media cannot be made, or <c>null</c> when they can.</summary>
    public string? Obstacle(LiveRecipe recipe) =>
        _bootable.Contains(recipe.Architecture) && WithMedia.Contains(recipe.Architecture)
            ? null
            : $"no live media for {recipe.Architecture} yet";

    private void Check(LiveRecipe recipe, DiagnosticBag problems)
    {
        if (Obstacle(recipe) is { } obstacle)
        {
            problems.Add(ImageDiagnostics.CannotMake(LiveRecipe.Name, recipe.Architecture, obstacle, Possible(recipe.Architecture)));
        }

        foreach (var argument in recipe.Unfit)
        {
            problems.Add(ImageDiagnostics.LiveArgument(argument));
        }
    }

    private IEnumerable<string> Possible(Architecture architecture) =>
        All.Where(r => r.Architecture == architecture && Obstacle(r) is null).Select(r => r.Name);
}
