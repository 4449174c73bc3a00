using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Answers;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline kola check-console</c>: what a console or journal shows that must never be on one.</summary>
internal sealed class KolaCheckConsoleCommand : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Console or journal", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _json = JsonOption();

    /// <summary>The verb.</summary>
    public KolaCheckConsoleCommand(Services services)
        : base(
            "check-console",
            "Look for panics and other failures in consoles and journals; exit 1 when there are any",
            "pipeline kola check-console tmp/kola/base/console.txt"
        )
    {
        Arguments.Add(_files);
        Options.Add(_json);
        Run(
            (parsed, cancellationToken) =>
            {
                var found = new List<(string File, ConsoleFinding Finding)>();
                foreach (var file in parsed.GetRequiredValue(_files))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    found.AddRange(KolaRunner.CheckConsole(services.FullPath(file)).Select(f => (file, f)));
                }

                var exact = parsed.GetValue(_json);
                services.Answer(exact: exact).Write(exact ? Json(found) : string.Concat(found.Select(Text)));
                return Task.FromResult(found.Count == 0 ? ExitClass.Done : ExitClass.WorkFailed);
            }
        );
    }

    private static string Text((string File, ConsoleFinding Finding) found) =>
        string.Create(CultureInfo.InvariantCulture, $"{found.File}:{found.Finding.Line}: {found.Finding.What}: {found.Finding.Text}\n");

    private static string Json(List<(string File, ConsoleFinding Finding)> found) =>
        AnswerJson.Pretty<ConsoleAnswer[]>([
            .. found.Select(f => new ConsoleAnswer(f.File, f.Finding.Line, f.Finding.What, f.Finding.Text)),
        ]);
}
