using Pipeline.Model.Values;

namespace Pipeline.Compose.Solving;

/// <summary>How the package indices of one family become rows of the solver.</summary>
internal interface IIndexFormat
{
    /// <summary>The rules by which libsolv compares versions and reads dependencies, and its reader for the index.</summary>
    IndexSyntax Syntax { get; }

    /// <summary>Priority of a package without one.</summary>
    int DefaultPriority { get; }

    /// <summary>The architecture as the family spells it.</summary>
    string Spell(Architecture architecture);

    /// <summary>Whether a package of an architecture, as the family spells it, can be part of a tree.</summary>
    bool Fits(string packageArchitecture, Architecture tree);

    /// <summary>What libsolv does not keep, in any order. Packages may be left out.</summary>
    IEnumerable<PackageFacts> Facts(ReadOnlyMemory<byte> text);

    /// <summary>Whether a row has everything a lock needs, with no character that could leave a directory or a line.</summary>
    bool IsUsable(PackageRow row);
}

/// <summary>The index formats that libsolv reads.</summary>
internal enum IndexSyntax
{
    /// <summary>Debian's Packages.</summary>
    DebianPackages,

    /// <summary>primary.xml of an RPM repository.</summary>
    RpmPrimary,
}
