// Structures in every layout .NET has, and a program that prints what its runtime makes of them.
using System;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Shared {
public enum Small : byte { A, B = 7 }
public enum Big : long { X = -1, Y = 1L << 40 }
[StructLayout(LayoutKind.Sequential)] public struct Plain { public byte b; public double d; public Small s; public Big g; public long l; public IntPtr p; }
[StructLayout(LayoutKind.Sequential, Pack = 1, CharSet = CharSet.Unicode)] public struct Text { public bool on; public char c; [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 32)] public string name; public int tail; }
[StructLayout(LayoutKind.Sequential)] public struct Ansi { public short h; public char c; public bool on; [MarshalAs(UnmanagedType.U1)] public bool one; [MarshalAs(UnmanagedType.VariantBool)] public bool vb; public int tail; }
[StructLayout(LayoutKind.Sequential)] public struct Arrays { public byte k; [MarshalAs(UnmanagedType.ByValArray, SizeConst = 3)] public double[] ds; [MarshalAs(UnmanagedType.ByValArray, SizeConst = 5)] public bool[] bs; [MarshalAs(UnmanagedType.ByValArray, SizeConst = 5, ArraySubType=UnmanagedType.U1)] public bool[] us; [MarshalAs(UnmanagedType.ByValArray, SizeConst = 2)] public Plain[] ps; [MarshalAs(UnmanagedType.ByValArray, SizeConst = 4)] public char[] cs;}
[StructLayout(LayoutKind.Explicit, Size = 40)] public struct Explicit { [FieldOffset(0)] public int i; [FieldOffset(0)] public float f; [FieldOffset(6)] public short h; [FieldOffset(8)] public Plain p; }
[StructLayout(LayoutKind.Explicit, Size = 64)] public struct Union { [FieldOffset(0)] public int i; [FieldOffset(2)] public ushort f; [FieldOffset(12)] public double d; }
public unsafe struct Fixed { public byte b; public fixed int xs[5]; public fixed char name[8]; public fixed byte raw[3]; public Guid id; public TimeSpan span; }
[StructLayout(LayoutKind.Sequential, Size = 100)] public struct Sized { public int i; public Plain inner; }
[StructLayout(LayoutKind.Auto)] public struct Auto { public byte a; public int b; }
public struct WithDate { public byte b; public DateTime d; public int t; }
public struct WithString { public int i; public string s; }
public class Outer { public struct Inner { public byte a; public int B { get; set; } } }
[StructLayout(LayoutKind.Sequential, Pack = 2)] public struct Packed2 { public byte a; public long l; public decimal m; public Guid g; }
public struct Generic<T> { public T t; }
[StructLayout(LayoutKind.Sequential)] public class Formatted { public int a; public double d; }
[StructLayout(LayoutKind.Sequential)] public struct WithClass { public byte b; public Formatted c; public Func<int> f; public object o; }

public static class Program {
  public static void Main() { Console.Write(Describe()); }

  /* NAME marshalled SIZE field@offset ... and NAME managed SIZE, as this runtime says; "none" where it has no answer. */
  public static string Describe() {
    var text = new StringBuilder();
    foreach (var type in typeof(Program).Assembly.GetTypes()) {
      if (type.IsGenericType || type.IsEnum || !type.IsValueType || type.Name.Contains("<")) continue;
      string name = type.FullName.Replace("Shared.", "");
      text.AppendLine(name + " marshalled " + Marshalled(type));
      text.AppendLine(name + " managed " + typeof(Program).GetMethod("Stride").MakeGenericMethod(type).Invoke(null, null));
    }
    return text.ToString();
  }

  static string Marshalled(Type type) {
    try {
      string line = Marshal.SizeOf(type).ToString();
      foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        line += " " + field.Name.Replace("<", "").Replace(">k__BackingField", "") + "@" + Marshal.OffsetOf(type, field.Name);
      return line;
    } catch (ArgumentException) { return "none"; }
  }

  /* Bytes from one element of an array to the next: the managed size. */
  public static unsafe long Stride<T>() {
    var two = new T[2];
    var first = __makeref(two[0]);
    var second = __makeref(two[1]);
    int place = Type.GetType("Mono.Runtime") == null ? 0 : 1; // where a TypedReference keeps the address
    return (byte*)((IntPtr*)&second)[place] - (byte*)((IntPtr*)&first)[place];
  }
}
}
