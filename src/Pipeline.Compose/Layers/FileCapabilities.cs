using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Compose.Layers;

/// <summary>
/// File capabilities as packages write them (<c>cap_net_raw,cap_net_admin=ep</c>, cap_from_text(3)) and as a file carries them
/// (<c>struct vfs_cap_data</c> of linux/capability.h, revision 2).
/// </summary>
internal static class FileCapabilities
{
    private const uint Revision2 = 0x02000000;
    private const uint EffectiveBit = 1;
    private const int Known = 41;

    /// <summary>By number, from linux/capability.h of Linux 6.1.</summary>
    private static readonly string[] Names =
    [
        "cap_chown",
        "cap_dac_override",
        "cap_dac_read_search",
        "cap_fowner",
        "cap_fsetid",
        "cap_kill",
        "cap_setgid",
        "cap_setuid",
        "cap_setpcap",
        "cap_linux_immutable",
        "cap_net_bind_service",
        "cap_net_broadcast",
        "cap_net_admin",
        "cap_net_raw",
        "cap_ipc_lock",
        "cap_ipc_owner",
        "cap_sys_module",
        "cap_sys_rawio",
        "cap_sys_chroot",
        "cap_sys_ptrace",
        "cap_sys_pacct",
        "cap_sys_admin",
        "cap_sys_boot",
        "cap_sys_nice",
        "cap_sys_resource",
        "cap_sys_time",
        "cap_sys_tty_config",
        "cap_mknod",
        "cap_lease",
        "cap_audit_write",
        "cap_audit_control",
        "cap_setfcap",
        "cap_mac_override",
        "cap_mac_admin",
        "cap_syslog",
        "cap_wake_alarm",
        "cap_block_suspend",
        "cap_audit_read",
        "cap_perfmon",
        "cap_bpf",
        "cap_checkpoint_restore",
    ];

    /// <summary>The value of the attribute <c>security.capability</c>, each byte a character; <c>null</c> for none.</summary>
    /// <exception cref="BadPackageException">PL2001: not such a text, or one that a file cannot carry.</exception>
    public static string? ToAttribute(string text)
    {
        var sets = new Sets();
        foreach (var clause in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            sets.Apply(clause, text);
        }

        var some = sets.Permitted | sets.Inheritable;
        if (sets.Effective != 0 && sets.Effective != some)
        {
            throw Bad(text);
        }

        if (some == 0)
        {
            return null;
        }

        Span<byte> value = stackalloc byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(value, Revision2 | (sets.Effective != 0 ? EffectiveBit : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(value[4..], (uint)(sets.Permitted & uint.MaxValue));
        BinaryPrimitives.WriteUInt32LittleEndian(value[8..], (uint)(sets.Inheritable & uint.MaxValue));
        BinaryPrimitives.WriteUInt32LittleEndian(value[12..], (uint)(sets.Permitted >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(value[16..], (uint)(sets.Inheritable >> 32));
        return Encoding.Latin1.GetString(value);
    }

    /// <summary>
    /// The text for a value of <c>security.capability</c> of revision 2 or 3; <c>null</c> for another value. A capability without a name is
    /// written as its number.
    /// </summary>
    public static string? ToText(string attribute)
    {
        var value = Encoding.Latin1.GetBytes(attribute);
        if (value.Length is not (20 or 24) || value[3] is not (2 or 3))
        {
            return null;
        }

        ulong Set(int low) =>
            BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(low))
            | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(low + 8)) << 32);
        var (permitted, inheritable, effective) = (Set(4), Set(8), (value[0] & EffectiveBit) != 0);
        var groups = Enumerable
            .Range(0, 64)
            .Select(i => (Name: i < Known ? Names[i] : $"{i}", Flags: Flags(i)))
            .Where(c => c.Flags.Length > 0)
            .GroupBy(c => c.Flags, c => c.Name, StringComparer.Ordinal);
        return string.Join(' ', groups.Select(g => $"{string.Join(',', g)}={g.Key}"));

        string Flags(int bit)
        {
            var (p, i) = ((permitted >> bit & 1) != 0, (inheritable >> bit & 1) != 0);
            return p || i ? $"{(effective ? "e" : "")}{(i ? "i" : "")}{(p ? "p" : "")}" : "";
        }
    }

    private static BadPackageException Bad(string text) =>
        BadPackageException.Damaged($"'{PackagePath.Show(text)}' are no file capabilities");

    private sealed class Sets
    {
        private const ulong All = (1UL << Known) - 1;

        public ulong Effective { get; private set; }

        public ulong Permitted { get; private set; }

        public ulong Inheritable { get; private set; }

        /// <summary>One clause: names (none or <c>all</c> for all), then operators with flags, each acting on those names.</summary>
        public void Apply(string clause, string text)
        {
            var at = clause.AsSpan().IndexOfAny('=', '+', '-');
            if (at < 0)
            {
                throw Bad(text);
            }

            var which = Which(clause[..at], text);
            if (at == 0 && clause[0] != '=')
            {
                throw Bad(text);
            }

            while (at < clause.Length)
            {
                var action = clause[at++];
                var start = at;
                while (at < clause.Length && clause[at] is 'e' or 'i' or 'p')
                {
                    at++;
                }

                if (at < clause.Length && clause[at] is not ('=' or '+' or '-'))
                {
                    throw Bad(text);
                }

                Act(action, clause[start..at], which);
            }
        }

        private static ulong Which(string names, string text)
        {
            if (names.Length == 0 || names.Equals("all", StringComparison.OrdinalIgnoreCase))
            {
                return All;
            }

            ulong which = 0;
            foreach (var name in names.Split(','))
            {
                var number = Array.FindIndex(Names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
                which |= number >= 0 ? 1UL << number : throw Bad(text);
            }

            return which;
        }

        private void Act(char action, string flags, ulong which)
        {
            if (action == '=')
            {
                Effective &= ~which;
                Permitted &= ~which;
                Inheritable &= ~which;
            }

            ulong Changed(ulong set, char flag) =>
                !flags.Contains(flag, StringComparison.Ordinal) ? set
                : action == '-' ? set & ~which
                : set | which;
            Effective = Changed(Effective, 'e');
            Permitted = Changed(Permitted, 'p');
            Inheritable = Changed(Inheritable, 'i');
        }
    }
}
