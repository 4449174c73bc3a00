using Cake.Core;

namespace Cake.Frosting;

/// <summary>What tasks are given; build scripts derive their own from <see cref="FrostingContext"/>.</summary>
public interface IFrostingContext : ICakeContext;

/// <summary>The Cake context with whatever a build adds to it.</summary>
public class FrostingContext(ICakeContext context) : CakeContextAdapter(context), IFrostingContext;

/// <summary>One node of the job graph.</summary>
public interface IFrostingTask
{
    /// <summary>The work.</summary>
    Task RunAsync(ICakeContext context);

    /// <summary>Whether to do it; a task that returns false is reported as skipped.</summary>
    bool ShouldRun(ICakeContext context);

    /// <summary>Handles a failure; the run goes on unless it throws.</summary>
    void OnError(Exception exception, ICakeContext context);

    /// <summary>Runs after success and failure alike.</summary>
    void Finally(ICakeContext context);
}

/// <summary>A task that is awaited.</summary>
/// <typeparam name="T">The build's context.</typeparam>
public abstract class AsyncFrostingTask<T> : IFrostingTask
    where T : ICakeContext
{
    /// <summary>The work.</summary>
    public virtual Task RunAsync(T context) => Task.CompletedTask;

    /// <summary>Whether to do it.</summary>
    public virtual bool ShouldRun(T context) => true;

    /// <summary>Handles a failure; only called when overridden.</summary>
    public virtual void OnError(Exception exception, T context) { }

    /// <summary>Runs last; only called when overridden.</summary>
    public virtual void Finally(T context) { }

    Task IFrostingTask.RunAsync(ICakeContext context) => RunAsync((T)context);

    bool IFrostingTask.ShouldRun(ICakeContext context) => ShouldRun((T)context);

    void IFrostingTask.OnError(Exception exception, ICakeContext context) => OnError(exception, (T)context);

    void IFrostingTask.Finally(ICakeContext context) => Finally((T)context);
}

/// <summary>A task that is awaited and needs no context of its own.</summary>
public abstract class AsyncFrostingTask : AsyncFrostingTask<ICakeContext>;

/// <summary>A task that runs to its end.</summary>
/// <typeparam name="T">The build's context.</typeparam>
public abstract class FrostingTask<T> : IFrostingTask
    where T : ICakeContext
{
    /// <summary>The work.</summary>
    public virtual void Run(T context) { }

    /// <summary>Whether to do it.</summary>
    public virtual bool ShouldRun(T context) => true;

    /// <summary>Handles a failure; only called when overridden.</summary>
    public virtual void OnError(Exception exception, T context) { }

    /// <summary>Runs last; only called when overridden.</summary>
    public virtual void Finally(T context) { }

    Task IFrostingTask.RunAsync(ICakeContext context)
    {
        Run((T)context);
        return Task.CompletedTask;
    }

    bool IFrostingTask.ShouldRun(ICakeContext context) => ShouldRun((T)context);

    void IFrostingTask.OnError(Exception exception, ICakeContext context) => OnError(exception, (T)context);

    void IFrostingTask.Finally(ICakeContext context) => Finally((T)context);
}

/// <summary>A task that needs no context of its own.</summary>
public abstract class FrostingTask : FrostingTask<ICakeContext>;
