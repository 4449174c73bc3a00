using Pipeline.Cli;
using Pipeline.Host.Tools;

using var children = Children.Adopt();
using var program = new ConsoleProgram();
return await CommandLine.RunAsync(program.Services, args, program.Cancellation);
