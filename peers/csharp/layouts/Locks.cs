// What stands in front of shared data so that two processes do not trip over each other.

using System.Runtime.InteropServices;

#pragma warning disable 169 // the elements of an array are reached through the first

namespace SameBytes
{
    public unsafe struct LockedBlock
    {
        public uint Lock;
        public fixed byte Data[60];
    }

    public struct SequencedQuote
    {
        public uint Sequence;
        public long Time;
        public double Bid;
        public double Ask;
    }

    // Head and tail on cache lines of their own.
    [StructLayout(LayoutKind.Explicit, Size = 3 * 64)]
    public struct RingHeader
    {
        [FieldOffset(0)] public uint Magic;
        [FieldOffset(4)] public uint Capacity;
        [FieldOffset(8)] public ushort Stride;
        [FieldOffset(64)] public ulong Head;
        [FieldOffset(128)] public ulong Tail;
    }

    public unsafe struct FrameSlot
    {
        public ulong Number;
        public ushort Used;
        public fixed byte Pixels[13];
    }

    public unsafe struct ThreeSlots
    {
        FrameSlot slot0, slot1, slot2;

        public FrameSlot* this[int index]
        {
            get
            {
                fixed (FrameSlot* first = &slot0)
                    return first + Elements.Check(index, 3);
            }
        }
    }

    public struct TripleBuffer
    {
        public byte Latest;
        public bool Fresh;
        public ThreeSlots Slots;
    }
}
