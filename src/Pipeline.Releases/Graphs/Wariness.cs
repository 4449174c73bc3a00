using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pipeline.Releases.Graphs;

/// <summary>How late in a rollout a machine updates: 0 at once, 1 last.</summary>
public static class Wariness
{
    /// <summary>The wariness of a request: the one it asks for, else derived from its id.</summary>
    /// <param name="requested">The <c>rollout_wariness</c> parameter; not a number at all is as if absent, "nan" too.</param>
    /// <param name="nodeUuid">The <c>node_uuid</c> parameter; absent counts as empty.</param>
    public static double Of(ReadOnlySpan<char> requested, ReadOnlySpan<char> nodeUuid) => OfRequest(requested) ?? OfNode(nodeUuid);

    /// <summary>The wariness the machine asks for, 0 to 1, or <c>null</c> when it has none.</summary>
    public static double? OfRequest(ReadOnlySpan<char> requested) =>
        double.TryParse(requested, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && !double.IsNaN(value)
            ? Math.Clamp(value, 0, 1)
            : null;

    /// <summary>The wariness of a machine by its id, 0.000001 to 1; the same for ever.</summary>
    public static double OfNode(ReadOnlySpan<char> nodeUuid) => OfHash(HashOfNode(nodeUuid));

    /// <summary>The wariness of a machine by <see cref="HashOfNode"/>.</summary>
    public static double OfHash(ulong hash) => Math.Clamp(hash / (double)ulong.MaxValue, 1e-6, 1);

    /// <summary>The hash behind <see cref="OfNode"/>: spread evenly over all 64-bit numbers.</summary>
    public static ulong HashOfNode(ReadOnlySpan<char> nodeUuid)
    {
        // Rust hashes text as its bytes and one 0xff. Ids are short; whatever is not costs its sender a little more.
        var most = Encoding.UTF8.GetMaxByteCount(nodeUuid.Length) + 1;
        var bytes = most <= 256 ? stackalloc byte[256] : new byte[most];
        var length = Encoding.UTF8.GetBytes(nodeUuid, bytes);
        bytes[length] = 0xff;
        return SipHash13(bytes[..(length + 1)]);
    }

    /// <summary>SipHash-1-3 with both keys zero: Rust's default hasher.</summary>
    public static ulong SipHash13(ReadOnlySpan<byte> data)
    {
        var state = new State(0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573);
        var last = (ulong)(data.Length & 0xff) << 56;
        while (data.Length >= 8)
        {
            state.Absorb(System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        for (var i = 0; i < data.Length; i++)
        {
            last |= (ulong)data[i] << (8 * i);
        }

        state.Absorb(last);
        return state.Finish();
    }

    private struct State(ulong v0, ulong v1, ulong v2, ulong v3)
    {
        private ulong _v0 = v0;
        private ulong _v1 = v1;
        private ulong _v2 = v2;
        private ulong _v3 = v3;

        public void Absorb(ulong word)
        {
            _v3 ^= word;
            Round();
            _v0 ^= word;
        }

        public ulong Finish()
        {
            _v2 ^= 0xff;
            Round();
            Round();
            Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        private void Round()
        {
            unchecked
            {
                _v0 += _v1;
                _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
                _v0 = BitOperations.RotateLeft(_v0, 32);
                _v2 += _v3;
                _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
                _v0 += _v3;
                _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
                _v2 += _v1;
                _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
                _v2 = BitOperations.RotateLeft(_v2, 32);
            }
        }
    }
}
