using System.Net.Sockets;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Net;

/// <summary>Bounded retries of transient failures; refusals (digest, signature) are never retried.</summary>
/// <param name="Attempts">How often to try in all.</param>
/// <param name="FirstDelay">Wait after the first failure; doubled each time.</param>
public sealed record Retry(int Attempts, TimeSpan FirstDelay)
{
    /// <summary>Four attempts over about three and a half seconds.</summary>
    public static Retry Default { get; } = new(4, TimeSpan.FromMilliseconds(500));

    /// <summary>Runs <paramref name="action"/> until it succeeds, fails for good, or the attempts are used up.</summary>
    /// <param name="what">Names the work in the final error (PL0340, class 4).</param>
    /// <param name="action">The work; gets the attempt number from 1.</param>
    /// <param name="time">Clock for the waits.</param>
    /// <param name="cancellationToken">Ends the waiting and the work.</param>
    public async Task<T> RunAsync<T>(
        string what,
        Func<int, CancellationToken, Task<T>> action,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var delay = FirstDelay;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await action(attempt, cancellationToken);
            }
            catch (Exception e) when (IsTransient(e) && !cancellationToken.IsCancellationRequested)
            {
                if (attempt >= Attempts)
                {
                    throw new PipelineException(
                        Diagnostic.Error(
                            "PL0340",
                            $"{what} failed after {attempt} attempts: {TerminalText.Shorten(e.Message, 300)}",
                            hint: "check the network and the server, then run the same command again",
                            exit: ExitClass.OutsideWorld
                        ),
                        e
                    );
                }
            }

            await Task.Delay(delay, time, cancellationToken);
            delay *= 2;
        }
    }

    /// <summary>Network failures, timeouts and server errors; also our own errors of class 4.</summary>
    public static bool IsTransient(Exception e) =>
        e switch
        {
            PipelineException p => p.Exit == ExitClass.OutsideWorld,
            HttpRequestException { StatusCode: { } code } => (int)code >= 500
                || code is System.Net.HttpStatusCode.RequestTimeout or System.Net.HttpStatusCode.TooManyRequests,
            HttpRequestException or SocketException or TimeoutException or HttpIOException => true,
            IOException { InnerException: SocketException } => true,
            _ => false,
        };
}
