using Pipeline.Host.Files.Trees;

namespace Pipeline.Tests.Host.Trees;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class TreePathTests
{
    [TestCase("/usr//lib/./x/", ExpectedResult = "usr/lib/x")]
    [TestCase("/", ExpectedResult = "")]
    [TestCase("./.", ExpectedResult = "")]
    [TestCase("a/../b", ExpectedResult = "a/../b", Description = "the kernel resolves '..', because a may be a link")]
    [TestCase("...", ExpectedResult = "...")]
    public string Empty_components_and_dots_are_dropped(string text) => TreePath.FromString(text).Text;

    [TestCase("a", "", "a")]
    [TestCase("a/b", "a", "b")]
    [TestCase("a/b/c", "a/b", "c")]
    [TestCase("", "", "")]
    public void A_path_has_a_parent_and_a_name(string text, string parent, string name)
    {
        TreePath path = text;

        Assert.That((path.Parent.Text, path.Name.Text), Is.EqualTo((parent, name)));
        Assert.That(path.Parent / path.Name, Is.EqualTo(path));
    }

    [Test]
    public void Bytes_that_are_no_text_are_kept_and_shown_escaped()
    {
        var path = TreePath.FromBytes([(byte)'d', (byte)'/', 0xff, 0xfe, (byte)'x', 1]);

        Assert.That(path.Bytes.ToArray(), Is.EqualTo(new byte[] { (byte)'d', (byte)'/', 0xff, 0xfe, (byte)'x', 1 }));
        Assert.That(path.ToString(), Is.EqualTo(@"/d/\xff\xfex\x01"));
        Assert.That(path, Is.Not.EqualTo(TreePath.FromBytes([(byte)'d', (byte)'/', 0xfe, 0xff, (byte)'x', 1])));
    }

    [Test]
    public void The_target_of_a_link_begins_at_its_directory_or_at_the_root()
    {
        TreePath link = "usr/bin/awk";

        Assert.That(link.Follow("/etc/alternatives/awk"u8).Text, Is.EqualTo("etc/alternatives/awk"));
        Assert.That(link.Follow("../lib/awk"u8).Text, Is.EqualTo("usr/bin/../lib/awk"));
    }

    [Test]
    public void A_path_with_NUL_is_refused() => Assert.That(() => TreePath.FromBytes("a\0b"u8), Throws.ArgumentException);

    [Test]
    public void Paths_are_ordered_by_their_bytes()
    {
        TreePath[] paths = ["b", "a/b", "é", "a"];

        Assert.That(paths.Order().Select(p => p.Text), Is.EqualTo(["a", "a/b", "b", "é"]));
    }

    [Test]
    public void Components_come_from_the_outside_in()
    {
        TreePath path = "usr/lib/x";

        Assert.That(path.Components().Select(c => c.Text), Is.EqualTo(["usr", "lib", "x"]));
    }
}
