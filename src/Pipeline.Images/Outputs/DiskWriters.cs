using Pipeline.Host.Tools;
using Pipeline.Images.Formats;
using Pipeline.Images.Formats.Qcow2;
using Pipeline.Images.Formats.Raw;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>The disk writers there are, one per format.</summary>
internal static class DiskWriters
{
    /// <summary>Every writer.</summary>
    public static ValueList<IDiskWriter> All(IToolRunner tools) =>
        [new RawWriter(), new Qcow2Writer(tools, compressed: false), new Qcow2Writer(tools, compressed: true)];
}
