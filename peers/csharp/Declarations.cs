// The shared records, declared by hand as C# programs declare them. These are what is under test.

using System.Runtime.InteropServices;

namespace SameBytes
{
    public struct Integer
    {
        public int Value;
    }

    [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
    public unsafe struct MySharedData
    {
        public int Value;
        public char Letter;
        public fixed float Numbers[50];
    }

    [StructLayout(LayoutKind.Explicit, Size = 208, CharSet = CharSet.Unicode)]
    public unsafe struct MySharedDataExplicit
    {
        [FieldOffset(0)] public int Value;
        [FieldOffset(4)] public char Letter;
        [FieldOffset(8)] public fixed float Numbers[50];
    }

    // Travels as JSON behind its length: the names are the keys.
    public sealed class Message
    {
        public string title = "";
        public string content = "";
    }

    // Followed in the map by an int32 byte count and that many bytes of UTF-16.
    public struct SomeData
    {
        public long CurrentDate;
    }
}
