// Scalars of different widths side by side. The holes between them are the runtime's.

namespace SameBytes
{
    public struct Mixed
    {
        public byte Tag;
        public ulong Serial;
        public ushort Port;
        public double Level;
    }

    public struct MixedWider
    {
        public byte Tag;
        public ulong Serial;
        public uint Port;
        public double Level;
    }

    public struct MixedWhole
    {
        public byte Tag;
        public ulong Serial;
        public ushort Port;
        public ulong Level;
    }

    public struct Holes
    {
        public byte First;
        public ushort Two;
        public byte Second;
        public int Four;
        public byte Third;
        public long Eight;
        public byte Fourth;
    }

    public struct TailPadded
    {
        public double Value;
        public uint Count;
        public bool Flag;
    }

    public unsafe struct OddArrays
    {
        public fixed byte Bytes[3];
        public fixed ushort Words[3];
        public bool Ready;
        public fixed double Points[2];
        public fixed sbyte Rest[5];
    }
}
