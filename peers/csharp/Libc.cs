// The few calls of the Linux C library that the lifetime of a named segment needs.

using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace SameBytes
{
    // Constants are those of x86-64. Wrappers throw what .NET itself throws for the same error.
    static class Libc
    {
        public const int ENOENT = 2, EINTR = 4, ENXIO = 6, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EEXIST = 17, EISDIR = 21;
        public const int ELOOP = 40, EPERM = 1, EROFS = 30;

        public const int O_RDONLY = 0, O_RDWR = 2, O_NONBLOCK = 0x800, O_DIRECTORY = 0x10000, O_NOFOLLOW = 0x20000;
        public const int O_CLOEXEC = 0x80000, O_TMPFILE = 0x400000 | O_DIRECTORY;

        public const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
        const int PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, MAP_PRIVATE = 2;

        const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_SYMLINK_FOLLOW = 0x400, AT_EMPTY_PATH = 0x1000;
        const uint STATX_BASIC_STATS = 0x7ff;

        // statx and not stat: its structure is the same for every C library and CPU, and `fstat` is not exported before glibc 2.33.
        [StructLayout(LayoutKind.Explicit, Size = 256)]
        public struct Status
        {
            [FieldOffset(16)] public uint Links;
            [FieldOffset(20)] public uint Owner;
            [FieldOffset(28)] public ushort Mode;
            [FieldOffset(32)] public ulong Inode;
            [FieldOffset(40)] public long Size;
            [FieldOffset(136)] public uint DeviceMajor;
            [FieldOffset(140)] public uint DeviceMinor;

            public bool IsRegular => (Mode & 0xf000) == 0x8000;
            public bool IsOwnerWritable => (Mode & 0x80) != 0;
            public bool IsSame(Status other) =>
                Inode == other.Inode && DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor;
        }

        [DllImport("libc", SetLastError = true)]
        static extern int openat(int directory, string path, int flags, uint mode);

        [DllImport("libc", SetLastError = true)]
        static extern int close(int descriptor);

        [DllImport("libc", SetLastError = true)]
        static extern int mkdir(string path, uint mode);

        [DllImport("libc", SetLastError = true)]
        static extern int chmod(string path, uint mode);

        [DllImport("libc", SetLastError = true)]
        static extern int fchmod(int descriptor, uint mode);

        [DllImport("libc", SetLastError = true)]
        static extern int flock(int descriptor, int operation);

        [DllImport("libc", SetLastError = true)]
        static extern int statx(int directory, string path, int flags, uint mask, out Status status);

        [DllImport("libc", SetLastError = true)]
        static extern int linkat(int fromDirectory, string from, int toDirectory, string to, int flags);

        [DllImport("libc", SetLastError = true)]
        static extern int unlinkat(int directory, string path, int flags);

        [DllImport("libc")]
        static extern int posix_fallocate(int descriptor, long offset, long length);

        [DllImport("libc", SetLastError = true)]
        static extern IntPtr mmap(IntPtr address, UIntPtr length, int protection, int flags, int descriptor, long offset);

        [DllImport("libc", SetLastError = true)]
        static extern int munmap(IntPtr address, UIntPtr length);

        [DllImport("libc", EntryPoint = "geteuid")]
        public static extern uint EffectiveUser();

        public static int Open(string path, int flags) => OpenAt(AT_FDCWD, path, flags);

        // −1 where there is no such entry.
        public static int OpenAt(int directory, string path, int flags, uint mode = 0)
        {
            int descriptor;
            while ((descriptor = openat(directory, path, flags | O_CLOEXEC, mode)) < 0)
            {
                var error = Marshal.GetLastWin32Error();
                if (error == ENOENT)
                    return -1;
                if (error != EINTR)
                    throw Failure(error, path);
            }
            return descriptor;
        }

        // Never retried: Linux has released the descriptor even when it says EINTR.
        public static void Close(int descriptor) => close(descriptor);

        public static void MakeDirectory(string path, uint mode)
        {
            // The mode is set once more because the process's umask has taken bits from it.
            if (mkdir(path, mode) == 0 && chmod(path, mode) == 0)
                return;
            var error = Marshal.GetLastWin32Error();
            if (error != EEXIST)
                throw Failure(error, path);
        }

        public static void SetMode(int descriptor, uint mode)
        {
            if (fchmod(descriptor, mode) != 0)
                throw Failure(Marshal.GetLastWin32Error(), "fchmod");
        }

        // False where another holder's lock is in the way of a LOCK_NB.
        public static bool Lock(int descriptor, int operation)
        {
            while (flock(descriptor, operation) != 0)
            {
                var error = Marshal.GetLastWin32Error();
                if (error == EAGAIN)
                    return false;
                if (error != EINTR)
                    throw Failure(error, "flock");
            }
            return true;
        }

        public static Status StatusOf(int descriptor)
        {
            Status status;
            if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BASIC_STATS, out status) != 0)
                throw Failure(Marshal.GetLastWin32Error(), "statx");
            return status;
        }

        // False where there is no such entry.
        public static bool TryStatusAt(int directory, string path, out Status status)
        {
            if (statx(directory, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, out status) == 0)
                return true;
            var error = Marshal.GetLastWin32Error();
            if (error != ENOENT)
                throw Failure(error, path);
            return false;
        }

        public static bool TryStatusAt(string path, out Status status) => TryStatusAt(AT_FDCWD, path, out status);

        // Gives a file that has no name yet its first one. False where the name is taken.
        public static bool TryLink(int descriptor, int directory, string path)
        {
            if (linkat(AT_FDCWD, PathOf(descriptor), directory, path, AT_SYMLINK_FOLLOW) == 0)
                return true;
            var error = Marshal.GetLastWin32Error();
            if (error != EEXIST)
                throw Failure(error, path);
            return false;
        }

        public static void Unlink(int directory, string path)
        {
            if (unlinkat(directory, path, 0) == 0)
                return;
            var error = Marshal.GetLastWin32Error();
            if (error != ENOENT)
                throw Failure(error, path);
        }

        // Reserves the memory now: a sparse file would end in SIGBUS at the first write that finds no room.
        public static void Allocate(int descriptor, long size)
        {
            int error;
            while ((error = posix_fallocate(descriptor, 0, size)) == EINTR)
            {
            }
            if (error != 0)
                throw Failure(error, $"{size} bytes");
        }

        public static IntPtr Map(int descriptor, long size, MemoryMappedFileAccess access)
        {
            var protection = access == MemoryMappedFileAccess.Read ? PROT_READ
                : access == MemoryMappedFileAccess.Write ? PROT_WRITE : PROT_READ | PROT_WRITE;
            var flags = access == MemoryMappedFileAccess.CopyOnWrite ? MAP_PRIVATE : MAP_SHARED;
            var address = mmap(IntPtr.Zero, (UIntPtr)(ulong)size, protection, flags, descriptor, 0);
            if (address == new IntPtr(-1))
                throw Failure(Marshal.GetLastWin32Error(), "mmap");
            return address;
        }

        public static void Unmap(IntPtr address, long size) => munmap(address, (UIntPtr)(ulong)size);

        // A way to open once more what a descriptor refers to, named or not.
        public static string PathOf(int descriptor) => $"/proc/self/fd/{descriptor}";

        public static Exception Failure(int error, string what)
        {
            switch (error)
            {
                case ENOENT: return new FileNotFoundException($"{what}: there is no such segment");
                case EPERM:
                case ENXIO:
                case EACCES:
                case EISDIR:
                case EROFS:
                case ELOOP: return new UnauthorizedAccessException($"{what}: access is denied (error {error})");
                default: return new IOException($"{what}: error {error}", error);
            }
        }
    }
}
