using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live.Making;

/// <summary>Writes ISO images with xorriso: Rock Ridge names, one owner, one time, the same bytes for the same files.</summary>
/// <param name="tools">Starts it.</param>
/// <param name="volume">The volume id.</param>
/// <param name="identity">Decides the ids in the partition table.</param>
/// <param name="epoch">All times, seconds since 1970.</param>
internal sealed class IsoWriter(IToolRunner tools, string volume, Digest identity, long epoch)
{
    /// <summary>The program.</summary>
    public static readonly StepTools Tools = new([new("xorriso", "xorriso")], []);

    private const int LongestVolume = 32;

    /// <summary>The volume id of a build: what fits, of characters that need no quoting where labels are written.</summary>
    public static string Volume(string name, string build)
    {
        var text = string.Concat($"{name}-{build}".Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'));
        return text[..Math.Min(text.Length, LongestVolume)];
    }

    /// <summary>Writes an image.</summary>
    /// <param name="directory">Its files.</param>
    /// <param name="target">A path that does not exist.</param>
    /// <param name="boot">What makes it start.</param>
    /// <param name="cancellationToken">Stops xorriso.</param>
    public Task WriteAsync(string directory, string target, ValueList<string> boot, CancellationToken cancellationToken)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(epoch).ToString("yyyyMMddHHmmss00", CultureInfo.InvariantCulture);
        return tools.RunAsync(
            new(
                "xorriso",
                [
                    .. (string[])["-no_rc", "-as", "mkisofs", "-quiet", "-o", target, "-V", volume, "-r", "-J", "-joliet-long"],
                    .. (string[])[$"--modification-date={time}", "--set_all_file_dates", time],
                    .. (string[])["--gpt_disk_guid", new Guid(Convert.FromHexString(identity.Hex[..32])).ToString()],
                    .. boot,
                    directory,
                ]
            )
            {
                MissingHint = "install the package 'xorriso'",
            },
            cancellationToken
        );
    }
}
