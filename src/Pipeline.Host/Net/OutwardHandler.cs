using System.Net;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Net;

/// <summary>
/// What every request to the outside passes: credentials in the address become a header, and redirects are followed only where they may
/// lead. A redirect to another server carries no credentials with it.
/// </summary>
internal sealed class OutwardHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MostRedirects = 5;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { UserInfo.Length: > 0 } named)
        {
            request.Headers.Authorization ??= UrlCredentials.Basic(named.UserInfo);
            request.RequestUri = WithoutUser(named);
        }

        for (var hops = 0; ; hops++)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (hops == MostRedirects || !IsFollowed(request, response) || response.Headers.Location is not { } location)
            {
                return response;
            }

            response.Dispose();
            Turn(request, location);
        }
    }

    /// <summary>Points the request to the new place.</summary>
    private static void Turn(HttpRequestMessage request, Uri location)
    {
        var from = request.RequestUri!;
        var to = WithoutUser(location.IsAbsoluteUri ? location : new Uri(from, location));
        if (to.Scheme != Uri.UriSchemeHttps && to.Scheme != Uri.UriSchemeHttp)
        {
            throw Refused(from, to, "which is neither http nor https");
        }

        if (from.Scheme == Uri.UriSchemeHttps && to.Scheme == Uri.UriSchemeHttp)
        {
            throw Refused(from, to, "which is not encrypted");
        }

        if (Uri.Compare(from, to, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) != 0)
        {
            request.Headers.Authorization = null;
        }

        request.RequestUri = to;
    }

    private static bool IsFollowed(HttpRequestMessage request, HttpResponseMessage response) =>
        (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head)
        && response.StatusCode
            is HttpStatusCode.MovedPermanently
                or HttpStatusCode.Found
                or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect
                or HttpStatusCode.PermanentRedirect;

    private static Uri WithoutUser(Uri uri) => uri.UserInfo.Length == 0 ? uri : new UriBuilder(uri) { UserName = "", Password = "" }.Uri;

    private static PipelineException Refused(Uri from, Uri to, string why) =>
        new(
            Diagnostic.Error(
                "PL0341",
                $"'{Short(from)}' redirects to '{Short(to)}', {why}",
                hint: "the server or somebody on the way to it misleads: use another one",
                exit: ExitClass.Refused
            )
        );

    private static string Short(Uri uri) => TerminalText.Shorten(UrlCredentials.WithoutUser(uri.OriginalString), 200);
}
