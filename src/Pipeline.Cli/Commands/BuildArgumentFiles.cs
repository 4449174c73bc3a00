using Pipeline.Host.Files;
using Pipeline.Model.Configs;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary>The value of <c>--build-args</c>.</summary>
internal static class BuildArgumentFiles
{
    /// <summary>The variables of a build-args.conf; none for <c>null</c>.</summary>
    /// <exception cref="PipelineException">PL1050, PL1056, PL1057, all of them; PL1059: it is not there.</exception>
    public static Dictionary<string, string> Read(Services services, string? file)
    {
        if (file is null)
        {
            return [];
        }

        var path = services.FullPath(file);
        var config =
            ConfigTexts.Open(Path.GetDirectoryName(path)!, Path.GetDirectoryName(file) ?? "", Path.GetFileName(path))
            ?? throw new PipelineException(ImageConfigFiles.NotThere(file));
        var (problems, remarks) = (new DiagnosticBag(), new List<Diagnostic>());
        var variables = BuildArguments.Read(config, problems, remarks);
        remarks.ForEach(services.Reporter.Report);
        problems.ThrowIfErrors();
        return new(variables, StringComparer.Ordinal);
    }
}
