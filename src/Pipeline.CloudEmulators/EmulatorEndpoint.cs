using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pipeline.CloudEmulators.Faults;
using Pipeline.Model.Diagnostics;

namespace Pipeline.CloudEmulators;

/// <summary>Hands requests to a provider; <c>/_faults</c> is the emulator's own.</summary>
internal sealed class EmulatorEndpoint(Func<HttpContext, Task> provider, FaultBook faults) : IHttpApplication<HttpContext>
{
    private const int LongestFault = 4096;

    /// <inheritdoc/>
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    public void DisposeContext(HttpContext context, Exception? exception) { }

    /// <inheritdoc/>
    public Task ProcessRequestAsync(HttpContext context) => context.Request.Path == "/_faults" ? FaultsAsync(context) : provider(context);

    /// <summary>
    /// GET lists the faults that are left, POST adds those of the body, one per line as <c>--fault</c> has them, DELETE forgets all.
    /// </summary>
    private async Task FaultsAsync(HttpContext context)
    {
        try
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                foreach (
                    var line in (await TextAsync(context)).Split(
                        '\n',
                        StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                    )
                )
                {
                    faults.Add(FaultRule.Parse(line));
                }
            }
            else if (HttpMethods.IsDelete(context.Request.Method))
            {
                faults.Clear();
            }

            await context.Response.WriteAsync(string.Concat(faults.Left.Select(f => $"{f}\n")), context.RequestAborted);
        }
        catch (PipelineException e)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($"{e.Diagnostics[0].Message}\n{e.Diagnostics[0].Hint}\n", context.RequestAborted);
        }
    }

    private static async Task<string> TextAsync(HttpContext context)
    {
        var buffer = new byte[LongestFault];
        var length = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.RequestAborted);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
