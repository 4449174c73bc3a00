using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live;

/// <summary>
/// A change of kernel arguments, in the order of coreos-installer: arguments are deleted, appended, then replaced. Deleting and replacing
/// take whole arguments, every one that is equal; one that is not there is no error.
/// </summary>
public sealed record KernelArgumentChange
{
    /// <summary>Arguments to append.</summary>
    public ValueList<string> Append { get; init; } = [];

    /// <summary>Arguments to delete.</summary>
    public ValueList<string> Delete { get; init; } = [];

    /// <summary>Replacements as <c>KEY=OLD=NEW</c>.</summary>
    public ValueList<string> Replace { get; init; } = [];

    /// <summary>Whether it changes nothing.</summary>
    public bool IsEmpty => Append.Count + Delete.Count + Replace.Count == 0;

    /// <summary>The arguments after the change.</summary>
    /// <exception cref="PipelineException">PL3114.</exception>
    public string ApplyTo(string arguments)
    {
        var list = Split(arguments);
        foreach (var argument in Delete)
        {
            Remove(list, Checked(argument));
        }

        foreach (var argument in Append)
        {
            list.AddRange(Checked(argument));
        }

        foreach (var replacement in Replace)
        {
            if (replacement.Split('=') is not [{ Length: > 0 } key, { Length: > 0 } old, { Length: > 0 } value])
            {
                throw new PipelineException(LiveDiagnostics.BadKernelArgument(replacement, "is not KEY=OLD=NEW"));
            }

            _ = Checked(replacement);
            list = [.. list.Select(a => a == $"{key}={old}" ? $"{key}={value}" : a)];
        }

        return string.Join(' ', list);
    }

    /// <summary>Removes each run of these arguments.</summary>
    private static void Remove(List<string> list, string[] run)
    {
        for (var at = 0; at + run.Length <= list.Count; )
        {
            if (list.Skip(at).Take(run.Length).SequenceEqual(run, StringComparer.Ordinal))
            {
                list.RemoveRange(at, run.Length);
            }
            else
            {
                at++;
            }
        }
    }

    /// <summary>Several arguments in one text are taken as written.</summary>
    private static string[] Checked(string argument) =>
        argument.Any(char.IsControl)
            ? throw new PipelineException(LiveDiagnostics.BadKernelArgument(argument, "has control characters in it"))
        : string.IsNullOrWhiteSpace(argument) ? throw new PipelineException(LiveDiagnostics.BadKernelArgument(argument, "is empty"))
        : [.. Split(argument)];

    private static List<string> Split(string arguments) => [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}
