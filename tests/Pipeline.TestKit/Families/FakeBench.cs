using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Pipeline.Compose.Families;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Families;

/// <summary>Packages and repositories of <see cref="FakeFamily"/>.</summary>
internal sealed class FakeBench : IFamilyBench
{
    private readonly FaultyServer _server = new();

    /// <inheritdoc/>
    public IPackageFamily Family { get; } = new FakeFamily();

    /// <inheritdoc/>
    public string Url => _server.Url;

    /// <inheritdoc/>
    public string VersionOf(TinyPackage package) => $"{package.Version}-1";

    /// <inheritdoc/>
    public string AnyArchitecture => "noarch";

    /// <inheritdoc/>
    public byte[] Build(TinyPackage package)
    {
        var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach (var file in package.Files)
            {
                var entry = new GnuTarEntry(file.Type, file.Path)
                {
                    Mode = (UnixFileMode)file.Mode,
                    ModificationTime = DateTimeOffset.UnixEpoch,
                };
                if (file.Target is not null)
                {
                    entry.LinkName = file.Target;
                }
                else if (file.Type == TarEntryType.RegularFile)
                {
                    entry.DataStream = new MemoryStream(file.Bytes ?? Encoding.UTF8.GetBytes(file.Content));
                }

                tar.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }

    /// <inheritdoc/>
    public string LocationOf(TinyPackage package) => $"packages/{package.Name}.fake";

    /// <inheritdoc/>
    public void Serve(string directory, IReadOnlyList<TinyPackage> packages, string? location = null)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            <?xml version="1.0"?>
            <metadata xmlns="http://linux.duke.edu/metadata/common"
              xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="{packages.Count}">

            """
        );
        foreach (var package in packages)
        {
            var bytes = Build(package);
            _server.Put("/" + LocationOf(package), bytes);
            var needs = package.Depends is { } other ? $"<rpm:requires><rpm:entry name=\"{other}\"/></rpm:requires>" : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"""
                <package type="rpm"><name>{package.Name}</name><arch>noarch</arch><version epoch="0" ver="{package.Version}" rel="1"/>
                <checksum type="sha256" pkgid="YES">{Digest.Of(
                    bytes
                ).Hex}</checksum><size package="{bytes.Length}" installed="1" archive="1"/>
                <location href="{location ?? LocationOf(package)}"/><format>{needs}
                <rpm:provides><rpm:entry name="{package.Name}" flags="EQ" epoch="0" ver="{package.Version}" rel="1"/></rpm:provides>
                </format></package>

                """
            );
        }

        var index = Encoding.UTF8.GetBytes(text.Append("</metadata>\n").ToString());
        _server.Put("/index.xml", index);
        File.WriteAllText(Path.Combine(directory, "tiny.fake"), $"{_server.Url} {Digest.Of(index)}\n");
    }

    /// <inheritdoc/>
    public void Tamper() => _server.Put("/index.xml", "<metadata/>"u8.ToArray());

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
