using System.CommandLine;
using Pipeline.Images.Live;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Live;

/// <summary>A verb that changes a live ISO and says nothing when that went well.</summary>
internal sealed class IsoVerb : Verb
{
    private readonly Argument<string> _iso = MediaFiles.IsoArgument();
    private readonly Option<string?> _output = MediaFiles.ImageOption();

    /// <summary>A verb.</summary>
    /// <param name="services">What it is given.</param>
    /// <param name="name">As typed.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="examples">Whole command lines.</param>
    /// <param name="options">Its own options.</param>
    /// <param name="change">Changes an image.</param>
    public IsoVerb(
        Services services,
        string name,
        string description,
        string[] examples,
        Option[] options,
        Func<ParseResult, MediaFile, MediaTarget, CancellationToken, Task> change
    )
        : base(name, description, examples)
    {
        Arguments.Add(_iso);
        foreach (var option in options.Append(_output))
        {
            Options.Add(option);
        }

        Run(
            async (parsed, cancellationToken) =>
            {
                var iso = parsed.GetValue(_iso)!;
                var target = MediaFiles.Target(services, iso, parsed.GetValue(_output));
                await change(parsed, MediaFiles.Of(services, iso), target, cancellationToken);
                return ExitClass.Done;
            }
        );
    }
}
