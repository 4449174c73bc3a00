using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Images;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Live;

/// <summary><c>pipeline iso kargs</c>: the kernel arguments of a live ISO.</summary>
internal static class IsoKernelArgumentVerbs
{
    /// <summary>The group.</summary>
    public static VerbGroup Of(Services services) =>
        new("kargs", "The kernel arguments of a live ISO", Modify(services), Reset(services), new Show(services));

    private static IsoVerb Modify(Services services)
    {
        var options = KernelArgumentOptions.Plain();
        return new(
            services,
            "modify",
            "Deletes, appends and replaces kernel arguments, in this order",
            ["pipeline iso kargs modify -a console=ttyS0,115200n8 live.iso", "pipeline iso kargs modify -r mitigations=auto=off live.iso"],
            options.All,
            (parsed, iso, target, cancellationToken) =>
                LiveMedia.ChangeKernelArgumentsAsync(iso, options.Read(parsed), target, cancellationToken)
        );
    }

    private static IsoVerb Reset(Services services) =>
        new(
            services,
            "reset",
            "Gives an image the kernel arguments back that it was released with",
            ["pipeline iso kargs reset live.iso"],
            [],
            (_, iso, target, cancellationToken) => LiveMedia.ResetKernelArgumentsAsync(iso, target, cancellationToken)
        );

    private sealed class Show : Verb
    {
        private readonly Argument<string> _iso = MediaFiles.IsoArgument();
        private readonly Option<bool> _default = new("--default", "-d") { Description = "Those that the image was released with" };
        private readonly Option<bool> _json = JsonOption();

        public Show(Services services)
            : base("show", "Prints the kernel arguments", "pipeline iso kargs show live.iso", "pipeline iso kargs show --default live.iso")
        {
            Arguments.Add(_iso);
            Options.Add(_default);
            Options.Add(_json);
            Run(
                async (parsed, cancellationToken) =>
                {
                    var iso = MediaFiles.Of(services, parsed.GetValue(_iso)!);
                    var (current, released) = LiveMedia.KernelArgumentsOf(iso, cancellationToken);
                    var json = parsed.GetValue(_json);
                    await services
                        .Answer(exact: json)
                        .WriteAsync(
                            json
                                ? AnswerJson.Pretty(new KernelArgumentsAnswer(current, released))
                                : $"{(parsed.GetValue(_default) ? released : current)}\n"
                        );
                    return ExitClass.Done;
                }
            );
        }
    }
}
