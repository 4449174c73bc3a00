global using NUnit.Framework;

// Many tests wait for a program or for a stalled server; twice as many at once as the two cores of a small machine keep these busy.
[assembly: LevelOfParallelism(4)]
