using Pipeline.Build.Tasks;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Tests.Cli;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Build;

/// <summary>What arguments of <c>build.sh</c> ask of the façades.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class RequestsTests
{
    [Test]
    public void Without_arguments_the_default_OS_is_composed_in_the_checkout()
    {
        using var checkout = Checkout();

        var request = Of(checkout).Compose.Requests(SilentServices.In(checkout.Path)).Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(request.Lock.ManifestPath, Is.EqualTo(checkout.File("manifests/container-host.yaml")));
            Assert.That(request.Lock.ManifestDisplay, Is.EqualTo("manifests/container-host.yaml"));
            Assert.That(request.WorkDirectory.Root, Is.EqualTo(checkout.Path.TrimEnd('/')));
            Assert.That(request.Architecture, Is.EqualTo(Arch.Host));
            Assert.That(
                (request.Stream, request.Version, request.Lock.LockFile),
                Is.EqualTo(((string?)null, (string?)null, (string?)null))
            );
            Assert.That((request.Force, request.Lock.Offline, request.Wait, request.Development), Is.EqualTo((false, false, true, true)));
        }
    }

    [Test]
    public void Every_argument_of_a_compose_reaches_its_request()
    {
        using var checkout = Checkout();
        var requests = Of(
            checkout,
            ("manifest", "manifests/minimal.yaml"),
            ("arch", "aarch64"),
            ("stream", "testing-devel"),
            ("lock", "lock.json"),
            ("version", "13.1"),
            ("mirror", "debian=http://a.example/debian"),
            ("mirror", "debian-security=http://b.example/"),
            ("workdir", "work"),
            ("offline", ""),
            ("force", ""),
            ("no-wait", "")
        );

        var request = requests.Compose.Requests(SilentServices.In(checkout.Path)).Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(request.Lock.ManifestDisplay, Is.EqualTo("manifests/minimal.yaml"));
            Assert.That(request.Architecture, Is.EqualTo(Arch.Aarch64));
            Assert.That(request.Stream, Is.EqualTo("testing-devel"));
            Assert.That(request.Lock.Variables, Is.EqualTo(new Dictionary<string, string> { ["stream"] = "testing-devel" }));
            Assert.That(request.Lock.LockFile, Is.EqualTo(checkout.File("lock.json")));
            Assert.That(request.Version, Is.EqualTo("13.1"));
            Assert.That(
                request.Lock.Mirrors,
                Is.EqualTo(
                    new Dictionary<string, string> { ["debian"] = "http://a.example/debian", ["debian-security"] = "http://b.example/" }
                )
            );
            Assert.That(request.WorkDirectory.Root, Is.EqualTo(checkout.File("work")));
            Assert.That((request.Lock.Offline, request.Force, request.Wait), Is.EqualTo((true, true, false)));
        }
    }

    [TestCase("arch", "vax", "PL1091")]
    [TestCase("mirror", "nowhere", "PL2305")]
    public void A_bad_argument_is_bad_input(string name, string value, string code)
    {
        using var checkout = Checkout();

        var error = Assert.Throws<PipelineException>(() => Of(checkout, (name, value)).Compose.Requests(SilentServices.In(checkout.Path)));

        Assert.That(error.Exit, Is.EqualTo(ExitClass.BadInput));
        Assert.That(error.Diagnostics.Single().Code, Is.EqualTo(code));
    }

    [Test]
    public void A_flag_may_be_switched_off()
    {
        using var checkout = Checkout();

        Assert.That(Of(checkout, ("force", "false")).Compose.Force, Is.False);
        Assert.That(Of(checkout, ("force", "true")).Compose.Force, Is.True);
    }

    [Test]
    public void Images_are_the_qcow2_of_the_latest_build_whatever_was_said_of_the_compose()
    {
        using var checkout = Checkout();

        var request = Of(checkout, ("force", ""), ("workdir", "work")).Images;

        Assert.That(
            request,
            Is.EqualTo(new Pipeline.Images.ImageRequest { WorkDirectory = new(checkout.File("work")), Architecture = Arch.Host })
        );
        Assert.That((request.BuildId, request.Platforms.Single(), request.Force), Is.EqualTo(("latest", "qemu", false)));
    }

    [Test]
    public void Kola_runs_all_tests_and_takes_force_and_keep_going()
    {
        using var checkout = Checkout();

        var plain = Of(checkout).Kola;
        var request = Of(checkout, ("force", ""), ("keep-going", "")).Kola;

        Assert.That((plain.Force, plain.KeepGoing), Is.EqualTo((false, false)));
        Assert.That((request.Force, request.KeepGoing), Is.EqualTo((true, true)));
        Assert.That(request.Globs, Is.Empty);
        Assert.That(request.Boot.WorkDirectory.Root, Is.EqualTo(checkout.Path.TrimEnd('/')));
    }

    [Test]
    public void What_a_run_composed_is_what_it_images_and_tests()
    {
        using var checkout = Checkout();
        var requests = Of(checkout, ("build", "latest:minimal"));
        var before = (requests.Images.BuildId, requests.Kola.Boot.Build, requests.Sabotage.Kola.Boot.Build);
        requests.Build = "13.20260901.0.dev0";

        Assert.That(before, Is.EqualTo(("latest:minimal", "latest:minimal", "latest:minimal")));
        Assert.That(
            (requests.Images.BuildId, requests.Kola.Boot.Build, requests.Sabotage.Kola.Boot.Build),
            Is.EqualTo(("13.20260901.0.dev0", "13.20260901.0.dev0", "13.20260901.0.dev0"))
        );
    }

    [Test]
    public void Sabotage_can_make_variants()
    {
        using var checkout = Checkout();

        var request = Of(checkout).Sabotage;

        Assert.That(request.Variant, Is.Not.Null);
        Assert.That(request.Kola.Boot.WorkDirectory.Root, Is.EqualTo(checkout.Path.TrimEnd('/')));
    }

    private static TemporaryDirectory Checkout()
    {
        var checkout = new TemporaryDirectory();
        File.WriteAllText(checkout.File(WorkDirectory.Marker), "");
        return checkout;
    }

    private static Requests Of(TemporaryDirectory checkout, params (string Name, string Value)[] arguments) =>
        new(
            name => arguments.Any(a => a.Name == name) ? arguments.Where(a => a.Name == name).Select(a => a.Value) : null,
            SilentServices.In(checkout.Path)
        );
}
