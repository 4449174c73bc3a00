using Cake.Frosting;
using Pipeline.Build;
using Pipeline.Host.Tools;

using var children = Children.Adopt();
var host = new CakeHost().UseContext<BuildContext>().UseLifetime<BuildLifetime>();
return BuildLifetime.ExitCode(host.Run(args));
