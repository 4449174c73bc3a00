using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;

namespace Pipeline.Host.Sandbox;

/// <summary>What work in the user namespace is given besides its request.</summary>
/// <param name="Tools">Starts programs.</param>
/// <param name="Reporter">Its events are shown by the process outside.</param>
/// <param name="Time">The clock.</param>
public sealed record WorkerServices(IToolRunner Tools, IReporter Reporter, TimeProvider Time);

/// <summary>A kind of work that runs as root of the user namespace, in a process of its own.</summary>
public abstract class WorkerTask
{
    private protected WorkerTask(string kind) => Kind = kind;

    /// <summary>The argument of the hidden verb <c>worker</c>.</summary>
    public string Kind { get; }

    /// <summary>Does the work; called inside the namespace. Request and result are JSON documents.</summary>
    internal abstract Task<string> RunAsync(string request, WorkerServices services, CancellationToken cancellationToken);
}

/// <summary>A kind of work with the types of its request and result.</summary>
/// <typeparam name="TRequest">Everything the work depends on; read and resolved already.</typeparam>
/// <typeparam name="TResult">What the façade returns.</typeparam>
/// <param name="kind">Its name.</param>
/// <param name="request">Writes and reads requests; a function, because most runs find nothing to do and never need it.</param>
/// <param name="result">Writes and reads results.</param>
/// <param name="run">The work itself.</param>
public sealed class WorkerTask<TRequest, TResult>(
    string kind,
    Func<JsonTypeInfo<TRequest>> request,
    Func<JsonTypeInfo<TResult>> result,
    Func<TRequest, WorkerServices, CancellationToken, Task<TResult>> run
) : WorkerTask(kind)
    where TRequest : notnull
    where TResult : notnull
{
    internal override async Task<string> RunAsync(string requestText, WorkerServices services, CancellationToken cancellationToken) =>
        JsonSerializer.Serialize(await run(JsonSerializer.Deserialize(requestText, request())!, services, cancellationToken), result());

    internal string Write(TRequest value) => JsonSerializer.Serialize(value, request());

    internal TResult Read(string text) => JsonSerializer.Deserialize(text, result())!;
}
