// Giving, finding and taking away the name of a segment: the three steps that need the guard.

using System;
using System.Diagnostics;
using System.IO;
using System.Threading;

namespace SameBytes
{
    static class SegmentName
    {
        // How long an exclusive lock of somebody outside the protocol is waited out, with the guard held.
        static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

        // A name can be given or vanish by another hand between two steps. That it happens again and again is no accident.
        const int Attempts = 100;

        const int Looks = 4;
        static readonly Random Chance = new Random();

        // A locked descriptor of a new segment of `size` bytes, or −1 where the name is alive: then nothing is held, not even for a moment.
        public static int Create(SegmentPath path, long size)
        {
            var rounded = RoundUp(size);
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (IsTaken(path))
                    return -1;
                var descriptor = TryCreate(path, rounded);
                if (descriptor >= 0)
                    return descriptor;
            }
            throw Restless(path);
        }

        // A locked descriptor of the segment: of a new one of `size` bytes, or of the one that is alive under the name.
        public static int Publish(SegmentPath path, long size, out bool created)
        {
            var rounded = RoundUp(size);
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                // Most who would create or join find it there, and need no memory that would only be given back.
                var descriptor = Find(path);
                created = descriptor < 0;
                if (created)
                    descriptor = TryCreate(path, rounded);
                if (descriptor >= 0)
                    return descriptor;
            }
            throw Restless(path);
        }

        // A locked descriptor of the segment that is alive under the name, or −1.
        public static int Find(SegmentPath path)
        {
            using (var guard = SegmentGuard.Enter(path, create: false))
                return guard == null ? -1 : Find(guard, path);
        }

        // Whether somebody holds the segment of that name. Our own lock, by which that is seen, ends before the guard does.
        static bool IsTaken(SegmentPath path)
        {
            using (var guard = SegmentGuard.Enter(path, create: false))
                return guard != null && IsTaken(guard, path);
        }

        static bool IsTaken(SegmentGuard guard, SegmentPath path, string except = null)
        {
            var other = Find(guard, path, except);
            if (other < 0)
                return false;
            Libc.Lock(other, Libc.LOCK_UN);
            Libc.Close(other);
            return true;
        }

        // Takes the name away when nobody but `descriptor` holds the segment. The lock is its owner's to release.
        public static void Abandon(SegmentPath path, int descriptor)
        {
            using (var guard = SegmentGuard.Enter(path, create: false))
                if (guard != null && LockAlone(path, descriptor))
                    UnlinkIfNamed(guard, path, descriptor);
        }

        // A locked descriptor of a new segment with its name; −1 where somebody was quicker, or its directory vanished.
        static int TryCreate(SegmentPath path, long size)
        {
            var descriptor = Prepare(path, size);
            return descriptor >= 0 && TryGive(path, descriptor) ? descriptor : -1;
        }

        // A complete and locked segment without a name; −1 where its directory vanished.
        static int Prepare(SegmentPath path, long size)
        {
            const uint ownerReadsAndWrites = 0x180;
            int descriptor;
            using (var guard = SegmentGuard.Enter(path, create: true))
                descriptor = Libc.OpenAt(guard.Directory, ".", Libc.O_TMPFILE | Libc.O_RDWR, ownerReadsAndWrites);
            if (descriptor < 0)
                return -1;
            try
            {
                // Once more: the umask may have taken bits from it.
                Libc.SetMode(descriptor, ownerReadsAndWrites);
                Libc.Allocate(descriptor, size);
                Libc.Lock(descriptor, Libc.LOCK_SH | Libc.LOCK_NB);
                return descriptor;
            }
            catch
            {
                Libc.Close(descriptor);
                throw;
            }
        }

        static bool TryGive(SegmentPath path, int descriptor)
        {
            var given = false;
            try
            {
                using (var guard = SegmentGuard.Enter(path, create: true))
                {
                    // Whatever stands there now came after the last look: if it is dead, its name is free.
                    given = !IsTaken(guard, path) && TryLink(guard, path, descriptor);
                    return given;
                }
            }
            finally
            {
                if (!given)
                    Libc.Close(descriptor);
            }
        }

        // In the directory of all users a dead file of somebody else stays: the name is then given to one beside it, and nobody
        // else may have given it at the same time.
        static bool TryLink(SegmentGuard guard, SegmentPath path, int descriptor)
        {
            Libc.Status dead;
            path.File = path.IsGlobal && Libc.TryStatusAt(guard.Directory, path.Base, out dead) ? $"{path.Base}+{Libc.EffectiveUser()}" : path.Base;
            if (!Libc.TryLink(descriptor, guard.Directory, path.File))
                return false;
            var mine = path.File;
            if (!path.IsGlobal || !IsTaken(guard, path, mine))
                return true;
            Libc.Unlink(guard.Directory, mine);
            return false;
        }

        static int Find(SegmentGuard guard, SegmentPath path, string except = null)
        {
            path.File = path.Base;
            var found = path.File == except ? -1 : FindFile(guard, path);
            if (found < 0)
                foreach (var file in path.Beside())
                {
                    path.File = file;
                    if (file != except && (found = FindFile(guard, path)) >= 0)
                        break;
                }
            if (found < 0 || except != null)
                path.File = except ?? path.Base;
            return found;
        }

        static int FindFile(SegmentGuard guard, SegmentPath path)
        {
            // Without blocking on a FIFO, and only to read: even a segment that cannot be written may be dead.
            var descriptor = Libc.OpenAt(guard.Directory, path.File, Libc.O_RDONLY | Libc.O_NOFOLLOW | Libc.O_NONBLOCK);
            if (descriptor < 0)
                return -1;
            var alive = false;
            try
            {
                CheckOwner(path, Libc.StatusOf(descriptor));
                alive = IsAlive(path, descriptor) && IsNamed(guard, path, descriptor);
                if (!alive)
                    UnlinkIfNamed(guard, path, descriptor);
                return alive ? descriptor : -1;
            }
            finally
            {
                if (!alive)
                    Libc.Close(descriptor);
            }
        }

        // Alive is what somebody holds. From then on so do we.
        static bool IsAlive(SegmentPath path, int descriptor)
        {
            var waited = Stopwatch.StartNew();
            while (!LockAlone(path, descriptor))
            {
                if (Libc.Lock(descriptor, Libc.LOCK_SH | Libc.LOCK_NB))
                    return true;
                if (waited.Elapsed > Patience)
                    throw new TimeoutException("somebody keeps an exclusive lock on the segment");
                Thread.Sleep(1);
            }
            return false;
        }

        // Who only looks has the lock for a microsecond, a holder for good: where other users look too, one look is not enough.
        static bool LockAlone(SegmentPath path, int descriptor)
        {
            for (var look = 0; ; look++)
            {
                if (Libc.Lock(descriptor, Libc.LOCK_EX | Libc.LOCK_NB))
                    return true;
                if (!path.IsGlobal || look == Looks)
                    return false;
                Thread.SpinWait(Chance.Next(20000));
            }
        }

        // Whether the file has the name still: its owner may have closed it since.
        static bool IsNamed(SegmentGuard guard, SegmentPath path, int descriptor)
        {
            Libc.Status named;
            return Libc.TryStatusAt(guard.Directory, path.File, out named) && named.IsSame(Libc.StatusOf(descriptor));
        }

        static void CheckOwner(SegmentPath path, Libc.Status status)
        {
            if (!status.IsRegular || !path.IsGlobal && status.Owner != Libc.EffectiveUser())
                throw new UnauthorizedAccessException($"{path.File} is no segment of this user");
        }

        static void UnlinkIfNamed(SegmentGuard guard, SegmentPath path, int descriptor)
        {
            if (!IsNamed(guard, path, descriptor))
                return;
            try
            {
                Libc.Unlink(guard.Directory, path.File);
            }
            catch (UnauthorizedAccessException) when (path.IsGlobal)
            {
                // Another user's: it stays, and stands for nothing.
            }
        }

        static IOException Restless(SegmentPath path)
        {
            return new IOException($"{path.File}: the name is given and taken by others all the time", Libc.EAGAIN);
        }

        static long RoundUp(long size)
        {
            if (size <= 0)
                throw new ArgumentOutOfRangeException("capacity", "a segment has at least one byte");
            long page = Environment.SystemPageSize;
            var spare = (page - size % page) % page;
            if (size > long.MaxValue - spare)
                throw new IOException($"{size} bytes: there is no such memory", Libc.ENOMEM);
            return size + spare;
        }
    }
}
