// Text: in buffers of fixed length, and behind its length in bytes, without a final NUL, at the end of a record.

using System.Runtime.InteropServices;

namespace SameBytes
{
    public unsafe struct ByteLabel
    {
        public fixed byte Text[16];
        public uint Colour;
    }

    public unsafe struct UnitLabel
    {
        public fixed char Caption[9];
        public int Value;
    }

    public unsafe struct NameList
    {
        public byte Count;
        public fixed byte Names[3 * 12];
        public ushort Check;
    }

    // Followed in the map by Length bytes of UTF-8.
    public struct Note
    {
        public ushort Channel;
        public int Length;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct PackedNote
    {
        public byte Version;
        public long Time;
        public int Length;
    }

    // Followed in the map by Length bytes of UTF-16.
    public struct Announcement
    {
        public ulong Time;
        public ushort Level;
        public int Length;
    }
}
