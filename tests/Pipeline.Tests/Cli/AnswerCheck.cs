using Pipeline.Cli;
using Pipeline.Cli.Answers;
using Pipeline.Tests.Contracts;

namespace Pipeline.Tests.Cli;

/// <summary>Holds every answer that a test makes a verb print under <c>--json</c> against the verb's schema.</summary>
internal static class AnswerCheck
{
    private static readonly Dictionary<string, JsonSchemaCheck> Schemas = AnswerSchemas.Own.Keys.ToDictionary(
        v => v,
        v => new JsonSchemaCheck(AnswerSchemas.Of(v), closed: true)
    );

    /// <summary>What is wrong with the answer; empty when nothing is, or when it is not ours to check.</summary>
    public static IReadOnlyList<string> Problems(string[] args, string output)
    {
        if (output.Length == 0 || !args.TakeWhile(a => a != "--").Contains("--json"))
        {
            return [];
        }

        var command = CommandLine.Build(SilentServices.In("/")).Parse(args).CommandResult.Command;
        var verb = CommandLine.PathOf(command)["pipeline".Length..].Trim();
        return Schemas.TryGetValue(verb, out var schema) ? [.. Documents(output).SelectMany(schema.Problems)] : [];
    }

    /// <summary>Several changed documents are answered one by one.</summary>
    private static string[] Documents(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.All(l => l.StartsWith('{') && l.EndsWith('}')) && lines.Length > 1 ? lines : [output];
    }
}
