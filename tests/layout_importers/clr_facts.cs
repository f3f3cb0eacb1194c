// Structures that .NET lays out otherwise from version to version, or otherwise than one expects, or refuses.
using System;
using System.Runtime.InteropServices;

namespace Facts {
public struct WithDecimal { public byte a; public decimal d; public byte z; }
public struct WithDate { public byte a; public DateTime d; public byte z; }
public struct WithOffset { public byte a; public DateTimeOffset d; public byte z; }
public struct WithGuid { public byte a; public Guid d; public byte z; }
public struct WithNullable { public byte a; public int? d; public byte z; }
public struct Pair<X, Y> { public X x; public Y y; }
public struct WithPair { public byte a; public Pair<short, Pair<bool, long>> d; public byte z; }
public unsafe struct FixedChar { public byte a; public fixed char c[4]; public byte z; }
public unsafe struct FixedBool { public byte a; public fixed bool c[4]; public byte z; }
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)] public unsafe struct FixedUnicode { public byte a; public fixed char c[4]; public byte z; }
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Auto)] public struct AutoChar { public byte a; public char c; public byte z; [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 4)] public string s; }
[StructLayout(LayoutKind.Sequential, Pack = 1)] public class Base { public int b; public byte a; }
[StructLayout(LayoutKind.Sequential)] public class Derived : Base { public byte c; public int d; }
public struct WithDerived { public byte x; public Derived d; public byte z; }
public struct WithCurrency { public byte a; [MarshalAs(UnmanagedType.Currency)] public decimal d; public byte z; }
[StructLayout(LayoutKind.Sequential, Pack = 1)] public struct PackedDecimal { public byte a; public decimal d; public byte z; }

[StructLayout(LayoutKind.Explicit)] public struct Misaligned { [FieldOffset(0)] public uint v; [FieldOffset(4)] [MarshalAs(UnmanagedType.ByValArray, SizeConst = 8)] public byte[] code; }
[StructLayout(LayoutKind.Explicit)] public struct Overlapped { [FieldOffset(0)] public long v; [FieldOffset(0)] public string code; }
[StructLayout(LayoutKind.Explicit)] public struct Halfway { [FieldOffset(0)] public string code; [FieldOffset(6)] public byte v; }
public struct Inner { public int x; [MarshalAs(UnmanagedType.ByValArray, SizeConst = 12)] public byte[] name; }
[StructLayout(LayoutKind.Explicit)] public struct Nested { [FieldOffset(0)] public int head; [FieldOffset(4)] public Inner body; }
public struct Holder { public Misaligned inner; }

[StructLayout(LayoutKind.Explicit)] public struct Aligned { [FieldOffset(0)] public int v; [FieldOffset(8)] [MarshalAs(UnmanagedType.ByValArray, SizeConst = 12)] public byte[] code; [FieldOffset(20)] public int t; }
[StructLayout(LayoutKind.Explicit)] public struct Alike { [FieldOffset(0)] public string v; [FieldOffset(0)] public string code; }
[StructLayout(LayoutKind.Explicit)] public struct NestedAligned { [FieldOffset(0)] public int head; [FieldOffset(8)] public Inner body; }

[StructLayout(LayoutKind.Explicit, CharSet = CharSet.Ansi)] public struct TightAnsi { [FieldOffset(0)] public char a; [FieldOffset(1)] public byte b; }
[StructLayout(LayoutKind.Explicit, CharSet = CharSet.Ansi)] public struct RoomyAnsi { [FieldOffset(0)] public char a; [FieldOffset(4)] public int b; }
[StructLayout(LayoutKind.Explicit, CharSet = CharSet.Unicode)] public struct Unicode { [FieldOffset(0)] public char a; [FieldOffset(2)] public byte b; }
[StructLayout(LayoutKind.Explicit)] public struct ByteBools { [FieldOffset(0)] [MarshalAs(UnmanagedType.I1)] public bool a; [FieldOffset(1)] [MarshalAs(UnmanagedType.I1)] public bool b; }
}
