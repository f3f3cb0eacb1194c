// Offsets and sizes that the authors wrote down.

using System.Runtime.InteropServices;

namespace SameBytes
{
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct PinnedHoles
    {
        [FieldOffset(0)] public uint Magic;
        [FieldOffset(16)] public ulong Serial;
        [FieldOffset(40)] public float Level;
        [FieldOffset(47)] public byte Flag;
    }

    [StructLayout(LayoutKind.Explicit, Size = 24)]
    public struct PinnedOrder
    {
        [FieldOffset(20)] public ushort Last;
        [FieldOffset(0)] public uint First;
        [FieldOffset(8)] public double Middle;
    }

    [StructLayout(LayoutKind.Explicit, Pack = 1, Size = 24)]
    public struct PinnedOdd
    {
        [FieldOffset(0)] public byte Version;
        [FieldOffset(1)] public uint Stamp;
        [FieldOffset(7)] public double Level;
        [FieldOffset(17)] public ushort Port;
    }

    [StructLayout(LayoutKind.Sequential, Size = 48)]
    public unsafe struct SizedOnly
    {
        public uint Version;
        public double Level;
        public fixed ushort Flags[3];
    }

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public unsafe struct RegisterBlock
    {
        [FieldOffset(0x00)] public uint Control;
        [FieldOffset(0x04)] public uint Status;
        [FieldOffset(0x20)] public ulong Interrupts;
        [FieldOffset(0x80)] public fixed ushort Queue[8];
        [FieldOffset(0xFF)] public byte Revision;
    }
}
