// The guard of a directory of segments: whoever holds it may look whether a name is alive, and give or take the name.

using System;
using System.Diagnostics;
using System.Threading;

namespace SameBytes
{
    sealed class SegmentGuard : IDisposable
    {
        // A guard is held for microseconds. Whoever keeps it this long is stopped, and waiting on would hang with it.
        static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

        SegmentGuard(int directory)
        {
            Directory = directory;
        }

        public int Directory { get; }

        // null where there is no such directory and `create` does not ask for it.
        public static SegmentGuard Enter(SegmentPath path, bool create)
        {
            var waited = Stopwatch.StartNew();
            while (true)
            {
                var directory = Open(path, create);
                if (directory < 0)
                    return null;
                var entered = false;
                try
                {
                    // A lock on the directory of all users is one that anybody could take, and keep: it means nothing.
                    if (!path.IsGlobal)
                        Wait(directory, waited, path);
                    Libc.Status named;
                    // Removed while we waited, and perhaps made again: then the guard is another.
                    entered = Libc.TryStatusAt(path.Directory, out named) && named.IsSame(Libc.StatusOf(directory));
                    if (entered)
                        return new SegmentGuard(directory);
                }
                finally
                {
                    if (!entered)
                        Libc.Close(directory);
                }
            }
        }

        public void Dispose()
        {
            Libc.Lock(Directory, Libc.LOCK_UN);
            Libc.Close(Directory);
        }

        static int Open(SegmentPath path, bool create)
        {
            const int flags = Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW;
            var directory = Libc.Open(path.Directory, flags);
            if (directory < 0 && create)
            {
                // 0700; 1777 for the one that all users share.
                Libc.MakeDirectory(path.Directory, path.IsGlobal ? 0x3ffu : 0x1c0u);
                directory = Libc.Open(path.Directory, flags);
            }
            if (directory >= 0)
                CheckOwner(directory, path);
            return directory;
        }

        static void CheckOwner(int directory, SegmentPath path)
        {
            var status = Libc.StatusOf(directory);
            const int writableByOthers = 0x12;
            const int sticky = 0x200;
            if (path.IsGlobal && status.Owner == Libc.EffectiveUser())
            {
                Libc.SetMode(directory, 0x3ff);
                return;
            }
            if (path.IsGlobal && status.Owner == 0 && ((status.Mode & writableByOthers) == 0 || (status.Mode & sticky) != 0))
                return;
            if (!path.IsGlobal && status.Owner == Libc.EffectiveUser() && (status.Mode & writableByOthers) == 0)
                return;
            Libc.Close(directory);
            throw new UnauthorizedAccessException($"{path.Directory} is neither this user's nor root's, or not safe: somebody else could plant segments there");
        }

        static void Wait(int directory, Stopwatch waited, SegmentPath path)
        {
            for (var look = 0; !Libc.Lock(directory, Libc.LOCK_EX | Libc.LOCK_NB); look++)
            {
                if (waited.Elapsed > Patience)
                    throw new TimeoutException($"{path.Directory} is locked by a process that does not let go");
                if (look < 100)
                    Thread.Yield();
                else
                    Thread.Sleep(1);
            }
        }
    }
}
