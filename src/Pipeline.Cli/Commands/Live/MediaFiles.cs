using System.CommandLine;
using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands.Live;

/// <summary>What the verbs of live media share: their options, files that are read, and where results go.</summary>
internal static class MediaFiles
{
    /// <summary>A fresh <c>ISO</c> argument.</summary>
    public static Argument<string> IsoArgument() => new("ISO") { Description = "A live ISO image" };

    /// <summary>A fresh <c>--output</c> option for a changed image.</summary>
    public static Option<string?> ImageOption() =>
        new("--output", "-o")
        {
            Description = "Write a new image, or to standard output with -; without it the image is changed in place",
            HelpName = "FILE",
        };

    /// <summary>A fresh <c>--force</c> option.</summary>
    public static Option<bool> ForceOption(string what) => new("--force", "-f") { Description = $"Replace {what} embedded before" };

    /// <summary>A fresh <c>--ignition-file</c> option.</summary>
    public static Option<string> IgnitionOption() =>
        new("--ignition-file", "-i")
        {
            Description = "The Ignition config; standard input without it",
            HelpName = "FILE",
            DefaultValueFactory = _ => "-",
        };

    /// <summary>A fresh <c>--keyfile</c> option.</summary>
    public static Option<string[]> KeyfileOption() =>
        new("--keyfile", "-k")
        {
            Description = "A keyfile of NetworkManager; may be repeated",
            HelpName = "FILE",
            Required = true,
        };

    /// <summary>A fresh <c>--directory</c> option. Behind the verb, <c>-C</c> is this one and not the work directory's.</summary>
    public static Option<string?> DirectoryOption() =>
        new("--directory", "-C") { Description = "Write the files into this directory instead of standard output", HelpName = "DIR" };

    /// <summary>The file that an argument names.</summary>
    public static MediaFile Of(Services services, string path) => new(services.FullPath(path), path);

    /// <summary>Where a changed image goes.</summary>
    /// <exception cref="PipelineException">PL3123, PL3124.</exception>
    public static MediaTarget Target(Services services, string input, string? output)
    {
        if (output is null)
        {
            return MediaTarget.InPlace;
        }

        if (output == "-")
        {
            return new(null, () => Bytes(services));
        }

        var file = Of(services, output);
        return file.Path == services.FullPath(input)
            ? throw new PipelineException(
                Diagnostic.Error("PL7280", $"'{output}' is the image itself", hint: "leave --output out to change it in place")
            )
            : new(file, null);
    }

    /// <summary>Standard output for an image.</summary>
    /// <exception cref="PipelineException">PL7281 it is a terminal.</exception>
    public static Stream Bytes(Services services) =>
        services.Bytes()
        ?? throw new PipelineException(
            Diagnostic.Error("PL7281", "an image is not written to a terminal", hint: "redirect standard output, or use --output FILE")
        );

    /// <summary>Writes an initramfs image to a new file, or to standard output.</summary>
    public static async Task WriteAsync(Services services, string? output, byte[] bytes, CancellationToken cancellationToken)
    {
        if (output is null or "-")
        {
            await using var stream = Bytes(services);
            await stream.WriteAsync(bytes, cancellationToken);
            return;
        }

        var full = services.FullPath(output);
        if (Directory.Exists(full) || !Directory.Exists(Path.GetDirectoryName(full)))
        {
            throw new PipelineException(
                Diagnostic.Error("PL7282", $"'{output}' cannot be written", hint: "name a file in a directory that exists")
            );
        }

        await AtomicFile.WriteAsync(full, bytes, cancellationToken);
    }

    /// <summary>A file for reading; <c>-</c> is standard input.</summary>
    /// <exception cref="PipelineException">PL0323 no regular file.</exception>
    public static Stream Open(Services services, string path) =>
        path == "-" ? services.Input() : RegularFile.OpenNamed(services.FullPath(path));

    /// <summary>The name of such a file in messages.</summary>
    public static string Display(string path) => path == "-" ? "<stdin>" : path;

    /// <summary>A file that is embedded; <c>-</c> is standard input.</summary>
    /// <exception cref="PipelineException">PL0323 no regular file; PL7283 too large.</exception>
    public static async Task<NamedBytes> ReadAsync(Services services, string path, CancellationToken cancellationToken)
    {
        await using var stream = Open(services, path);
        return await stream.ReadAtMostAsync(LiveMedia.LargestFile, cancellationToken) is { } bytes
            ? new(Display(path), bytes)
            : throw new PipelineException(
                Diagnostic.Error(
                    "PL7283",
                    $"'{path}' is larger than {ByteSize.FromBytes(LiveMedia.LargestFile)}",
                    hint: "embed a smaller file"
                )
            );
    }

    /// <summary>Files that are embedded.</summary>
    public static async Task<ValueList<NamedBytes>> ReadAllAsync(Services services, string[]? paths, CancellationToken cancellationToken)
    {
        var files = new List<NamedBytes>();
        foreach (var path in paths ?? [])
        {
            files.Add(await ReadAsync(services, path, cancellationToken));
        }

        return [.. files];
    }

    /// <summary>Shows files, or writes them into a directory; none that is there is replaced.</summary>
    public static async Task ShowAsync(
        Services services,
        ValueList<NamedBytes> files,
        string? directory,
        CancellationToken cancellationToken
    )
    {
        if (directory is null)
        {
            foreach (var (file, number) in files.Select((f, n) => (f, n)))
            {
                var text = System.Text.Encoding.UTF8.GetString(file.Content.Span);
                services.Text.Write($"{(number > 0 ? "\n" : "")}########## {file.Name} ##########\n{text}");
            }

            return;
        }

        var full = Directory.CreateDirectory(services.FullPath(directory)).FullName;
        foreach (var file in files)
        {
            await LiveMedia.WriteNewAsync(new(Path.Combine(full, file.Name), Path.Combine(directory, file.Name)), file, cancellationToken);
            services.Text.Write($"{Path.Combine(directory, file.Name)}\n");
        }
    }
}
