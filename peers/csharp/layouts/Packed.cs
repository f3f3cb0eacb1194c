// The same fields under every packing, and packed and unpacked records inside each other.

using System.Runtime.InteropServices;

#pragma warning disable 169 // the elements of an array are reached through the first

namespace SameBytes
{
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct PackedBy1
    {
        public byte Tag;
        public ulong Serial;
        public ushort Port;
        public double Level;
        public byte Last;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    public struct PackedBy2
    {
        public byte Tag;
        public ulong Serial;
        public ushort Port;
        public double Level;
        public byte Last;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct PackedBy4
    {
        public byte Tag;
        public ulong Serial;
        public ushort Port;
        public double Level;
        public byte Last;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8)]
    public struct PackedBy8
    {
        public byte Tag;
        public ulong Serial;
        public ushort Port;
        public double Level;
        public byte Last;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct Sample
    {
        public byte Channel;
        public float Value;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public unsafe struct FiveSamples
    {
        Sample sample0, sample1, sample2, sample3, sample4;

        public Sample* this[int index]
        {
            get
            {
                fixed (Sample* first = &sample0)
                    return first + Elements.Check(index, 5);
            }
        }
    }

    public struct SampleBlock
    {
        public ushort Count;
        public FiveSamples Samples;
        public long Time;
    }

    public struct Loose
    {
        public byte Kind;
        public uint Value;
        public ushort Check;
    }

    public unsafe struct TwoLoose
    {
        Loose loose0, loose1;

        public Loose* this[int index]
        {
            get
            {
                fixed (Loose* first = &loose0)
                    return first + Elements.Check(index, 2);
            }
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct LooseInPacked
    {
        public byte Before;
        public Loose Inner;
        public ushort After;
        public TwoLoose More;
    }
}
