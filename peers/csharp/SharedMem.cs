// Named shared memory through P/Invoke, as C# programs wrote it before .NET had MemoryMappedFile.

using System;
using System.ComponentModel;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace SameBytes
{
    // All of the map, read and write, from construction to Dispose; `Root` is where it begins.
    public sealed class SharedMem : IDisposable
    {
        IntPtr handle;
        Segment segment;

        // `existing` false: creates the memory, or joins the one that is there. True: joins, or throws FileNotFoundException.
        public SharedMem(string name, bool existing, uint sizeInBytes)
        {
            try
            {
                if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
                    Attach(name, existing, sizeInBytes);
                else
                    AttachSegment(name, existing, sizeInBytes);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        // The same memory once more, for another access. It holds the memory and not the name.
        public SharedMem(SharedMem origin, MemoryMappedFileAccess access)
        {
            Access = access;
            Capacity = origin.Capacity;
            Root = origin.segment != null ? origin.segment.Map(access) : Map(origin.handle, access);
        }

        public IntPtr Root { get; private set; }

        // In bytes, whole pages.
        public long Capacity { get; private set; }

        public bool Created { get; private set; }

        public MemoryMappedFileAccess Access { get; } = MemoryMappedFileAccess.ReadWrite;

        public unsafe UnmanagedMemoryStream OpenStream(long offset, long size)
        {
            var access = Access == MemoryMappedFileAccess.Read ? FileAccess.Read
                : Access == MemoryMappedFileAccess.Write ? FileAccess.Write : FileAccess.ReadWrite;
            return new UnmanagedMemoryStream((byte*)Root + offset, size, size, access);
        }

        public void Dispose()
        {
            if (Root != IntPtr.Zero && RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
                Kernel32.UnmapViewOfFile(Root);
            else if (Root != IntPtr.Zero)
                Libc.Unmap(Root, Capacity);
            Root = IntPtr.Zero;
            if (handle != IntPtr.Zero)
                Kernel32.CloseHandle(handle);
            handle = IntPtr.Zero;
            segment?.Dispose();
            segment = null;
        }

        void AttachSegment(string name, bool existing, uint sizeInBytes)
        {
            segment = existing ? Segment.OpenExisting(name, true) : Segment.CreateOrOpen(name, sizeInBytes);
            Created = segment.Created;
            Capacity = segment.Capacity;
            Root = segment.Map(Access);
        }

        void Attach(string name, bool existing, uint sizeInBytes)
        {
            handle = existing
                ? Kernel32.OpenFileMapping(Kernel32.FILE_MAP_READ | Kernel32.FILE_MAP_WRITE, false, name)
                : Kernel32.CreateFileMapping(new IntPtr(-1), IntPtr.Zero, Kernel32.PAGE_READWRITE, 0, sizeInBytes, name);
            // The one call that fails and succeeds with an error code: the memory was there already.
            var error = Marshal.GetLastWin32Error();
            if (handle == IntPtr.Zero)
                throw Failure(error);
            Created = !existing && error != Kernel32.ERROR_ALREADY_EXISTS;
            Root = Map(handle, Access);
            Kernel32.MemoryInformation information;
            Kernel32.VirtualQuery(Root, out information, (UIntPtr)(ulong)Marshal.SizeOf(typeof(Kernel32.MemoryInformation)));
            Capacity = (long)information.RegionSize;
        }

        static IntPtr Map(IntPtr handle, MemoryMappedFileAccess access)
        {
            var rights = access == MemoryMappedFileAccess.Read ? Kernel32.FILE_MAP_READ
                : access == MemoryMappedFileAccess.Write ? Kernel32.FILE_MAP_WRITE
                : access == MemoryMappedFileAccess.CopyOnWrite ? Kernel32.FILE_MAP_COPY
                : Kernel32.FILE_MAP_READ | Kernel32.FILE_MAP_WRITE;
            var root = Kernel32.MapViewOfFile(handle, rights, 0, 0, UIntPtr.Zero);
            if (root == IntPtr.Zero)
                throw Failure(Marshal.GetLastWin32Error());
            return root;
        }

        static Exception Failure(int error)
        {
            const int errorFileNotFound = 2, errorAccessDenied = 5;
            var message = new Win32Exception(error).Message;
            switch (error)
            {
                case errorFileNotFound: return new FileNotFoundException(message);
                case errorAccessDenied: return new UnauthorizedAccessException(message);
                default: return new IOException(message, unchecked((int)0x80070000) | error);
            }
        }

        static class Kernel32
        {
            public const int ERROR_ALREADY_EXISTS = 183;
            public const uint PAGE_READWRITE = 4, FILE_MAP_COPY = 1, FILE_MAP_WRITE = 2, FILE_MAP_READ = 4;

            [StructLayout(LayoutKind.Sequential)]
            public struct MemoryInformation
            {
                public IntPtr BaseAddress;
                public IntPtr AllocationBase;
                public uint AllocationProtect;
                public UIntPtr RegionSize;
                public uint State;
                public uint Protect;
                public uint Type;
            }

            [DllImport("kernel32", CharSet = CharSet.Unicode, EntryPoint = "CreateFileMappingW", SetLastError = true)]
            public static extern IntPtr CreateFileMapping(
                IntPtr file, IntPtr security, uint protection, uint sizeHigh, uint sizeLow, string name);

            [DllImport("kernel32", CharSet = CharSet.Unicode, EntryPoint = "OpenFileMappingW", SetLastError = true)]
            public static extern IntPtr OpenFileMapping(uint access, bool inherit, string name);

            [DllImport("kernel32", SetLastError = true)]
            public static extern IntPtr MapViewOfFile(
                IntPtr mapping, uint access, uint offsetHigh, uint offsetLow, UIntPtr count);

            [DllImport("kernel32", SetLastError = true)]
            public static extern bool UnmapViewOfFile(IntPtr address);

            [DllImport("kernel32", SetLastError = true)]
            public static extern UIntPtr VirtualQuery(IntPtr address, out MemoryInformation information, UIntPtr length);

            [DllImport("kernel32", SetLastError = true)]
            public static extern bool CloseHandle(IntPtr handle);
        }
    }
}
