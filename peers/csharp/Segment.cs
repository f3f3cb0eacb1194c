// Named shared memory on Linux with the lifetime it has on Windows: the name lives as long as somebody holds the map.

using System;
using System.IO;
using System.IO.MemoryMappedFiles;

namespace SameBytes
{
    // Every holder keeps a shared flock on the segment's file; whoever finds, under the guard, that nobody holds one, unlinks it.
    public sealed class Segment : IDisposable
    {
        readonly SegmentPath path;
        readonly bool writable;
        int descriptor;
        FileStream stream;
        MemoryMappedFile file;

        Segment(SegmentPath path, int descriptor, bool created, bool writable)
        {
            this.path = path;
            this.descriptor = descriptor;
            this.writable = writable;
            Created = created;
            Capacity = Libc.StatusOf(descriptor).Size;
        }

        public bool Created { get; }
        public long Capacity { get; }

        // IOException (EEXIST) where the name is alive.
        public static Segment CreateNew(string name, long size)
        {
            var path = SegmentPath.Of(name);
            var descriptor = SegmentName.Create(path, size);
            if (descriptor < 0)
                throw new IOException($"{name}: there is such a segment already", Libc.EEXIST);
            return new Segment(path, descriptor, true, true);
        }

        public static Segment CreateOrOpen(string name, long size)
        {
            var path = SegmentPath.Of(name);
            bool created;
            var descriptor = SegmentName.Publish(path, size, out created);
            return created ? new Segment(path, descriptor, true, true) : Join(path, descriptor, true);
        }

        // FileNotFoundException where nobody holds the name.
        public static Segment OpenExisting(string name, bool writable)
        {
            var path = SegmentPath.Of(name);
            var descriptor = SegmentName.Find(path);
            if (descriptor < 0)
                throw new FileNotFoundException($"{name}: there is no such segment", name);
            return Join(path, descriptor, writable);
        }

        // .NET's view of the segment, through a second open of the file: a view must never carry our lock.
        public MemoryMappedFile File
        {
            get
            {
                if (descriptor < 0)
                    throw new ObjectDisposedException(nameof(Segment));
                return file ?? (file = Open());
            }
        }

        // The memory's address, for those who do without .NET's classes. Libc.Unmap ends it.
        public IntPtr Map(MemoryMappedFileAccess access)
        {
            var second = Libc.Open(Libc.PathOf(descriptor), writable ? Libc.O_RDWR : Libc.O_RDONLY);
            try
            {
                return Libc.Map(second, Capacity, access);
            }
            finally
            {
                Libc.Close(second);
            }
        }

        public void Dispose()
        {
            if (descriptor < 0)
                return;
            // First: .NET's FileStream has a shared lock of its own, and would look like another holder.
            file?.Dispose();
            stream?.Dispose();
            try
            {
                SegmentName.Abandon(path, descriptor);
            }
            catch (TimeoutException)
            {
                // The name stays behind, dead; whoever asks for it next clears it away.
            }
            finally
            {
                // Said aloud: a child between fork and exec may still hold a copy of the descriptor.
                Libc.Lock(descriptor, Libc.LOCK_UN);
                Libc.Close(descriptor);
                descriptor = -1;
            }
        }

        static Segment Join(SegmentPath path, int descriptor, bool writable)
        {
            // Its creator took the right away, from everyone: the system would still let root write.
            if (!writable || Libc.StatusOf(descriptor).IsOwnerWritable)
                return new Segment(path, descriptor, false, writable);
            Libc.Close(descriptor);
            throw new UnauthorizedAccessException($"{path.File} is only for reading");
        }

        MemoryMappedFile Open()
        {
            var access = writable ? FileAccess.ReadWrite : FileAccess.Read;
            stream = new FileStream(Libc.PathOf(descriptor), FileMode.Open, access, FileShare.ReadWrite, 1);
            var mapped = writable ? MemoryMappedFileAccess.ReadWrite : MemoryMappedFileAccess.Read;
            return MemoryMappedFile.CreateFromFile(stream, null, 0, mapped, HandleInheritability.None, leaveOpen: true);
        }
    }
}
