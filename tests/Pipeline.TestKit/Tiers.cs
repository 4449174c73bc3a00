using NUnit.Framework;

namespace Pipeline.TestKit;

/// <summary>
/// The categories that decide when a test runs. A test without one is fast: it needs no root, no network and no service. What starts a
/// service or a sandbox calls <see cref="RequireSystem"/>, so that a test cannot slip into the fast tier.
/// </summary>
public static class Tiers
{
    /// <summary>Runs bubblewrap, user namespaces, stores, mirrors or other services.</summary>
    public const string System = "system";

    /// <summary>Boots virtual machines.</summary>
    public const string Machine = "machine";

    /// <summary>Reads published documents from the directory that PIPELINE_PUBLISHED names.</summary>
    public const string Published = "published";

    /// <summary>Fails a test of the fast tier.</summary>
    /// <param name="what">What the test is about to start, for example <c>radosgw</c>.</param>
    public static void RequireSystem(string what)
    {
        var categories = TestContext.CurrentContext.Test.AllCategories();
        if (!categories.Intersect([System, Machine]).Any())
        {
            throw new InvalidOperationException($"a test that starts {what} needs [Category(Tiers.System)]");
        }
    }
}
