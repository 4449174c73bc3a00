using System.Text;
using Pipeline.Compose.Layers;

namespace Pipeline.Tests.Compose;

/// <summary>Unpacked packages without any file on disk.</summary>
internal static class HandmadeLayer
{
    /// <summary>A package of version 1 for all architectures.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fields">More lines of its control file.</param>
    /// <param name="control">Another control file and its text.</param>
    /// <param name="entries">What it ships.</param>
    public static PackageLayer Package(string name, string fields, (string Name, string Text) control, params LayerEntry[] entries) =>
        new(
            new()
            {
                Name = name,
                Version = "1",
                PackageArchitecture = "all",
                Digest = default,
                Size = 1,
                Repo = "r",
                Location = "l",
            },
            new()
            {
                Entries = entries,
                Control = new()
                {
                    ["control"] = Encoding.UTF8.GetBytes($"Package: {name}\nVersion: 1\nArchitecture: all\n{fields}"),
                    [control.Name] = Encoding.UTF8.GetBytes(control.Text),
                },
            }
        );
}
