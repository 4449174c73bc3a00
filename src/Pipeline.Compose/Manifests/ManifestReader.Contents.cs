using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Provisioning;

namespace Pipeline.Compose.Manifests;

/// <content>Keys about the contents of packages and of the commit.</content>
internal sealed partial class ManifestReader
{
    private const int MostAdded = 64 << 20;

    /// <summary>Where <c>add-files</c> may put files.</summary>
    private static readonly string[] AddedPlaces = ["usr/", "etc/", "bin/", "sbin/", "lib/", "lib64/"];

    /// <summary>Metadata that the compose itself writes.</summary>
    private static readonly string[] OwnMetadata =
    [
        "version",
        "ostree.linux",
        "ostree.bootable",
        "ostree.ref-binding",
        "ostree.container-cmd",
        IgnitionReleases.CommitKey,
    ];

    private ValueList<PackageRemoval> Removals(TreefileConfig config)
    {
        var found = new List<PackageRemoval>();
        foreach (var node in config.Lists.GetValueOrDefault("remove-from-packages")?.Select(i => i.Node) ?? [])
        {
            if (node is not YamlSequence { Items: [YamlScalar package, YamlScalar, ..] items } || items.Any(i => i is not YamlScalar))
            {
                _problems.Add(ManifestDiagnostics.BadRemoval("is no list of a package and patterns", node.Span));
                continue;
            }

            var patterns = items.Skip(1).Cast<YamlScalar>().ToArray();
            foreach (var pattern in patterns.Where(p => PathPattern.Compile(p.Text) is null))
            {
                _problems.Add(ManifestDiagnostics.BadRemoval($"has the pattern '{pattern.Text}', which is not valid", pattern.Span));
            }

            found.Add(new(package.Text, patterns.Select(p => p.Text).ToValueList()));
        }

        return found.ToValueList();
    }

    private ValueList<string> InstallLanguages(TreefileConfig config)
    {
        var languages = Names(config, "install-langs", LanguagePattern(), "write a language such as de or pt_BR.UTF-8, or all")
            .Select(l => l.Text)
            .ToValueList();
        return languages.Contains("all") ? [] : languages.Distinct().ToValueList();
    }

    private ValueList<AddedFile> AddedFiles(TreefileConfig config)
    {
        var (found, size) = (new List<AddedFile>(), 0L);
        foreach (var item in config.Lists.GetValueOrDefault("add-files") ?? [])
        {
            if (item.Node is not YamlSequence { Items: [YamlScalar source, YamlScalar target] })
            {
                _problems.Add(ManifestDiagnostics.BadAddedFile("is no pair of a source and a target", item.Node.Span));
                continue;
            }

            var path = target.Text.TrimStart('/');
            if (
                !AddedPlaces.Any(p => path.StartsWith(p, StringComparison.Ordinal) && path.Length > p.Length)
                || path.StartsWith("usr/local/", StringComparison.Ordinal)
                || path.Split('/').Any(p => p is "" or "." or "..")
                || path.Any(char.IsControl)
            )
            {
                _problems.Add(ManifestDiagnostics.BadAddedFile($"has the target '{target.Text}', which is not supported", target.Span));
                continue;
            }

            var file = source.Text.Contains('\0', StringComparison.Ordinal) ? "" : Path.Combine(item.Directory, source.Text);
            if (!RegularFile.Is(file) || (size += new FileInfo(file).Length) > MostAdded)
            {
                var why = $"has the source '{source.Text}', which is not a regular file, or too large: 64 MiB are the most in all";
                _problems.Add(ManifestDiagnostics.BadAddedFile(why, source.Span));
                continue;
            }

            var executable = (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0;
            found.Add(new(path, executable, Convert.ToBase64String(RegularFile.Read(file))));
        }

        return found.ToValueList();
    }

    private ValueList<string> InitramfsArguments(TreefileConfig config)
    {
        foreach (var wrong in Items(config, "initramfs-args").Where(i => i.Text.Length == 0 || i.Text.Any(char.IsControl)))
        {
            _problems.Add(ManifestDiagnostics.BadName("item of initramfs-args", wrong.Text, "write one argument of dracut", wrong.Span));
        }

        return Items(config, "initramfs-args").Select(i => i.Text).ToValueList();
    }

    private static ValueList<string> ContainerCommand(TreefileConfig config) =>
        config.Single.GetValueOrDefault("container-cmd")?.Node is YamlSequence list
            ? list.Items.OfType<YamlScalar>().Select(i => i.Text).ToValueList()
            : [];

    private JsonTextObject CommitMetadata(TreefileConfig config)
    {
        foreach (var (name, entry) in config.Maps.GetValueOrDefault("add-commit-metadata") ?? [])
        {
            if (OwnMetadata.Contains(name) || name.StartsWith("rpmostree.", StringComparison.Ordinal))
            {
                _problems.Add(ManifestDiagnostics.ReservedMetadata(name, entry.Key.Span));
            }
            else if (WrongMetadata(entry.Value, 0) is { } why)
            {
                _problems.Add(ManifestDiagnostics.BadMetadata(name, why, entry.Value.Span));
            }
        }

        return MapJson(config, "add-commit-metadata");
    }

    /// <summary>What a commit cannot say; numbers of JSON are those of 64 bits with a sign.</summary>
    private static string? WrongMetadata(YamlNode node, int depth) =>
        node switch
        {
            _ when depth > 16 => "is nested too deeply",
            YamlScalar { IsNull: true } => "has an empty value",
            YamlScalar s when s.Text.Contains('\0', StringComparison.Ordinal) => "has a text with a NUL character",
            YamlScalar { Style: YamlScalarStyle.Plain } s
                when IsNumber(s) && !long.TryParse(s.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _) =>
                "has a number that is too large",
            YamlSequence s => s.Items.Select(i => WrongMetadata(i, depth + 1)).FirstOrDefault(w => w is not null),
            YamlMapping m => m
                .Entries.Select(e => e.Key.Text.Contains('\0', StringComparison.Ordinal) ? "has a NUL" : WrongMetadata(e.Value, depth + 1))
                .FirstOrDefault(w => w is not null),
            _ => null,
        };

    [GeneratedRegex(@"\A[A-Za-z]{1,8}(_[A-Za-z]{2})?([.@][A-Za-z0-9-]{1,16})*\z", RegexOptions.CultureInvariant)]
    private static partial Regex LanguagePattern();
}
