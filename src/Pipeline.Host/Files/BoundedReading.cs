namespace Pipeline.Host.Files;

/// <summary>Reading what others send into memory.</summary>
public static class BoundedReading
{
    /// <summary>All bytes up to the end; <c>null</c> as soon as there are more than <paramref name="limit"/>.</summary>
    public static async Task<byte[]?> ReadAtMostAsync(this Stream stream, long limit, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (content.Length + read > limit)
            {
                return null;
            }

            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }
}
