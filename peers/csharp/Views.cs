// Reaching into accessors and streams at a position.

using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace SameBytes
{
    // Holds the address of a view. A raw pointer knows no access rights, so they are asked for first: writing through
    // one into a view that is only for reading would kill the process instead of throwing.
    public unsafe struct ViewPointer : IDisposable
    {
        readonly MemoryMappedViewAccessor view;
        readonly byte* origin;

        public ViewPointer(MemoryMappedViewAccessor view, FileAccess access)
        {
            if (access == FileAccess.Write ? !view.CanWrite : !view.CanRead)
                throw new UnauthorizedAccessException($"the view is not for {access.ToString().ToLowerInvariant()} access");
            this.view = view;
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            // The handle's memory begins at a page or a 64 KiB boundary, the view somewhere behind it.
            origin = start + view.PointerOffset;
        }

        public byte* At(long offset) => origin + offset;

        public void Dispose() => view.SafeMemoryMappedViewHandle.ReleasePointer();
    }

    public static class ViewStreams
    {
        public static byte[] ReadAt(this MemoryMappedViewStream view, long offset, int count)
        {
            view.Position = offset;
            using (var reader = new BinaryReader(view, Encoding.UTF8, leaveOpen: true))
            {
                var bytes = reader.ReadBytes(count);
                if (bytes.Length != count)
                    throw new EndOfStreamException();
                return bytes;
            }
        }

        public static int ReadInt32At(this MemoryMappedViewStream view, long offset)
        {
            view.Position = offset;
            using (var reader = new BinaryReader(view, Encoding.UTF8, leaveOpen: true))
                return reader.ReadInt32();
        }

        public static void WriteAt(this MemoryMappedViewStream view, long offset, byte[] bytes, int start, int count)
        {
            view.Position = offset;
            using (var writer = new BinaryWriter(view, Encoding.UTF8, leaveOpen: true))
                writer.Write(bytes, start, count);
        }

        public static void WriteInt32At(this MemoryMappedViewStream view, long offset, int value)
        {
            view.Position = offset;
            using (var writer = new BinaryWriter(view, Encoding.UTF8, leaveOpen: true))
                writer.Write(value);
        }
    }
}
