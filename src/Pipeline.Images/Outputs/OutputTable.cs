using Pipeline.Host.Builds;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Formats;
using Pipeline.Images.Live.Making;
using Pipeline.Images.Packing;
using Pipeline.Images.Recipes;
using Pipeline.Images.Records;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>The outputs a request asks for, and the tools of the host they depend on.</summary>
/// <param name="platforms">The platform table.</param>
/// <param name="loaders">One boot loader per architecture that can be made.</param>
/// <param name="writers">One writer per format that can be made.</param>
/// <param name="tools">Starts the programs of live media.</param>
/// <param name="reporter">Shows each step of an output.</param>
internal sealed class OutputTable(
    PlatformTable platforms,
    ValueList<IBootLoader> loaders,
    ValueList<IDiskWriter> writers,
    IToolRunner tools,
    IReporter reporter
)
{
    private readonly RecipeTable _recipes = new(platforms, loaders.Select(l => l.Architecture), writers.Select(w => w.Format));

    /// <summary>The table with sizes and kernel arguments of a request.</summary>
    public OutputTable For(ImageRequest request) =>
        request.Settings == new ImageSettings() ? this : new(platforms.With(request.Settings), loaders, writers, tools, reporter);

    /// <summary>Every image there is: disks in table order, then by architecture, then live media.</summary>
    public ValueList<ImageRow> Rows =>
        [
            .. _recipes.All.Select(r => new ImageRow(
                r.Name,
                r.Platform.Name,
                r.Architecture,
                r.Image.Format.ToString().ToLowerInvariant(),
                r.Image.Suffix,
                r.Image.Compression,
                _recipes.Obstacle(r)
            )),
            .. _recipes.Live.Select(l => new ImageRow(
                LiveRecipe.Name,
                l.Metal.Name,
                l.Architecture,
                ImageRow.Media,
                ImageRow.Media,
                Compression.None,
                _recipes.Obstacle(l)
            )),
        ];

    /// <summary>The platform table.</summary>
    public PlatformTable Platforms => platforms;

    /// <summary>The boot loader of an architecture that has one.</summary>
    public IBootLoader Loader(Architecture architecture) => loaders.Single(l => l.Architecture == architecture);

    /// <summary>Everything of the host that decides bytes of the images asked for.</summary>
    /// <exception cref="PipelineException">PL3001–PL3003 the request names images that cannot be made.</exception>
    public ImageTools ToolsOf(ImageRequest request)
    {
        var recipes = _recipes.Require(request.Platforms, request.Architecture);
        var loader = Loader(request.Architecture);
        var live = _recipes.LiveOf(request.Platforms, request.Architecture) is not null;
        return new(
            recipes
                .Aggregate(DiskTools(loader), (all, r) => all.With(ImageToolsOf(r, CompressionOf(r, request))))
                .With(live ? LiveOutput.Tools : StepTools.None),
            loader.Files
        );
    }

    /// <summary>What decides the bytes of the disk that all platforms share.</summary>
    public StepInputs DiskInputs(ImageWork plan, BuildRecords build)
    {
        var loader = Loader(plan.Request.Architecture);
        var programs = Select(plan, DiskTools(loader));
        var files = loader.Files.Select(f => f.Name).ToHashSet();
        return BuildSource.InputsOf(
            build.Commit,
            plan.Request.Architecture,
            [.. programs, .. plan.Tools.Where(t => files.Contains(t.Name))]
        );
    }

    /// <summary>The outputs, in the order asked for.</summary>
    public ValueList<IImageOutput> Outputs(ImageWork plan, BuildRecords build, StepInputs disk) =>
        [
            .. _recipes
                .Require(plan.Request.Platforms, plan.Request.Architecture)
                .Select(r => (r.Name, Output: (IImageOutput)Output(r, plan, build, disk)))
                .Concat(
                    _recipes.LiveOf(plan.Request.Platforms, plan.Request.Architecture) is { } live
                        ? [(LiveRecipe.Name, Output(live, plan, build))]
                        : []
                )
                .OrderBy(o => plan.Request.Platforms.ToList().IndexOf(o.Name))
                .Select(o => o.Output),
        ];

    private LiveOutput Output(LiveRecipe recipe, ImageWork plan, BuildRecords build)
    {
        var loader = Loader(recipe.Architecture);
        var facts = new LiveBuild(build.Name, build.Id, build.Commit, build.Archive.Size);
        var files = loader.Files.Select(f => f.Name).ToHashSet();
        var inputs = Select(plan, LiveOutput.Tools.With(loader.Tools)).Concat(plan.Tools.Where(t => files.Contains(t.Name)));
        return new(
            recipe,
            facts,
            new LiveSystemMaker(tools, reporter, loader),
            tools,
            LiveOutput.InputsOf(facts, recipe, inputs),
            reporter
        );
    }

    private DiskOutput Output(DiskRecipe recipe, ImageWork plan, BuildRecords build, StepInputs disk)
    {
        var compression = CompressionOf(recipe, plan.Request);
        var file = $"{build.Name}-{build.Id}-{recipe.Name}.{recipe.Architecture}.{recipe.Image.Suffix}{CompressionSuffix.Of(compression)}";
        return new(
            recipe,
            Writer(recipe),
            new(build.Name, build.Id, recipe.Name, recipe.Architecture, build.Epoch),
            DiskOutput.InputsOf(disk, recipe, compression, Select(plan, ImageToolsOf(recipe, compression))),
            new(recipe.Name, recipe.Platform.Name, file, compression),
            reporter
        );
    }

    private IDiskWriter Writer(DiskRecipe recipe) => writers.Single(w => w.Format == recipe.Image.Format);

    private static StepTools DiskTools(IBootLoader loader) => Workbench.Tools.With(loader.Tools);

    private StepTools ImageToolsOf(DiskRecipe recipe, Compression compression) => Writer(recipe).Tools.With(Codecs.Tools(compression));

    private static Compression CompressionOf(DiskRecipe recipe, ImageRequest request) =>
        request.Compress ? recipe.Image.Compression : Compression.None;

    private static IEnumerable<StepInput> Select(ImageWork plan, StepTools tools)
    {
        var names = tools.Programs.Select(p => $"tool {p.Name}").Concat(tools.Libraries.Select(l => $"library {l}")).ToHashSet();
        return plan.Tools.Where(t => names.Contains(t.Name));
    }
}
