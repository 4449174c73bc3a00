using System.Reflection;
using Cake.Cli;
using Cake.Core;
using Cake.Core.Configuration;
using Cake.Core.Diagnostics;
using Cake.Core.Scripting;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Cake.Frosting;

/// <summary>Registers the tasks with the engine and runs the chosen targets through Cake's own script hosts.</summary>
internal sealed class FrostingRun(IServiceProvider provider, FrostingOptions options)
{
    private readonly ICakeEngine _engine = provider.GetRequiredService<ICakeEngine>();
    private readonly IFrostingContext _context = provider.GetRequiredService<IFrostingContext>();

    public async Task RunAsync()
    {
        foreach (var setup in provider.GetServices<IFrostingSetup>())
        {
            _engine.RegisterSetupAction(info => setup.Setup(_context, info));
        }

        foreach (var teardown in provider.GetServices<IFrostingTeardown>())
        {
            _engine.RegisterTeardownAction(info => teardown.Teardown(_context, info));
        }

        foreach (var setup in provider.GetServices<IFrostingTaskSetup>())
        {
            _engine.RegisterTaskSetupAction(info => setup.Setup(_context, info));
        }

        foreach (var teardown in provider.GetServices<IFrostingTaskTeardown>())
        {
            _engine.RegisterTaskTeardownAction(info => teardown.Teardown(_context, info));
        }

        foreach (var task in provider.GetServices<IFrostingTask>().OrderBy(t => NameOf(t.GetType()), StringComparer.Ordinal))
        {
            Register(task);
        }

        var host = Host();
        if (options.Exclusive)
        {
            host.Settings.UseExclusiveTarget();
        }

        await (options.Targets.Count == 1 ? host.RunTargetAsync(options.Targets[0]) : host.RunTargetsAsync(options.Targets));
    }

    private ScriptHost Host()
    {
        var log = provider.GetRequiredService<ICakeLog>();
        if (options.Tree)
        {
            return new TreeScriptHost(_engine, _context, provider.GetRequiredService<IConsole>());
        }

        if (options.Description)
        {
            return new DescriptionScriptHost(_engine, _context, AnsiConsole.Console);
        }

        if (options.DryRun)
        {
            return new DryRunScriptHost<IFrostingContext>(_engine, _context, log);
        }

        return new BuildScriptHost<IFrostingContext>(
            _engine,
            provider.GetRequiredService<IExecutionStrategy>(),
            _context,
            provider.GetRequiredService<ICakeReportPrinter>(),
            provider.GetRequiredService<ICakeConfiguration>(),
            log
        );
    }

    private void Register(IFrostingTask task)
    {
        var type = task.GetType();
        var builder = _engine.RegisterTask(NameOf(type));
        if (type.GetCustomAttribute<TaskDescriptionAttribute>() is { } description)
        {
            builder.Description(description.Description);
        }

        foreach (var dependency in type.GetCustomAttributes<IsDependentOnAttribute>())
        {
            builder.IsDependentOn(NameOf(dependency.Task));
        }

        foreach (var dependee in type.GetCustomAttributes<IsDependeeOfAttribute>())
        {
            builder.IsDependeeOf(NameOf(dependee.Task));
        }

        builder.WithCriteria(_ => task.ShouldRun(_context));
        builder.Does(_ => task.RunAsync(_context));
        if (type.GetCustomAttribute<ContinueOnErrorAttribute>() is not null)
        {
            builder.ContinueOnError();
        }

        if (Overrides(type, "OnError"))
        {
            builder.OnError((exception, _) => task.OnError(exception, _context));
        }

        if (Overrides(type, "Finally"))
        {
            builder.Finally(() => task.Finally(_context));
        }
    }

    private static string NameOf(Type type) => type.GetCustomAttribute<TaskNameAttribute>()?.Name ?? type.Name;

    private static bool Overrides(Type type, string method) =>
        type.GetMethods().Any(m => m.Name == method && m.DeclaringType is { IsGenericType: false } d && d.Namespace != "Cake.Frosting");
}
