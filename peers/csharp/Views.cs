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
        public static byte[] ReadAt(this UnmanagedMemoryStream view, long offset, int count)
        {
            using (var reader = ReaderAt(view, offset))
            {
                var bytes = reader.ReadBytes(count);
                if (bytes.Length != count)
                    throw new EndOfStreamException();
                return bytes;
            }
        }

        public static int ReadInt32At(this UnmanagedMemoryStream view, long offset)
        {
            using (var reader = ReaderAt(view, offset))
                return reader.ReadInt32();
        }

        public static void WriteAt(this UnmanagedMemoryStream view, long offset, byte[] bytes, int start, int count)
        {
            using (var writer = WriterAt(view, offset))
                writer.Write(bytes, start, count);
        }

        public static void WriteInt32At(this UnmanagedMemoryStream view, long offset, int value)
        {
            using (var writer = WriterAt(view, offset))
                writer.Write(value);
        }

        // Readers and writers call a stream that is not for them a wrong argument; asked itself, it says what is wrong.
        static BinaryReader ReaderAt(UnmanagedMemoryStream view, long offset)
        {
            if (!view.CanRead)
                throw new NotSupportedException("the stream is not for reading");
            view.Position = offset;
            return new BinaryReader(view, Encoding.UTF8, leaveOpen: true);
        }

        static BinaryWriter WriterAt(UnmanagedMemoryStream view, long offset)
        {
            if (!view.CanWrite)
                throw new NotSupportedException("the stream is not for writing");
            view.Position = offset;
            return new BinaryWriter(view, Encoding.UTF8, leaveOpen: true);
        }
    }
}
