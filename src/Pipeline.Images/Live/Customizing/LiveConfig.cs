using System.Globalization;
using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning;

namespace Pipeline.Images.Live.Customizing;

/// <summary>Builds an Ignition config of version 3.3.0, which every OS with live customization reads.</summary>
internal sealed class LiveConfig
{
    private const string Version = "3.3.0";
    private readonly List<JsonTextNode> _merge = [];
    private readonly List<JsonTextNode> _authorities = [];
    private readonly List<JsonTextNode> _files = [];
    private readonly List<JsonTextNode> _units = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _merge.Count + _authorities.Count + _files.Count + _units.Count == 0;

    /// <summary>Has Ignition merge another config.</summary>
    public void Merge(byte[] config) => _merge.Add(new JsonTextObject([.. Resource(config)]));

    /// <summary>Has Ignition trust certificate authorities while it fetches.</summary>
    public void Trust(byte[] pem) => _authorities.Add(new JsonTextObject([.. Resource(pem)]));

    /// <summary>Writes a file.</summary>
    /// <exception cref="PipelineException">PL3113 there is one at the path.</exception>
    public void AddFile(string path, byte[] content, int mode)
    {
        Once(path);
        _files.Add(
            new JsonTextObject([
                Text("path", path),
                new("contents", new JsonTextObject([.. Resource(content)])),
                new("mode", new JsonTextNumber(mode.ToString(CultureInfo.InvariantCulture))),
            ])
        );
    }

    /// <summary>Writes and enables a unit.</summary>
    /// <exception cref="PipelineException">PL3113 there is one of the name.</exception>
    public void AddUnit(string name, string contents)
    {
        Once(name);
        _units.Add(new JsonTextObject([Text("name", name), new("enabled", new JsonTextBool(true)), Text("contents", contents)]));
    }

    /// <summary>The config as JSON with a final line feed. The same additions give the same bytes.</summary>
    public byte[] ToBytes()
    {
        var ignition = new List<JsonTextMember> { Text("version", Version) };
        if (_merge.Count > 0)
        {
            ignition.Add(new("config", new JsonTextObject([new("merge", new JsonTextArray([.. _merge]))])));
        }

        if (_authorities.Count > 0)
        {
            var tls = new JsonTextObject([new("certificateAuthorities", new JsonTextArray([.. _authorities]))]);
            ignition.Add(new("security", new JsonTextObject([new("tls", tls)])));
        }

        var root = new List<JsonTextMember> { new("ignition", new JsonTextObject([.. ignition])) };
        if (_files.Count > 0)
        {
            root.Add(new("storage", new JsonTextObject([new("files", new JsonTextArray([.. _files]))])));
        }

        if (_units.Count > 0)
        {
            root.Add(new("systemd", new JsonTextObject([new("units", new JsonTextArray([.. _units]))])));
        }

        var text = JsonTextWriter.Write(new JsonTextObject([.. root]), JsonStyle.Compact with { EscapeHtml = true });
        return Encoding.UTF8.GetBytes(text.TrimEnd('\n') + "\n");
    }

    private void Once(string name)
    {
        if (!_names.Add(name))
        {
            throw new PipelineException(LiveDiagnostics.Twice($"'{name}'"));
        }
    }

    private static IEnumerable<JsonTextMember> Resource(byte[] content)
    {
        var (source, compression) = Provisioner.Embed(content);
        yield return Text("source", source);
        if (compression.Length > 0)
        {
            yield return Text("compression", compression);
        }
    }

    private static JsonTextMember Text(string name, string value) => new(name, new JsonTextString(value));
}
