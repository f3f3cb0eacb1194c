// Single scalars: fixed widths, C's own types, truth, characters, addresses, enumerations.

using System;

// C's long and wchar_t have no C# type of their own: a program is compiled for the C that it shares memory with.
#if WINDOWS
using CLong = System.Int32;
using CUnsignedLong = System.UInt32;
using CWideChar = System.Char;
#else
using CLong = System.Int64;
using CUnsignedLong = System.UInt64;
using CWideChar = System.Int32;
#endif

namespace SameBytes
{
    public struct SignedNumbers
    {
        public sbyte Tiny;
        public short Small;
        public int Medium;
        public long Large;
    }

    public struct UnsignedNumbers
    {
        public ulong Large;
        public uint Medium;
        public ushort Small;
        public byte Tiny;
    }

    public struct FloatNumbers
    {
        public float Single;
        public double Double;
    }

    // A bool is one byte wherever a pointer or an accessor sees it; marshalling would make it four.
    public unsafe struct Truths
    {
        public bool Ready;
        public int Enabled; // Win32's BOOL
        public fixed bool Doors[5];
    }

    public struct CodeUnits
    {
        public byte Narrow;
        public char Wide;
        public uint Full;
    }

    public unsafe struct PlainChars
    {
        public sbyte Mark;
        public fixed sbyte Digits[6];
        public short Sum;
    }

    public struct CompilerNumbers
    {
        public sbyte SignedChar;
        public byte UnsignedChar;
        public short Short;
        public ushort UnsignedShort;
        public int Int;
        public uint UnsignedInt;
        public long LongLong;
        public ulong UnsignedLongLong;
    }

    public struct LongNumbers
    {
        public byte Before;
        public CLong Signed;
        public CUnsignedLong Unsigned;
        public ushort After;
    }

    public struct Measures
    {
        public ushort Count;
        public UIntPtr Length;
        public IntPtr Distance;
    }

    public struct Addresses
    {
        public byte Kind;
        public UIntPtr Base;
        public IntPtr Shift;
        public IntPtr Owner;
    }

    public unsafe struct WideLetters
    {
        public CWideChar Initial;
        public fixed CWideChar Name[7];
        public byte Age;
    }

    public enum LampState : byte
    {
        Off = 0,
        On = 1,
        Broken = 255
    }

    public enum AxisName : short
    {
        None = -1,
        X = 0,
        Y = 1,
        Z = 2
    }

    public enum RunMode : uint
    {
        Idle = 0,
        Running = 10,
        Failed = 0xFFFFFFFF
    }

    [Flags]
    public enum FeatureBit : ulong
    {
        Logging = 1,
        Remote = 0x100000000
    }

    public enum Direction
    {
        North = 0,
        East = 1,
        South = 2,
        West = 3
    }

    public struct Choices
    {
        public LampState Lamp;
        public AxisName Axis;
        public RunMode Mode;
        public FeatureBit Feature;
        public Direction Direction;
    }
}
