using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Contracts;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli.Commands;

/// <summary>The verbs of <c>contract</c>.</summary>
internal static class ContractGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "contract",
            "Checks documents that other programs read",
            new ContractCheckCommand(services),
            new ContractSchemaCommand(services)
        );

    /// <summary>The kinds, for help texts.</summary>
    public static string Kinds => string.Join(", ", ContractDesk.Kinds);
}

/// <summary><c>contract check</c>.</summary>
internal sealed class ContractCheckCommand : Verb
{
    private readonly Argument<string> _kind = new("KIND") { Description = $"One of {ContractGroup.Kinds}" };
    private readonly Argument<string[]> _files = new("FILE") { Description = "Documents to check", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _strict = new("--strict") { Description = "Fail for style too: layout, blanks, escapes" };
    private readonly Option<bool> _json = JsonOption();

    public ContractCheckCommand(Services services)
        : base(
            "check",
            "Reads documents, prints them in the style found and compares the bytes; style is noted apart from content",
            "pipeline contract check stream streams/stable.json",
            "pipeline contract check updates updates/next.json updates/stable.json --strict --json"
        )
    {
        Arguments.Add(_kind);
        Arguments.Add(_files);
        Options.Add(_strict);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var answer = await services.Releases.Contracts.CheckAsync(
                    parsed.GetRequiredValue(_kind),
                    parsed.GetRequiredValue(_files),
                    cancellationToken
                );
                Print(services, answer.Differences, parsed.GetValue(_json));
                if (answer.Problems.Count > 0)
                {
                    throw new PipelineException(answer.Problems);
                }

                var (style, content) = (answer.Differences.Count(d => d.Style), answer.Differences.Count(d => !d.Style));
                var strict = parsed.GetValue(_strict);
                if (style > 0 && content == 0 && !strict)
                {
                    services.Reporter.Note("only style differs, which is no error; --strict makes it one");
                }

                return content > 0 || (strict && style > 0) ? ExitClass.WorkFailed : ExitClass.Done;
            }
        );
    }

    private static void Print(Services services, IEnumerable<ContractDifference> differences, bool json)
    {
        if (json)
        {
            ContractFinding[] findings = [.. differences.Select(d => new ContractFinding(d.File, d.Place, d.Reason, d.Style))];
            services.Output.WriteLine(AnswerJson.Line(findings));
            return;
        }

        foreach (var difference in differences)
        {
            services.Text.WriteLine(difference);
        }
    }
}

/// <summary><c>contract schema</c>.</summary>
internal sealed class ContractSchemaCommand : Verb
{
    private readonly Argument<string> _kind = new("KIND") { Description = $"One of {ContractGroup.Kinds}" };

    public ContractSchemaCommand(Services services)
        : base("schema", "Prints the JSON Schema of a kind of document", "pipeline contract schema releases")
    {
        Arguments.Add(_kind);
        Run(
            (parsed, _) =>
            {
                services.Output.Write(ContractDesk.Schema(parsed.GetRequiredValue(_kind)));
                return Task.FromResult(ExitClass.Done);
            }
        );
    }
}
