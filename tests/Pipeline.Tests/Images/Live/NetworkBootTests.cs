using Pipeline.Images.Live;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Images.Live;

/// <summary>What boot servers are given.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class NetworkBootTests
{
    private static readonly NetworkBoot Boot = new("os-live-kernel", "os-live-initramfs.img", "os-live-rootfs.img", "os 1");

    [Test]
    public void A_script_of_ipxe_fetches_kernel_and_initramfs_and_tells_where_the_root_file_system_is()
    {
        const string arguments =
            "coreos.live.rootfs_url=https://boot.example.com/os/os-live-rootfs.img ignition.firstboot ignition.platform.id=metal";

        Assert.That(
            Boot.Snippet(NetworkBootLoader.Ipxe, "https://boot.example.com/os/", ["console=ttyS0"]),
            Is.EqualTo(
                $"""
                #!ipxe
                # os 1, live
                kernel https://boot.example.com/os/os-live-kernel initrd=main {arguments} console=ttyS0
                initrd --name main https://boot.example.com/os/os-live-initramfs.img
                boot

                """
            )
        );
    }

    [TestCase("http://10.0.2.2:8000/os", "(http,10.0.2.2:8000)/os/os-live-kernel")]
    [TestCase("tftp://10.0.2.2", "(tftp,10.0.2.2)/os-live-kernel")]
    public void A_menu_of_grub_names_the_server(string url, string kernel)
    {
        var text = Boot.Snippet(NetworkBootLoader.Grub, url, []);

        Assert.That(
            text,
            Is.EqualTo(
                $$"""
                menuentry 'os 1 (live)' {
                  linux {{kernel}} coreos.live.rootfs_url={{url}}/os-live-rootfs.img ignition.firstboot ignition.platform.id=metal
                  initrd {{kernel.Replace("kernel", "initramfs.img", StringComparison.Ordinal)}}
                }

                """
            )
        );
    }

    [TestCase("ftp://example.com", "PL3127")]
    [TestCase("http://example.com/a b", "PL3127")]
    [TestCase("http://example.com/${x}", "PL3127")]
    [TestCase("http://example.com/a;halt", "PL3127")]
    [TestCase("example.com", "PL3127")]
    [TestCase("https://example.com", "PL3130")]
    public void An_address_that_the_loader_cannot_use_is_refused(string url, string code) => Refused(url, [], code);

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("$(halt)")]
    [TestCase("a\nboot")]
    public void An_argument_that_would_be_read_as_something_else_is_refused(string argument) =>
        Refused("http://example.com", [argument], "PL3114");

    private static void Refused(string url, string[] arguments, string code) =>
        Assert.That(
            Assert.Throws<PipelineException>(() => Boot.Snippet(NetworkBootLoader.Grub, url, [.. arguments]))!.Diagnostics.Single().Code,
            Is.EqualTo(code)
        );
}
