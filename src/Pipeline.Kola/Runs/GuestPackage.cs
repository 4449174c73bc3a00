using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Pipeline.Kola.Tests;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>
/// What is put into a machine to run a test: the executable as <c>/usr/local/bin/kola-runext-NAME</c>, a unit, its data, and the few
/// scripts behind the reboot interface. It travels as one tar over ssh after the boot, so that Ignition sees nothing but the test's own
/// config.
/// </summary>
internal static class GuestPackage
{
    /// <summary>Starts the unit and prints one line about its end or its request to reboot.</summary>
    public const string Runner = "/usr/local/bin/kola-run-unit";

    private const int Executable = FileModes.Executable;
    private const int Plain = FileModes.Plain;

    // An event is "done", "reboot MARK" or "soft-reboot MARK"; after a reboot request the guest waits until the host has
    // answered on the second FIFO, so no event is lost with the connection. The answer is a block of NAME=VALUE lines, an empty
    // line, and what the test has printed in this boot: one round trip for all of it.
    private const string RunnerScript = """
        #!/bin/sh
        # usage: kola-run-unit UNIT allow|deny
        set -u
        unit=$1 reboots=$2 dir=/run/kola
        exec 3<>"$dir/event" 4<>"$dir/ack"
        { systemctl start "$unit"; echo done >&3; } </dev/null >/dev/null 2>&1 &
        while IFS= read -r event <&3; do
          case $event in
            done)
              systemctl show --property=Result --property=ExecMainStatus --property=ExecMainCode "$unit"
              break ;;
            *)
              if [ "$reboots" = allow ]; then
                printf 'Event=%s\n' "$event"
                break
              fi
              echo denied >&4 ;;
          esac
        done
        echo
        journalctl --sync
        journalctl --boot --no-pager --output=cat "_SYSTEMD_UNIT=$unit" | tail -c 262144

        """;

    private const string PrepareScript = """
        #!/bin/sh
        # usage: autopkgtest-@KIND@-prepare MARK
        if [ $# -ne 1 ] || [ -z "$1" ]; then
          echo "usage: $0 MARK" >&2
          exit 2
        fi
        exec 4<>/run/kola/ack
        printf '@KIND@ %s\n' "$1" >/run/kola/event
        IFS= read -r answer <&4
        if [ "$answer" != ok ]; then
          echo "$0: a test that shares its machine must not reboot it; set 'exclusive: true'" >&2
          exit 1
        fi

        """;

    private const string RebootScript = """
        #!/bin/sh
        # usage: autopkgtest-@KIND@ MARK
        /tmp/autopkgtest-@KIND@-prepare "$@" || exit
        systemctl @KIND@
        exec sleep 1000000

        """;

    /// <summary>Name of the unit of a test; a number when several tests share a machine.</summary>
    public static string Unit(int index) =>
        index == 0 ? "kola-runext.service" : string.Create(CultureInfo.InvariantCulture, $"kola-runext-{index}.service");

    /// <summary>The tar for one test.</summary>
    /// <param name="test">The test.</param>
    /// <param name="index">Its number on this machine, from 0.</param>
    /// <param name="variables">Further environment of the test.</param>
    /// <param name="extraData">Files added to its data directory.</param>
    public static byte[] Build(
        KolaTest test,
        int index,
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyList<TestDataFile> extraData
    ) =>
        Tar(tar =>
        {
            var suffix = index == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{index}");
            var name = $"kola-runext-{Path.GetFileName(test.Executable)}";
            var data = $"/var/opt/kola/extdata{suffix}";
            var environment = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["KOLA_UNIT"] = Unit(index),
                ["KOLA_TEST"] = test.Name,
                ["KOLA_TEST_EXE"] = Path.GetFileName(test.Executable),
                ["KOLA_EXT_DATA"] = data,
            };
            foreach (var (key, value) in variables)
            {
                environment[key] = value;
            }

            Add(tar, $"/usr/local/bin/{name}", Executable, test.Content.Span);
            Add(tar, $"/etc/systemd/system/{Unit(index)}", Plain, UnitText($"/usr/local/bin/{name}", test.Name, environment));
            Add(tar, Runner, Executable, RunnerScript);
            AddDirectory(tar, data);
            foreach (var file in test.Data.Concat(extraData))
            {
                Add(tar, $"{data}/{file.Path}", file.Mode, file.Content.Span);
            }

            AddVolatile(tar, "");
        });

    /// <summary>The tar of what a reboot takes away: the scripts in <c>/tmp</c> and the mark.</summary>
    public static byte[] Volatile(string mark) => Tar(tar => AddVolatile(tar, mark));

    private static byte[] Tar(Action<TarWriter> add)
    {
        using var buffer = new MemoryStream();
        using (var tar = new TarWriter(buffer, TarEntryFormat.Pax, leaveOpen: true))
        {
            add(tar);
        }

        return buffer.ToArray();
    }

    private static void AddVolatile(TarWriter tar, string mark)
    {
        foreach (var kind in new[] { "reboot", "soft-reboot" })
        {
            Add(tar, $"/tmp/autopkgtest-{kind}-prepare", Executable, PrepareScript.Replace("@KIND@", kind, StringComparison.Ordinal));
            Add(tar, $"/tmp/autopkgtest-{kind}", Executable, RebootScript.Replace("@KIND@", kind, StringComparison.Ordinal));
        }

        // Fresh ones for each test: nothing that another one left is in them.
        AddDirectory(tar, "/run/kola");
        foreach (var name in new[] { "event", "ack" })
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, $"run/kola/{name}") { Mode = (UnixFileMode)FileModes.PrivateFile });
        }

        Add(tar, "/run/kola-runext-env", Plain, mark.Length == 0 ? "" : $"AUTOPKGTEST_REBOOT_MARK={Value(mark, escapePercent: false)}\n");
    }

    /// <summary>The unit file; pure, pinned by a golden file.</summary>
    internal static string UnitText(string command, string test, IReadOnlyDictionary<string, string> environment)
    {
        var text = new StringBuilder()
            .Append("[Unit]\nDescription=kola test ")
            .Append(test)
            .Append("\n[Service]\nType=oneshot\nRemainAfterExit=yes\nEnvironmentFile=-/run/kola-runext-env\n");
        foreach (var (name, value) in environment)
        {
            text.Append("Environment=").Append(name).Append('=').Append(Value(value, escapePercent: true)).Append('\n');
        }

        return text.Append("ExecStart=").Append(Value(command, escapePercent: true)).Append('\n').ToString();
    }

    private static string Value(string value, bool escapePercent)
    {
        var text = value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
        return $"\"{(escapePercent ? text.Replace("%", "%%", StringComparison.Ordinal) : text)}\"";
    }

    private static void AddDirectory(TarWriter tar, string path) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, path.TrimStart('/') + "/") { Mode = (UnixFileMode)Executable });

    private static void Add(TarWriter tar, string path, int mode, string content) => Add(tar, path, mode, Encoding.UTF8.GetBytes(content));

    private static void Add(TarWriter tar, string path, int mode, ReadOnlySpan<byte> content)
    {
        using var stream = new MemoryStream(content.ToArray());
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path.TrimStart('/')) { Mode = (UnixFileMode)mode, DataStream = stream });
    }
}
