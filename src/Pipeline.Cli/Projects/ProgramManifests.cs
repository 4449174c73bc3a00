using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Projects;

/// <summary>The manifests that come with the program.</summary>
/// <param name="Directory">Absolute path of their directory, without symbolic links.</param>
/// <param name="Checkout">The checkout that they are part of; <c>null</c> when the program is installed.</param>
internal sealed record ProgramManifests(string Directory, string? Checkout)
{
    private const string Folder = "manifests";
    private const string Known = "system.yaml";

    /// <summary>Finds them: in the checkout that the program was compiled in, else beside the program.</summary>
    /// <param name="program">Directory of the program.</param>
    /// <exception cref="PipelineException">PL0392 when there are none.</exception>
    public static ProgramManifests Find(string program)
    {
        var real = RealPath.Of(program);
        for (var directory = new DirectoryInfo(real); directory is not null; directory = directory.Parent)
        {
            var manifests = Path.Combine(directory.FullName, Folder);
            if (WorkDirectory.IsMarked(directory.FullName) && File.Exists(Path.Combine(manifests, Known)))
            {
                return new(manifests, directory.FullName);
            }
        }

        var beside = Path.Combine(real, Folder);
        return File.Exists(Path.Combine(beside, Known))
            ? new(beside, null)
            : throw new PipelineException(ProjectDiagnostics.NoManifests(beside));
    }
}
