using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Host.Trees;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class TreePropertyTests
{
    [FsCheck.NUnit.Property(MaxTest = 150)]
    public Property Every_sequence_of_operations_gives_the_tree_that_a_pure_model_has() =>
        Prop.ForAll(Steps().ToArbitrary(), steps => Run(steps));

    private static Gen<Step[]> Steps()
    {
        var name = Gen.Elements("a", "b", "c");
        var part = Gen.Frequency((6, name), (1, Gen.Constant("..")));
        var path = Gen.Choose(0, 3).SelectMany(n => part.ArrayOf(n)).SelectMany(p => name.Select(last => string.Join('/', [.. p, last])));
        var target = Gen.Frequency(
            (2, path.Select(p => "/" + p)),
            (3, path),
            (1, Gen.Elements("..", "/", "../../..", "../..//a/", "/../b", "/proc/self/root"))
        );
        var operation = Gen.Frequency(
            (4, Gen.Constant("mkdir")),
            (3, Gen.Constant("create")),
            (4, Gen.Constant("symlink")),
            (1, Gen.Constant("delete")),
            (2, Gen.Constant("rename")),
            (1, Gen.Constant("link")),
            (2, Gen.Constant("read"))
        );
        var step = operation.SelectMany(o => path.SelectMany(p => (o == "symlink" ? target : path).Select(other => new Step(o, p, other))));
        return Gen.Choose(1, 40).SelectMany(n => step.ArrayOf(n));
    }

    private static void Run(Step[] steps)
    {
        using var directory = new TemporaryDirectory();
        var root = directory.File("tree");
        Directory.CreateDirectory(root);
        using var tree = TreeHandle.Open(root);
        var model = new TreeModel();
        foreach (var step in steps)
        {
            Assert.That(InTree(tree, step), Is.EqualTo(InModel(model, step)), $"{step}");
            Assert.That(Kind(tree, step.Path), Is.EqualTo(model.Kind(step.Path)), $"{step}");
        }

        Assert.That(
            tree.Walk(TreePath.Root, TreeOrder.ParentsFirst).Select(e => $"{e.Path.Text} {Describe(e.Directory, e.Name)}"),
            Is.EqualTo(model.Everything())
        );
    }

    private static string InModel(TreeModel model, Step step)
    {
        switch (step.Operation)
        {
            case "mkdir":
                return Done(model.MakeDirectory(step.Path));
            case "create":
                return Done(model.Create(step.Path, step.Other));
            case "symlink":
                return Done(model.Symlink(step.Path, step.Other));
            case "delete":
                return Done(model.Delete(step.Path));
            case "rename":
                return Done(model.Rename(step.Path, step.Other));
            case "link":
                return Done(model.Link(step.Path, step.Other));
            default:
                var text = model.Read(step.Path, out var isLoop);
                return isLoop ? "failed" : text ?? "nothing";
        }
    }

    private static string InTree(TreeHandle tree, Step step)
    {
        try
        {
            switch (step.Operation)
            {
                case "mkdir":
                    tree.MakeDirectory(step.Path, FileModes.Executable);
                    break;
                case "create":
                    tree.CreateFile(step.Path, Encoding.UTF8.GetBytes(step.Other), FileModes.Plain);
                    break;
                case "symlink":
                    tree.Symlink(step.Path, Encoding.UTF8.GetBytes(step.Other));
                    break;
                case "delete":
                    tree.Delete(step.Path);
                    break;
                case "rename":
                    return Done(tree.TryRename(step.Path, step.Other));
                case "link":
                    tree.Link(step.Path, tree, step.Other);
                    break;
                default:
                    return tree.ReadText(step.Path, 1000) ?? "nothing";
            }

            return Done(true);
        }
        catch (PipelineException)
        {
            return Done(false);
        }
    }

    private static string Kind(TreeHandle tree, string path)
    {
        try
        {
            using var at = tree.TryAt(path, TreeLinks.InRoot);
            return at is { } place && place.Directory.Status(place.Name) is not null ? Describe(place.Directory, place.Name) : "nothing";
        }
        catch (PipelineException)
        {
            return "nothing"; // a loop of links: the model has no such place either
        }
    }

    private static string Describe(TreeDirectory directory, TreePath name)
    {
        switch (directory.RequireStatus(name).Kind)
        {
            case UnixKind.Directory:
                return "directory";
            case UnixKind.Symlink:
                return $"link {Encoding.UTF8.GetString(directory.ReadLink(name))}";
            default:
                using (var handle = directory.OpenFile(name))
                {
                    var bytes = new byte[RandomAccess.GetLength(handle)];
                    return $"file {Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0))}";
                }
        }
    }

    private static string Done(bool success) => success ? "done" : "failed";

    private sealed record Step(string Operation, string Path, string Other);
}
