using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>What to read.</summary>
internal sealed record ManifestRequest
{
    /// <summary>Absolute path of the root manifest.</summary>
    public required string Path { get; init; }

    /// <summary>The path as the user named it, for messages.</summary>
    public required string Display { get; init; }

    /// <summary>The architecture to flatten for.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Variables given from outside; they win over every definition in files.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
}

/// <summary>A flattened manifest and what was noticed.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Remarks">Warnings and notes.</param>
/// <param name="Blocking">
/// Errors that stop a compose but not a look at the manifest: keys and values that are not supported yet, missing overlays.
/// </param>
/// <param name="Files">Every file that was read, in order.</param>
internal sealed record ReadManifest(
    Manifest Manifest,
    ValueList<Diagnostic> Remarks,
    ValueList<Diagnostic> Blocking,
    ValueList<string> Files
);

/// <summary>
/// Reads a treefile with everything it includes and flattens it. Without <c>schema: compose/v1</c> in the root it behaves as rpm-ostree
/// does. All problems of all files are found before it fails.
/// </summary>
internal sealed partial class ManifestReader
{
    private const int MaxDepth = 50;
    private const int MaxFiles = 500;
    private const int MaxFileSize = 16 * 1024 * 1024;

    private readonly ManifestRequest _request;
    private readonly DiagnosticBag _problems;
    private readonly ManifestVariables _variables = new();
    private readonly Dictionary<FileIdentity, bool> _seen = [];

    /// <summary>By how a file is shown: the file that includes it.</summary>
    private readonly Dictionary<string, (string Path, string Display)> _includers = new(StringComparer.Ordinal);
    private readonly List<string> _files = [];
    private readonly List<Diagnostic> _blocking = [];
    private readonly List<Diagnostic> _remarks = [];
    private bool _schema;

    private ManifestReader(ManifestRequest request, DiagnosticBag problems)
    {
        _request = request;
        _problems = problems;
    }

    /// <summary>Reads and flattens.</summary>
    /// <exception cref="PipelineException">PL0010–PL0023 and PL10xx, all of them (class 2).</exception>
    public static ReadManifest Read(ManifestRequest request)
    {
        var problems = new DiagnosticBag();
        var read = Read(request, problems);
        problems.ThrowIfErrors();
        return read!;
    }

    /// <summary>As <see cref="Read(ManifestRequest)"/>, for callers that look for more problems before they fail.</summary>
    /// <returns>What could be understood, also after errors; <c>null</c> when the root could not be read at all.</returns>
    public static ReadManifest? Read(ManifestRequest request, DiagnosticBag problems)
    {
        var reader = new ManifestReader(request, problems);
        foreach (var (name, value) in request.Variables)
        {
            reader._variables.Define(name, VariableValue.OfPlain(value));
        }

        if (reader.ReadFile(request.Path, request.Display, null, 0) is not { } config)
        {
            return null;
        }

        var manifest = reader.Flatten(config);
        return new(manifest, reader._remarks.ToValueList(), reader._blocking.ToValueList(), reader._files.ToValueList());
    }

    private TreefileConfig? ReadFile(string path, string display, SourceSpan? asked, int depth)
    {
        if (depth >= MaxDepth || _files.Count >= MaxFiles)
        {
            _problems.Add(ManifestDiagnostics.TooDeep(MaxDepth, asked!));
            return null;
        }

        if (FileIdentity.Of(path) is not { } identity || Directory.Exists(path))
        {
            _problems.Add(
                Directory.Exists(path)
                    ? ManifestDiagnostics.IsDirectory(display, asked)
                    : ManifestDiagnostics.Missing(display, asked, Neighbours(path))
            );
            return null;
        }

        if (!_seen.TryAdd(identity, true))
        {
            // A second way to the same file: an error for rpm-ostree; in our schema only a real loop is one.
            if (!_schema || _seen[identity])
            {
                _problems.Add(ManifestDiagnostics.Loop(display, asked!));
            }

            return null;
        }

        _files.Add(path);
        if (Parse(path, display, asked) is not { } root)
        {
            return null;
        }

        var config = ReadMapping(root, path, display, depth);
        _seen[identity] = false;
        return config;
    }

    private YamlMapping? Parse(string path, string display, SourceSpan? asked)
    {
        string text;
        try
        {
            if (UnixFile.StatusOfTarget(path) is { } status && (status.Kind != UnixKind.File || status.Size > MaxFileSize))
            {
                _problems.Add(ManifestDiagnostics.Unreadable(display, "it is not a regular file of at most 16 MiB", asked));
                return null;
            }

            text = RegularFile.ReadText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Add(ManifestDiagnostics.Unreadable(display, e.Message, asked));
            return null;
        }

        var before = _problems.HasErrors;
        var yaml = path.EndsWith(".yaml", StringComparison.Ordinal) || path.EndsWith(".yml", StringComparison.Ordinal);
        var root = yaml ? YamlText.Parse(display, text, _problems) : TreefileJson.Read(display, text, _problems);
        if (root is null && (before || !_problems.HasErrors))
        {
            root = new YamlMapping(new(display, 1, 1), []);
        }

        if (root is not null and not YamlMapping)
        {
            _problems.Add(ManifestDiagnostics.NotAMapping(root.Kind, root.Span));
        }

        return root as YamlMapping;
    }

    private TreefileConfig ReadMapping(YamlMapping root, string path, string display, int depth)
    {
        var directory = Path.GetDirectoryName(path)!;
        var json = !(path.EndsWith(".yaml", StringComparison.Ordinal) || path.EndsWith(".yml", StringComparison.Ordinal));
        CheckSchema(root, depth == 0);
        CheckArchitecture(root);
        ReadVariables(root);
        CheckFinalize(directory, root.Span);
        var config = ReadKeys(root, directory, json);
        var includes = new List<YamlScalar>();
        AddIncludes(root.Find("include"), "include", includes);
        if (root.Find("arch-include") is YamlMapping byArch)
        {
            foreach (var entry in byArch.Entries)
            {
                RequireArchitecture(entry.Key.Text, entry.Key.Span);
                AddIncludes(IsArchitecture(entry.Key.Text) ? entry.Value : null, "arch-include", includes);
            }
        }

        ReadConditions(root, directory, config, includes);
        foreach (var include in includes)
        {
            var name = _schema ? Expand(include).Text : include.Text;
            if (name.Contains('\0', StringComparison.Ordinal))
            {
                _problems.Add(ManifestDiagnostics.Unreadable(name, "no path has a NUL character", include.Span));
                continue;
            }

            var target = Path.GetFullPath(Path.Combine(directory, name));
            var shown = Path.IsPathRooted(name) ? name : Path.Combine(Path.GetDirectoryName(display) ?? "", name);
            _includers.TryAdd(shown, (path, display));
            if (ReadFile(target, shown, include.Span, depth + 1) is { } included)
            {
                config.Include(included);
            }
        }

        return config;
    }

    private void ReadConditions(YamlMapping root, string directory, TreefileConfig config, List<YamlScalar> includes)
    {
        if (root.Find("conditional-include") is not YamlSequence conditions)
        {
            return;
        }

        foreach (var item in conditions.Items)
        {
            if (item is not YamlMapping mapping || mapping.Find("if") is not { } condition || mapping.Find("include") is not { } include)
            {
                _problems.Add(
                    ManifestDiagnostics.WrongType("conditional-include", "a list of mappings with 'if' and 'include'", item.Kind, item.Span)
                );
                continue;
            }

            foreach (var entry in mapping.Entries.Where(e => e.Key.Text is not ("if" or "include")))
            {
                _problems.Add(ManifestDiagnostics.UnknownKey(entry.Key.Text, entry.Key.Span, _schema, false));
            }

            // All conditions are evaluated, also after a false one, so that a wrong one never hides.
            var holds = Texts(condition, "if").ConvertAll(c => _variables.Evaluate(c.Text, _schema, c.Span, _problems)).TrueForAll(b => b);
            if (holds && include is YamlMapping inline)
            {
                config.Include(ReadKeys(inline, directory, json: false));
            }
            else if (holds)
            {
                AddIncludes(include, "include", includes);
            }
        }
    }

    private void CheckSchema(YamlMapping root, bool isRoot)
    {
        if (root.Find("schema") is not { } node)
        {
            return;
        }

        if (node is not YamlScalar { Text: "compose/v1" } schema)
        {
            _problems.Add(ManifestDiagnostics.UnknownSchema((node as YamlScalar)?.Text ?? node.Kind, node.Span));
            _schema |= isRoot;
        }
        else if (isRoot)
        {
            _schema = true;
        }
        else if (!_schema)
        {
            _problems.Add(ManifestDiagnostics.SchemaBelowTreefile(schema.Span));
        }
    }

    private void CheckArchitecture(YamlMapping root)
    {
        if (root.Find("basearch") is YamlScalar given && RequireArchitecture(given.Text, given.Span) && !IsArchitecture(given.Text))
        {
            _problems.Add(ManifestDiagnostics.WrongArchitecture(given.Text, _request.Architecture.Name, given.Span));
        }
    }

    private void ReadVariables(YamlMapping root)
    {
        if (root.Find("variables") is YamlMapping variables)
        {
            foreach (var entry in variables.Entries)
            {
                _variables.Read(entry, _problems);
            }
        }

        if (root.Find("releasever") is YamlScalar { IsNull: false } release)
        {
            _variables.Define(
                "releasever",
                release.Style == YamlScalarStyle.Plain ? VariableValue.OfPlain(release.Text) : new(release.Text, VariableKind.Text)
            );
        }

        _variables.Define("basearch", new(_request.Architecture.Name, VariableKind.Text));
        if (_schema)
        {
            _variables.Define("debarch", new(_request.Architecture.Debian, VariableKind.Text));
            _variables.Define("ociarch", new(_request.Architecture.Oci, VariableKind.Text));
        }
    }

    private void CheckFinalize(string directory, SourceSpan span)
    {
        var finalize = Path.Combine(directory, "finalize.d");
        if (
            Directory.Exists(finalize)
            && Directory.EnumerateFiles(finalize).Any(f => (File.GetUnixFileMode(f) & UnixFileMode.UserExecute) != 0)
            && _blocking.All(b => b.Code != ManifestDiagnostics.FinalizeCode)
        )
        {
            _blocking.Add(ManifestDiagnostics.Finalize("finalize.d", span));
        }
    }

    private bool IsArchitecture(string name) =>
        _schema ? Architecture.TryParse(name, out var parsed) && parsed == _request.Architecture : name == _request.Architecture.Name;

    /// <summary>What is for an architecture that is misspelled would be for none, and nobody would notice.</summary>
    private bool RequireArchitecture(string name, SourceSpan span)
    {
        if (Architecture.IsName(name) || (_schema && Architecture.TryParse(name, out _)))
        {
            return true;
        }

        _problems.Add(ManifestDiagnostics.UnknownArchitecture(name, span));
        return false;
    }

    private static IEnumerable<string> Neighbours(string path) =>
        Path.GetDirectoryName(path) is { } directory && Directory.Exists(directory)
            ? Directory
                .EnumerateFiles(directory)
                .Select(f => Path.GetFileName(f))
                .Where(f => f.EndsWith(".yaml", StringComparison.Ordinal))
                .Take(200)
            : [];
}
