using System.CommandLine;
using Pipeline.Images.Live;

namespace Pipeline.Cli.Commands.Live;

/// <summary>Options that change kernel arguments.</summary>
internal sealed class KernelArgumentOptions
{
    private readonly Option<string[]> _append;
    private readonly Option<string[]> _delete;
    private readonly Option<string[]> _replace;

    private KernelArgumentOptions(Option<string[]> append, Option<string[]> delete, Option<string[]> replace)
    {
        (_append, _delete, _replace) = (append, delete, replace);
        _append.Description = "Kernel argument to append; may be repeated";
        _delete.Description = "Kernel argument to delete; may be repeated";
        _replace.Description = "Kernel argument to replace: KEY=OLD is KEY=NEW then; may be repeated";
        (_append.HelpName, _delete.HelpName, _replace.HelpName) = ("KARG", "KARG", "KEY=OLD=NEW");
    }

    /// <summary>The options.</summary>
    public Option[] All => [_append, _delete, _replace];

    /// <summary><c>--append</c> and so on.</summary>
    public static KernelArgumentOptions Plain() => new(new("--append", "-a"), new("--delete", "-d"), new("--replace", "-r"));

    /// <summary><c>--live-karg-append</c> and so on.</summary>
    public static KernelArgumentOptions Live() => new(new("--live-karg-append"), new("--live-karg-delete"), new("--live-karg-replace"));

    /// <summary>What they say.</summary>
    public KernelArgumentChange Read(ParseResult parsed) =>
        new()
        {
            Append = [.. parsed.GetValue(_append) ?? []],
            Delete = [.. parsed.GetValue(_delete) ?? []],
            Replace = [.. parsed.GetValue(_replace) ?? []],
        };
}
