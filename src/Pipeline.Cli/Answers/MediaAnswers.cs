namespace Pipeline.Cli.Answers;

/// <summary>An area of a live ISO.</summary>
/// <param name="Source">The file that says where it is.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
internal sealed record LiveAreaAnswer(string Source, long Offset, long Length);

/// <summary>A file of a live ISO.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Size">Bytes.</param>
internal sealed record LiveFileAnswer(string Path, long Size);

/// <summary><c>iso inspect</c>.</summary>
/// <param name="Volume">Its name.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Customized">Whether it is not as it was released.</param>
/// <param name="Ignition">Where a config goes.</param>
/// <param name="Embedded">What is there.</param>
/// <param name="Kargs">Kernel arguments; <c>null</c> when they cannot be changed.</param>
/// <param name="KargsDefault">Those it was released with.</param>
/// <param name="KargsAreas">Where they are.</param>
/// <param name="Features">What it can do.</param>
/// <param name="InstallerConfigDirectives">What its installer reads.</param>
/// <param name="Files">Its files.</param>
internal sealed record LiveImageAnswer(
    string Volume,
    long Size,
    bool Customized,
    LiveAreaAnswer Ignition,
    IReadOnlyList<LiveFileAnswer> Embedded,
    string? Kargs,
    string? KargsDefault,
    IReadOnlyList<LiveAreaAnswer> KargsAreas,
    IReadOnlyDictionary<string, bool> Features,
    IReadOnlyList<string> InstallerConfigDirectives,
    IReadOnlyList<LiveFileAnswer> Files
);

/// <summary><c>iso kargs show</c>.</summary>
/// <param name="Kargs">Kernel arguments now.</param>
/// <param name="Default">Those it was released with.</param>
internal sealed record KernelArgumentsAnswer(string Kargs, string Default);

/// <summary>An image of <c>images --list</c>.</summary>
/// <param name="Platform">Its name.</param>
/// <param name="Architecture">The architecture.</param>
/// <param name="Format">How its bytes are laid out.</param>
/// <param name="Suffix">Of its file.</param>
/// <param name="Compression">How it is compressed; <c>null</c> when it is not.</param>
/// <param name="Default">Whether it is made when none is named.</param>
/// <param name="Obstacle">Why it cannot be made here; <c>null</c> when it can.</param>
internal sealed record ImageKind(
    string Platform,
    string Architecture,
    string Format,
    string Suffix,
    string? Compression,
    bool Default,
    string? Obstacle
);

/// <summary>A line of <c>kola check-console</c>.</summary>
/// <param name="File">The console.</param>
/// <param name="Line">Line in it, from 1.</param>
/// <param name="What">What it shows.</param>
/// <param name="Text">The line.</param>
internal sealed record ConsoleAnswer(string File, long Line, string What, string Text);
