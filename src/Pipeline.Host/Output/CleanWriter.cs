using System.Text;

namespace Pipeline.Host.Output;

/// <summary>A writer at the edge of the process: everything passes <paramref name="clean"/> on its way out.</summary>
/// <param name="inner">Where it goes; disposed with this one.</param>
/// <param name="clean">Gets the text of each call as it is.</param>
public sealed class CleanWriter(TextWriter inner, Func<string, string> clean) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => inner.Write(clean(value.ToString()));

    /// <inheritdoc/>
    public override void Write(string? value) => inner.Write(clean(value ?? ""));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => inner.Write(clean(new string(buffer, index, count)));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => inner.Write(clean(buffer.ToString()));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => inner.Write(clean(value ?? "") + inner.NewLine);

    /// <inheritdoc/>
    public override Task WriteAsync(char value) => inner.WriteAsync(clean(value.ToString()));

    /// <inheritdoc/>
    public override Task WriteAsync(string? value) => inner.WriteAsync(clean(value ?? ""));

    /// <inheritdoc/>
    public override Task WriteAsync(char[] buffer, int index, int count) => inner.WriteAsync(clean(new string(buffer, index, count)));

    /// <inheritdoc/>
    public override Task WriteAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(clean(buffer.ToString()).AsMemory(), cancellationToken);

    /// <inheritdoc/>
    public override Task WriteLineAsync(string? value) => inner.WriteAsync(clean(value ?? "") + inner.NewLine);

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync() => inner.FlushAsync();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
