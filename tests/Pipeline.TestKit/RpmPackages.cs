using System.Collections.Concurrent;
using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.TestKit;

/// <summary>
/// Packages built by rpmbuild and signed by rpmsign, as Debian 12 has them (package <c>rpm</c>). Each is built once in a run; whoever asks
/// for it gets the same file and must not change it.
/// </summary>
public static class RpmPackages
{
    private static readonly Lazy<string> Scratch = new(() => MakeDirectory("rpm-"));
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Built = new(StringComparer.Ordinal);

    private static readonly SemaphoreSlim Ring = new(1);

    /// <summary>A short path: sockets of gpg-agent lie in it. The agent ends by itself when they are gone.</summary>
    private static readonly Lazy<string> Home = new(() => MakeDirectory("gpg-"));

    /// <summary>Payload forms by the name of their compressor, as <c>%_binary_payload</c> has them.</summary>
    public static IReadOnlyDictionary<string, string> Compressors { get; } =
        new Dictionary<string, string>
        {
            ["gzip"] = "w6.gzdio",
            ["bzip2"] = "w6.bzdio",
            ["xz"] = "w2.xzdio",
            ["lzma"] = "w2.lzdio",
            ["zstd"] = "w3.zstdio",
            ["none"] = "w.ufdio",
        };

    /// <summary>A package with links, capabilities, a ghost, flags, languages, triggers, Lua, rich dependencies, an epoch.</summary>
    public static string Everything =>
        """
            Name: everything
            Version: 1.2
            Release: 3
            Epoch: 1
            Summary: A greeting
            Summary(de): Ein Gruss
            License: MIT
            BuildArch: noarch
            Requires: (foo >= 2 if bar)
            Requires(post): coreutils
            Provides: greeting = 2
            Recommends: baz
            %description
            Says hello.
            %install
            mkdir -p %{buildroot}/usr/bin %{buildroot}/etc %{buildroot}/usr/share/doc/everything %{buildroot}/var/log
            echo hi > %{buildroot}/usr/bin/hello
            ln %{buildroot}/usr/bin/hello %{buildroot}/usr/bin/again
            ln -s hello %{buildroot}/usr/bin/link
            echo c > %{buildroot}/etc/everything.conf
            echo d > %{buildroot}/usr/share/doc/everything/README
            : > %{buildroot}/usr/share/empty
            ln %{buildroot}/usr/share/empty %{buildroot}/usr/share/empty2
            head -c 300000 /dev/zero | tr '\0' x > %{buildroot}/usr/share/large
            touch %{buildroot}/var/log/everything
            %post -p <lua>
            print("x")
            %preun
            echo bye
            %triggerin -- bash < 5
            echo triggered
            %transfiletriggerin -- /usr/lib /etc
            cat
            %files
            %caps(cap_net_raw,cap_net_admin=ep) %attr(4755,root,adm) /usr/bin/hello
            %caps(cap_net_raw,cap_net_admin=ep) %attr(4755,root,adm) /usr/bin/again
            /usr/bin/link
            %config(noreplace) /etc/everything.conf
            %doc /usr/share/doc/everything/README
            %lang(de) /usr/share/empty
            %lang(de) /usr/share/empty2
            /usr/share/large
            %ghost /var/log/everything
            %dir %attr(2750,games,games) /usr/share/doc/everything
            """;

    /// <summary>Builds a package.</summary>
    /// <param name="spec">The spec file.</param>
    /// <param name="compressor">A name of <see cref="Compressors"/>.</param>
    /// <param name="cancellationToken">Ends waiting; the build goes on for others.</param>
    /// <returns>The path of the only package that is built.</returns>
    public static Task<string> BuildAsync(string spec, string compressor, CancellationToken cancellationToken) =>
        Once($"{compressor}\n{spec}", place => BuildAsync(spec, compressor, place)).WaitAsync(cancellationToken);

    /// <summary>A copy of a package, signed by a key that is made for this run.</summary>
    /// <param name="package">From <see cref="BuildAsync(string, string, CancellationToken)"/>.</param>
    /// <param name="algorithm">As gpg spells it: <c>rsa2048</c> or <c>ed25519</c>.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public static Task<string> SignAsync(string package, string algorithm, CancellationToken cancellationToken) =>
        Once(
                $"signed {algorithm} {package}",
                async place =>
                {
                    await KeyAsync(algorithm);
                    var copy = Path.Combine(place, Path.GetFileName(package));
                    File.Copy(package, copy);
                    ValueList<string> defines =
                    [
                        "--define",
                        $"_gpg_name {algorithm}@example.com",
                        "--define",
                        $"_gpg_path {Home.Value}",
                        "--define",
                        "_gpg_digest_algo sha256",
                        "--define",
                        "__gpg /usr/bin/gpg",
                    ];
                    await RunAsync("rpmsign", [.. defines, "--addsign", copy]);
                    return copy;
                }
            )
            .WaitAsync(cancellationToken);

    /// <summary>The public key of <see cref="SignAsync"/>, binary.</summary>
    public static Task<string> KeyFileAsync(string algorithm, CancellationToken cancellationToken) =>
        KeyAsync(algorithm).WaitAsync(cancellationToken);

    /// <summary>A detached signature by gpg, as a packet; for algorithms that rpmsign of Debian 12 does not know.</summary>
    public static async Task<byte[]> SignatureAsync(byte[] content, string algorithm, CancellationToken cancellationToken)
    {
        await KeyFileAsync(algorithm, cancellationToken);
        var place = Path.Combine(Scratch.Value, Guid.NewGuid().ToString("n"));
        await File.WriteAllBytesAsync(place, content, cancellationToken);
        await GpgAsync("--local-user", $"{algorithm}@example.com", "--output", $"{place}.sig", "--detach-sign", place);
        return await File.ReadAllBytesAsync($"{place}.sig", cancellationToken);
    }

    /// <summary>What <c>rpm</c> says of a package file.</summary>
    public static async Task<string> QueryAsync(string package, CancellationToken cancellationToken, params string[] arguments) =>
        (await RunAsync("rpm", ["-qp", "--nosignature", .. arguments, package], cancellationToken)).Text;

    private static async Task<string> BuildAsync(string spec, string compressor, string place)
    {
        var file = Path.Combine(place, "package.spec");
        await File.WriteAllTextAsync(file, spec.ReplaceLineEndings("\n") + "\n");
        await RunAsync(
            "rpmbuild",
            [
                "-bb",
                "--quiet",
                "--define",
                $"_topdir {place}",
                "--define",
                $"_binary_payload {Compressors[compressor]}",
                "--define",
                "debug_package %{nil}",
                "--define",
                "_buildhost localhost",
                "--define",
                "use_source_date_epoch_as_buildtime 1",
                file,
            ]
        );
        return Directory.EnumerateFiles(Path.Combine(place, "RPMS"), "*.rpm", SearchOption.AllDirectories).Single();
    }

    private static Task<string> KeyAsync(string algorithm) =>
        Once(
            $"key {algorithm}",
            async place =>
            {
                var user = $"{algorithm}@example.com";
                var key = Path.Combine(place, "key.pgp");

                // Two gpg that make the first key of one ring at once lose one of them.
                await Ring.WaitAsync();
                try
                {
                    await GpgAsync("--quick-generate-key", user, algorithm, "sign", "never");
                    await GpgAsync("--output", key, "--export", user);
                }
                finally
                {
                    Ring.Release();
                }

                return key;
            }
        );

    private static async Task GpgAsync(params string[] arguments) =>
        await RunAsync(
            "gpg",
            ["--homedir", Home.Value, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "", .. arguments]
        );

    private static string MakeDirectory(string prefix)
    {
        var directory = Directory.CreateTempSubdirectory(prefix).FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        return directory;
    }

    private static Task<string> Once(string what, Func<string, Task<string>> make) =>
        Built
            .GetOrAdd(
                what,
                _ =>
                    new(() =>
                    {
                        var number = Built.Count.ToString(CultureInfo.InvariantCulture);
                        var place = Path.Combine(Scratch.Value, $"{number}-{Guid.NewGuid():n}");
                        Directory.CreateDirectory(place);
                        return Task.Run(() => make(place));
                    })
            )
            .Value;

    private static Task<ToolResult> RunAsync(string program, ValueList<string> arguments, CancellationToken cancellationToken = default) =>
        new ToolRunner().RunAsync(
            new(program, arguments)
            {
                Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1704164645" },
                MissingHint = "install the packages 'rpm' and 'gpg'",
            },
            cancellationToken
        );
}
