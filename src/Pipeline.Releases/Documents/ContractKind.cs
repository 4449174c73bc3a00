using System.Reflection;
using Pipeline.Model.Contracts;
using Pipeline.Model.Denylists;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Pipelines;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Documents;

/// <summary>One kind of document that <c>contract</c> knows.</summary>
/// <param name="Name">As typed on the command line.</param>
/// <param name="Title">What the document is called.</param>
/// <param name="Root">Its record, or the record of each item.</param>
/// <param name="Style">How its publisher lays out a new one; <c>null</c> for YAML.</param>
/// <param name="IsList">Whether the document is a list of <paramref name="Root"/>.</param>
/// <param name="Yaml">Whether people write it as YAML; JSON is read too.</param>
internal sealed record ContractKind(string Name, string Title, Type Root, JsonStyle? Style, bool IsList = false, bool Yaml = false)
{
    /// <summary>All kinds, in the order the help lists them.</summary>
    public static IReadOnlyList<ContractKind> All { get; } =
    [
        new("stream", "Stream metadata (streams/STREAM.json)", typeof(StreamDocument), JsonStyles.Stream),
        new("updates", "Updates (updates/STREAM.json)", typeof(UpdatesDocument), JsonStyles.Updates),
        new("releases", "Release index (releases.json)", typeof(ReleaseIndex), JsonStyles.Index),
        new("release", "Release metadata (release.json)", typeof(ReleaseDocument), JsonStyles.Release),
        new("builds", "Build index (builds.json)", typeof(BuildsDocument), JsonStyles.Builds),
        new("meta", "Build metadata (meta.json)", typeof(BuildMetaDocument), JsonStyles.Builds),
        new("graph", "Update graph", typeof(UpdateGraph), JsonStyles.Graph),
        new("notes", "Release notes (release-notes/STREAM.yml or .json)", typeof(NotesDocument), JsonStyle.Compact, Yaml: true),
        new("lock", "Package lock (manifest-lock.ARCH.json)", typeof(LockDocument), JsonStyles.Lock),
        new("overrides", "Lock overrides (manifest-lock.overrides.yaml)", typeof(OverridesDocument), null, Yaml: true),
        new("denylist", "Denied tests (kola-denylist.yaml)", typeof(DenylistEntry), null, IsList: true, Yaml: true),
        new("pipeline", "Pipeline config (ci/pipeline.yaml)", typeof(PipelineConfig), null, Yaml: true)
        {
            Rules = PipelineConfigReader.CheckRules,
        },
    ];

    /// <summary>Checks beyond the record's types, with places; <c>null</c> for none.</summary>
    public Action<JsonTextNode, DiagnosticBag>? Rules { get; init; }

    /// <summary>The kind of that name.</summary>
    /// <exception cref="PipelineException">PL5022 there is none (class 2).</exception>
    public static ContractKind Of(string name) =>
        All.FirstOrDefault(k => k.Name == name)
        ?? throw new PipelineException(DocumentDiagnostics.UnknownKind(name, All.Select(k => k.Name)));

    /// <summary>One document, or one item of a list, as <see cref="Root"/>; <c>null</c> after an error.</summary>
    public ContractRecord? Read(JsonTextNode node, DiagnosticBag problems) =>
        Reader.MakeGenericMethod(Root).Invoke(null, [node, problems]) as ContractRecord;

    private static MethodInfo Reader { get; } =
        typeof(Contract).GetMethods().Single(m => m.Name == nameof(Contract.Read) && m.GetParameters().Length == 2);

    /// <summary>Its JSON Schema (draft 7).</summary>
    public string Schema() => Contract.Schema(Root, Title, IsList);
}
