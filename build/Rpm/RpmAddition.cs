using Pipeline.Model.Values;

namespace Pipeline.Build.Rpm;

/// <summary>
/// What stands in an RPM for the maintainer scripts of its Debian package: files and links that they make, owners that they set, and
/// scriptlets for what can only be made on the machine.
/// </summary>
internal sealed record RpmAddition
{
    /// <summary>A package whose scripts make nothing that an RPM system needs.</summary>
    public static RpmAddition Nothing { get; } = new();

    /// <summary>Changes the files.</summary>
    public Action<RpmPayload> Files { get; init; } = _ => { };

    /// <summary>Further lines of the preamble: <c>Provides: /bin/sh</c>.</summary>
    public ValueList<string> Tags { get; init; } = [];

    /// <summary>Lines of the shell before the files are laid.</summary>
    public ValueList<string> Pre { get; init; } = [];

    /// <summary>Lines of the shell after they are laid.</summary>
    public ValueList<string> Post { get; init; } = [];

    /// <summary>Further sections of the spec file: triggers, and scriptlets that are not of the shell.</summary>
    public ValueList<string> Sections { get; init; } = [];

    /// <summary>Both.</summary>
    public static RpmAddition operator +(RpmAddition one, RpmAddition two) => Add(one, two);

    /// <summary>Both, the first one first.</summary>
    public static RpmAddition Add(RpmAddition one, RpmAddition two) =>
        new()
        {
            Files = one.Files + two.Files,
            Tags = [.. one.Tags, .. two.Tags],
            Pre = [.. one.Pre, .. two.Pre],
            Post = [.. one.Post, .. two.Post],
            Sections = [.. one.Sections, .. two.Sections],
        };

    /// <summary>Alternatives as fixed links: this set has one provider of each.</summary>
    public static RpmAddition Links(params (string Path, string Target)[] links) =>
        new()
        {
            Files = payload =>
            {
                foreach (var (path, target) in links)
                {
                    payload.Link(path, target);
                }
            },
        };

    /// <summary>A configuration file.</summary>
    public static RpmAddition Config(string path, string text, int mode = 0b110_100_100, string group = "root") =>
        new() { Files = payload => payload.Write(ConfigEntry(path) with { Mode = mode, Group = group }, text) };

    /// <summary>A configuration file that begins as a copy of a file of the package.</summary>
    public static RpmAddition Copy(string path, string from) =>
        new() { Files = payload => payload.Write(ConfigEntry(path), File.ReadAllText(payload.FileOf(from))) };

    /// <summary>Files that the machine makes and the package owns.</summary>
    public static RpmAddition Ghosts(int mode, params string[] paths) =>
        new()
        {
            Files = payload =>
            {
                foreach (var path in paths)
                {
                    payload.Write(new(path, PayloadKind.File) { Mode = mode, Directives = "%ghost" }, "");
                }
            },
        };

    /// <summary>Owner and mode of a file.</summary>
    public static RpmAddition Owned(string path, int mode, string group) =>
        new() { Files = payload => payload.Change(path, e => e with { Mode = mode, Group = group }) };

    /// <summary>A group or user that a file of the package belongs to, made before it is laid.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="comment">The user's comment; <c>null</c> for a group only.</param>
    public static RpmAddition Account(string name, string? comment = null) =>
        new()
        {
            Tags = ["Requires(pre): passwd", "Requires(pre): libc-bin"],
            Pre =
            [
                $"getent group {name} >/dev/null || groupadd --system {name} || exit 1",
                .. comment is null ? [] : (string[])[$"getent passwd {name} >/dev/null || {User(name, comment)} || exit 1"],
            ],
        };

    /// <summary>What runs once in a transaction that lays files below some directories.</summary>
    /// <param name="priority">Higher ones run first.</param>
    /// <param name="directories">The directories, between blanks.</param>
    /// <param name="command">What runs; a failure of it does not stop the transaction.</param>
    public static RpmAddition Trigger(int priority, string directories, string command) =>
        new() { Sections = [$"%transfiletriggerin -P {priority} -- {directories}\n{command} || :"] };

    /// <summary>Enables or disables units as the presets of the system say, when the package comes new.</summary>
    /// <param name="scope">Of <c>systemctl</c>: <c>--system</c>, or <c>--global</c> for every user.</param>
    /// <param name="units">The units.</param>
    public static RpmAddition Preset(string scope, ValueList<string> units) =>
        units.Count == 0
            ? Nothing
            : new()
            {
                Post =
                [
                    "if [ \"$1\" -eq 1 ] && [ -x /usr/bin/systemctl ]; then",
                    $"  systemctl --no-reload {scope} preset {string.Join(' ', units.Select(u => $"'{u}'"))} || :",
                    "fi",
                ],
            };

    private static PayloadEntry ConfigEntry(string path) => new(path, PayloadKind.File) { Directives = "%config(noreplace)" };

    private static string User(string name, string comment) =>
        $"useradd --system --gid {name} --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin --comment '{comment}' {name}";
}
