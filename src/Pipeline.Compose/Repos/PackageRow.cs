using System.Globalization;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>What we keep of a package beside what the resolver knows.</summary>
/// <remarks><c>Priority</c> is 0 for required, 1 important, 2 standard, 3 everything else: of several providers of a name apt takes the lowest.</remarks>
internal sealed record PackageRow(
    Digest Digest,
    string Name,
    string Version,
    string Architecture,
    long Size,
    string Location,
    string Source,
    bool Essential,
    int Priority
)
{
    /// <summary>The row as a line of the compact index, without the line feed.</summary>
    public string Line =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Digest.Hex}\t{Name}\t{Version}\t{Architecture}\t{Size}\t{Location}\t{Source}\t{(Essential ? 'E' : '-')}{Priority}"
        );

    /// <summary>Reads a line that <see cref="Line"/> wrote.</summary>
    public static PackageRow Read(ReadOnlySpan<byte> line)
    {
        var fields = Encoding.UTF8.GetString(line).Split('\t');
        return new(
            Digest.Parse(fields[0]),
            fields[1],
            fields[2],
            fields[3],
            long.Parse(fields[4], CultureInfo.InvariantCulture),
            fields[5],
            fields[6],
            fields[7][0] == 'E',
            fields[7][1] - '0'
        );
    }
}
