// An int32 byte count and the bytes it counts. The count is written last: a reader that polls it never sees half a body.

using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Threading;

namespace SameBytes
{
    public static class Prefixed
    {
        // Of the count itself, in bytes.
        public const int Length = sizeof(int);

        public static void Write(MemoryMappedViewAccessor view, long offset, byte[] body)
        {
            view.WriteArray(offset + Length, body, 0, body.Length);
            Thread.MemoryBarrier();
            view.Write(offset, body.Length);
        }

        public static void Write(MemoryMappedViewAccessor view, long offset, char[] body)
        {
            view.WriteArray(offset + Length, body, 0, body.Length);
            Thread.MemoryBarrier();
            view.Write(offset, sizeof(char) * body.Length);
        }

        public static void Write(UnmanagedMemoryStream view, long offset, byte[] body)
        {
            view.WriteAt(offset + Length, body, 0, body.Length);
            Thread.MemoryBarrier();
            view.WriteInt32At(offset, body.Length);
        }

        public static byte[] Read(MemoryMappedViewAccessor view, long offset)
        {
            var count = Check(view.ReadInt32(offset), offset, view.Capacity);
            Thread.MemoryBarrier();
            var body = new byte[count];
            view.ReadArray(offset + Length, body, 0, count);
            return body;
        }

        public static byte[] Read(UnmanagedMemoryStream view, long offset)
        {
            var count = Check(view.ReadInt32At(offset), offset, view.Length);
            Thread.MemoryBarrier();
            return view.ReadAt(offset + Length, count);
        }

        static int Check(int count, long offset, long capacity)
        {
            if (count < 0 || count > capacity - offset - Length)
                throw new ArgumentOutOfRangeException(nameof(count), $"a length of {count} bytes at {offset} points outside the view");
            return count;
        }
    }
}
