// Bytes with more than one name: fields at one offset.

using System.Runtime.InteropServices;

#pragma warning disable 169 // the elements of an array are reached through the first

namespace SameBytes
{
    [StructLayout(LayoutKind.Explicit)]
    public unsafe struct FloatBits
    {
        [FieldOffset(0)] public float Real;
        [FieldOffset(0)] public uint Bits;
        [FieldOffset(0)] public fixed byte Bytes[4];
    }

    [StructLayout(LayoutKind.Explicit)]
    public unsafe struct NumberValue
    {
        [FieldOffset(0)] public long Whole;
        [FieldOffset(0)] public double Real;
        [FieldOffset(0)] public fixed uint Halves[2];
        [FieldOffset(0)] public fixed byte Raw[16];
    }

    public enum VariantTag : uint
    {
        Empty = 0,
        Whole = 1,
        Real = 2,
        Raw = 3
    }

    public struct Variant
    {
        public VariantTag Tag;
        public NumberValue Value;
    }

    public unsafe struct ThreeVariants
    {
        Variant variant0, variant1, variant2;

        public Variant* this[int index]
        {
            get
            {
                fixed (Variant* first = &variant0)
                    return first + Elements.Check(index, 3);
            }
        }
    }

    public struct VariantList
    {
        public ushort Count;
        public ThreeVariants Items;
    }

    public struct RoundShape
    {
        public float CentreX;
        public float CentreY;
        public double Radius;
    }

    public struct EdgedShape
    {
        public short Left;
        public short Top;
        public uint Width;
        public uint Height;
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct ShapeBody
    {
        [FieldOffset(0)] public RoundShape Round;
        [FieldOffset(0)] public EdgedShape Edged;
    }

    public struct DrawnShape
    {
        public byte Kind;
        public ShapeBody Body;
        public uint Colour;
    }
}
