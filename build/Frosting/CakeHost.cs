using System.Reflection;
using Cake.Cli;
using Cake.Core;
using Cake.Core.Configuration;
using Cake.Core.Diagnostics;
using Cake.Core.IO;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Cake.Frosting;

/// <summary>
/// Runs the tasks of an assembly on the official Cake engine: the public surface of Cake.Frosting that a build program uses, for places
/// where that package cannot be restored.
/// </summary>
public sealed class CakeHost
{
    private readonly ServiceCollection _services = new();
    private readonly List<Assembly> _assemblies = [Assembly.GetEntryAssembly()!];

    /// <summary>Adds an assembly whose tasks take part.</summary>
    public CakeHost AddAssembly(Assembly assembly)
    {
        _assemblies.Add(assembly);
        return this;
    }

    /// <summary>Registers services that tasks and the context can ask for.</summary>
    public CakeHost ConfigureServices(Action<IServiceCollection> configure)
    {
        configure(_services);
        return this;
    }

    /// <summary>Runs the targets that <paramref name="args"/> name.</summary>
    /// <returns>0, or -1 when a task failed or does not exist.</returns>
    public int Run(IEnumerable<string> args)
    {
        var options = FrostingOptions.Parse(args);
        if (options.Help)
        {
            AnsiConsole.Write(FrostingOptions.Usage);
            return 0;
        }

        using var provider = BuildProvider(options);
        var log = provider.GetRequiredService<ICakeLog>();
        try
        {
            log.Verbosity = options.Verbosity;
            if (options.Version)
            {
                provider.GetRequiredService<ICakeVersionFeature>().Run(provider.GetRequiredService<IConsole>());
                return 0;
            }

            if (options.Info)
            {
                provider.GetRequiredService<ICakeInfoFeature>().Run(provider.GetRequiredService<IConsole>());
                return 0;
            }

            new FrostingRun(provider, options).RunAsync().GetAwaiter().GetResult();
            return 0;
        }
#pragma warning disable CA1031 // the engine wraps what tasks throw; the log unwraps it
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.LogException(e);
            return -1;
        }
    }

    private ServiceProvider BuildProvider(FrostingOptions options)
    {
        var services = new ServiceCollection();
        services.UseCakeDefaultModules();
        services.AddCakeDiagnostics();
        services.AddSingleton<IVersionResolver, VersionResolver>();
        services.AddSingleton<ICakeVersionFeature, VersionFeature>();
        services.AddSingleton<ICakeInfoFeature, InfoFeature>();
        services.AddSingleton<ICakeArguments>(options.Arguments);
        services.AddSingleton<ICakeConfiguration>(p =>
        {
            var environment = p.GetRequiredService<ICakeEnvironment>();
            environment.WorkingDirectory = options.WorkingDirectory is null
                ? environment.WorkingDirectory
                : new DirectoryPath(options.WorkingDirectory).MakeAbsolute(environment);
            return new CakeConfigurationProvider(p.GetRequiredService<IFileSystem>(), environment).CreateConfiguration(
                environment.WorkingDirectory,
                options.Settings
            );
        });
        services.AddSingleton<ICakeDataService, FrostingDataService>();
        foreach (var service in _services)
        {
            ((ICollection<ServiceDescriptor>)services).Add(service);
        }

        foreach (
            var type in _assemblies
                .Distinct()
                .SelectMany(a => a.GetTypes())
                .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IFrostingTask).IsAssignableFrom(t))
        )
        {
            services.AddSingleton(typeof(IFrostingTask), type);
        }

        if (_services.All(s => s.ServiceType != typeof(IFrostingContext)))
        {
            services.AddSingleton<IFrostingContext, FrostingContext>();
        }

        return services.BuildServiceProvider();
    }
}

/// <summary>The other calls of a build program.</summary>
public static class CakeHostExtensions
{
    /// <summary>Uses the build's own context.</summary>
    public static CakeHost UseContext<T>(this CakeHost host)
        where T : class, IFrostingContext => host.ConfigureServices(s => s.AddSingleton<IFrostingContext, T>());

    /// <summary>Runs code at both ends of the run.</summary>
    public static CakeHost UseLifetime<T>(this CakeHost host)
        where T : class, IFrostingLifetime =>
        host.ConfigureServices(s =>
            s.AddSingleton<T>()
                .AddSingleton<IFrostingSetup>(p => p.GetRequiredService<T>())
                .AddSingleton<IFrostingTeardown>(p => p.GetRequiredService<T>())
        );

    /// <summary>Runs code at both ends of each task.</summary>
    public static CakeHost UseTaskLifetime<T>(this CakeHost host)
        where T : class, IFrostingTaskLifetime =>
        host.ConfigureServices(s =>
            s.AddSingleton<T>()
                .AddSingleton<IFrostingTaskSetup>(p => p.GetRequiredService<T>())
                .AddSingleton<IFrostingTaskTeardown>(p => p.GetRequiredService<T>())
        );
}

/// <summary>Typed data of a run, one value per type; setup code fills it.</summary>
internal sealed class FrostingDataService : ICakeDataService
{
    private readonly Dictionary<Type, object> _values = [];

    public TData Get<TData>()
        where TData : class => (TData)_values[typeof(TData)];

    public void Add<TData>(TData value)
        where TData : class => _values.Add(typeof(TData), value);
}
