using Cake.Frosting;
using Pipeline.Build;

var host = new CakeHost().UseContext<BuildContext>().UseLifetime<BuildLifetime>();
return BuildLifetime.ExitCode(host.Run(args));
