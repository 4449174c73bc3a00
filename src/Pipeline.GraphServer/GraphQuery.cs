namespace Pipeline.GraphServer;

/// <summary>The parameters of a graph request that matter; others (os_version, group, …) are let pass unread.</summary>
/// <param name="Architecture"><c>basearch</c>, as RPM spells it.</param>
/// <param name="Stream"><c>stream</c>.</param>
/// <param name="Oci"><c>oci</c>: nodes by image instead of by commit.</param>
/// <param name="Wish"><c>rollout_wariness</c>, or <c>null</c>.</param>
/// <param name="NodeUuid"><c>node_uuid</c>, or <c>null</c>.</param>
/// <param name="Platform"><c>platform</c>, or <c>null</c>.</param>
internal sealed record GraphQuery(string Architecture, string Stream, bool Oci, string? Wish, string? NodeUuid, string? Platform)
{
    /// <summary>Reads a query string without making more than the six values; the last of a repeated parameter counts.</summary>
    /// <param name="query">With or without <c>?</c>.</param>
    /// <param name="error">What is wrong: <c>missing_params</c> or <c>invalid_params</c> and a sentence.</param>
    public static GraphQuery? Parse(ReadOnlySpan<char> query, out (string Kind, string Text) error)
    {
        string? architecture = null, stream = null, oci = null, wish = null, uuid = null, platform = null;
        query = query.TrimStart('?');
        foreach (var range in query.Split('&'))
        {
            var pair = query[range];
            var equals = pair.IndexOf('=');
            var value = equals < 0 ? default : pair[(equals + 1)..];
            switch (equals < 0 ? pair : pair[..equals])
            {
                case "basearch": architecture = Decode(value); break;
                case "stream": stream = Decode(value); break;
                case "oci": oci = Decode(value); break;
                case "rollout_wariness": wish = Decode(value); break;
                case "node_uuid": uuid = Decode(value); break;
                case "platform": platform = Decode(value); break;
                default: break;
            }
        }

        error = string.IsNullOrEmpty(architecture) ? ("missing_params", "mandatory client parameter 'basearch' is missing or empty")
            : string.IsNullOrEmpty(stream) ? ("missing_params", "mandatory client parameter 'stream' is missing or empty")
            : oci is not (null or "" or "true" or "false") ? ("invalid_params", "'oci' is neither 'true' nor 'false'")
            : default;
        return error.Kind is null ? new(architecture!, stream!, oci == "true", wish, uuid, platform) : null;
    }

    private static string Decode(ReadOnlySpan<char> value) =>
        value.IndexOfAny('%', '+') < 0 ? value.ToString() : Uri.UnescapeDataString(value.ToString().Replace('+', ' '));
}
