using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Model.Pipelines;

/// <summary>Reads <see cref="PipelineConfig"/>; every problem has file, line and column, and all are reported at once.</summary>
public static class PipelineConfigReader
{
    /// <summary>Reads the document.</summary>
    /// <param name="file">Name for messages.</param>
    /// <param name="text">The whole YAML document.</param>
    /// <param name="problems">Receives every problem.</param>
    /// <returns>The config, or <c>null</c> after an error.</returns>
    public static PipelineConfig? Read(string file, string text, DiagnosticBag problems)
    {
        var local = new DiagnosticBag();
        var yaml = YamlText.Parse(file, text, local);
        if (yaml is null && !local.HasErrors)
        {
            local.Add(ContractDiagnostics.NoDocument(file, "pipeline"));
        }

        var root = yaml is null ? null : YamlAsJson.Convert(yaml);
        var config = root is null ? null : Contract.Read<PipelineConfig>(root, local);
        CheckRules(root, local);
        foreach (var problem in local.Items)
        {
            problems.Add(problem);
        }

        return local.HasErrors ? null : config;
    }

    /// <summary>
    /// Checks values against one another. Values of a wrong type are left to
    /// <see cref="Contract.Read{T}(JsonTextNode, DiagnosticBag)"/>.
    /// </summary>
    public static void CheckRules(JsonTextNode? root, DiagnosticBag problems)
    {
        if (root is not JsonTextObject config)
        {
            return;
        }

        var streams = config.Find("streams") as JsonTextObject;
        CheckDefault(streams, problems);
        CheckRetention(config.Find("retention") as JsonTextObject, streams, problems);
        CheckRepositories(config.Find("registry_repos") as JsonTextObject, problems);
    }

    private static void CheckDefault(JsonTextObject? streams, DiagnosticBag problems)
    {
        string? first = null;
        foreach (var stream in streams?.Members ?? [])
        {
            if ((stream.Value as JsonTextObject)?.Find("default") is JsonTextBool { Value: true } flag)
            {
                if (first is not null)
                {
                    problems.Add(PipelineDiagnostics.SecondDefault(flag.Span, stream.Name, first));
                }

                first ??= stream.Name;
            }
        }
    }

    private static void CheckRetention(JsonTextObject? retention, JsonTextObject? streams, DiagnosticBag problems)
    {
        foreach (var entry in retention?.Members ?? [])
        {
            if (streams is not null && streams.Find(entry.Name) is null)
            {
                problems.Add(PipelineDiagnostics.UnknownStream(entry, streams.Members.Select(s => s.Name)));
            }

            if (entry.Value is JsonTextObject ages && ages.Find("images-keep") is { } kept && ages.Find("images") is null)
            {
                problems.Add(PipelineDiagnostics.KeptWithoutAge(kept.Span, entry.Name));
            }
        }
    }

    private static void CheckRepositories(JsonTextObject? registries, DiagnosticBag problems)
    {
        foreach (var registry in registries?.Members ?? [])
        {
            var repositories = registry.Value is JsonTextArray list ? list.Items : [registry.Value];
            foreach (var (repository, i) in repositories.Select((r, i) => (r as JsonTextObject, i)))
            {
                if (repository is not null && repository.Find("repo") is null)
                {
                    var place =
                        registry.Value is JsonTextArray ? $"/registry_repos/{registry.Name}/{i}" : $"/registry_repos/{registry.Name}";
                    problems.Add(ContractDiagnostics.Missing(repository, "repo", place));
                }
            }
        }
    }
}
