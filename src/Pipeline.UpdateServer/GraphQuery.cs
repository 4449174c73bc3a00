namespace Pipeline.UpdateServer;

/// <summary>
/// The parameters of a graph request that matter; others (os_version, group, …) are let pass unread. Values are slices of the query:
/// reading one allocates nothing, unless a value is escaped.
/// </summary>
internal ref struct GraphQuery
{
    /// <summary><c>basearch</c>, as RPM spells it; empty is refused.</summary>
    public ReadOnlySpan<char> Architecture { get; private set; }

    /// <summary><c>stream</c>; empty is refused.</summary>
    public ReadOnlySpan<char> Stream { get; private set; }

    /// <summary><c>oci</c>: nodes by image instead of by commit.</summary>
    public bool Oci { get; private set; }

    /// <summary><c>rollout_wariness</c>; absent is empty.</summary>
    public ReadOnlySpan<char> Requested { get; private set; }

    /// <summary><c>node_uuid</c>; absent is empty.</summary>
    public ReadOnlySpan<char> NodeUuid { get; private set; }

    /// <summary><c>platform</c>; absent is empty.</summary>
    public ReadOnlySpan<char> Platform { get; private set; }

    /// <summary>Reads a query string; the last of a repeated parameter counts.</summary>
    /// <param name="query">With or without <c>?</c>.</param>
    /// <param name="result">What was read.</param>
    /// <returns>What is wrong: <c>missing_params</c> or <c>invalid_params</c> and a sentence; <c>null</c> when nothing is.</returns>
    public static (string Kind, string Text)? Parse(ReadOnlySpan<char> query, out GraphQuery result)
    {
        result = default;
        ReadOnlySpan<char> oci = default;
        query = query.TrimStart('?');
        while (!query.IsEmpty)
        {
            var end = query.IndexOf('&');
            var pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            var equals = pair.IndexOf('=');
            var value = equals < 0 ? default : Decode(pair[(equals + 1)..]);
            switch (equals < 0 ? pair : pair[..equals])
            {
                case "basearch":
                    result.Architecture = value;
                    break;
                case "stream":
                    result.Stream = value;
                    break;
                case "oci":
                    oci = value;
                    break;
                case "rollout_wariness":
                    result.Requested = value;
                    break;
                case "node_uuid":
                    result.NodeUuid = value;
                    break;
                case "platform":
                    result.Platform = value;
                    break;
                default:
                    break;
            }
        }

        result.Oci = oci is "true";
        return result.Architecture.IsEmpty ? ("missing_params", "mandatory client parameter 'basearch' is missing or empty")
            : result.Stream.IsEmpty ? ("missing_params", "mandatory client parameter 'stream' is missing or empty")
            : oci is not ("" or "true" or "false") ? ("invalid_params", "'oci' is neither 'true' nor 'false'")
            : null;
    }

    private static ReadOnlySpan<char> Decode(ReadOnlySpan<char> value) =>
        value.IndexOfAny('%', '+') < 0 ? value : Uri.UnescapeDataString(value.ToString().Replace('+', ' '));
}
