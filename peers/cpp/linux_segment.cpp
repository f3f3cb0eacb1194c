// Linux: files that live exactly as long as somebody holds a shared flock on them.
//
// Whoever finds, under the guard (an exclusive flock on the directory), that nobody holds a segment, unlinks it.
// A new segment gets its name only when it has its memory and its creator's lock, so no half-made one is ever seen.
#if defined(__linux__)

#include "segment.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_global.hpp"
#include "linux_place.hpp"

namespace shared {

using namespace files;

namespace platform {

const std::int64_t invalid_argument = EINVAL, access_denied = EACCES, outside = EINVAL, out_of_memory = ENOMEM;

std::int64_t granularity()
{
    static const std::int64_t page = sysconf(_SC_PAGESIZE);
    return page;
}

void unmap(void *base, std::int64_t size) noexcept
{
    munmap(base, static_cast<std::size_t>(size));
}

} // namespace platform

namespace {

std::int64_t whole_pages(std::int64_t bytes)
{
    const std::int64_t page = platform::granularity();
    return (bytes + page - 1) / page * page;
}

std::string path_of(const Descriptor &fd)
{
    return "/proc/self/fd/" + std::to_string(fd.get());
}

struct stat status_of(const Descriptor &fd)
{
    struct stat status;
    if (fstat(fd.get(), &status) != 0)
        refuse(errno);
    return status;
}

bool is_at_path(const Descriptor &directory, const std::string &file, const Descriptor &fd)
{
    struct stat held, named;
    return fstat(fd.get(), &held) == 0 && fstatat(directory.get(), file.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

// Its descriptor carries the shared lock; views are mapped through descriptors of their own.
class HeldFile : public Held {
public:
    HeldFile(Place place, Descriptor fd, bool created) : place_{std::move(place)}, fd_{std::move(fd)}, owner_{getpid()}
    {
        this->capacity = whole_pages(status_of(fd_).st_size);
        this->created = created;
    }
    ~HeldFile() override;
    void *map(std::int64_t offset, std::int64_t size, Access access) const override;

private:
    Place place_;
    Descriptor fd_;
    pid_t owner_;
};

HeldFile::~HeldFile()
{
    if (owner_ != getpid()) { // a forked child's copy: unlocking it would take the parent's lock away
        fd_.close_and_keep_the_lock();
        return;
    }
    try {
        const std::optional<Descriptor> directory = open_directory(place_, false);
        if (!directory)
            return;
        enter_guard(place_, *directory);
        if (lock_alone(place_, fd_) == Alone::yes && is_at_path(*directory, place_.file, fd_))
            unlinkat(directory->get(), place_.file.c_str(), 0);
        fd_ = Descriptor{}; // the lock goes while the guard is still held
    } catch (const std::exception &) {
        // Without the guard only the lock goes; the next to come finds the dead segment and unlinks it.
    }
}

// Mapped through a description of its own: a view must not keep the name alive.
void *HeldFile::map(std::int64_t offset, std::int64_t size, Access access) const
{
    const bool writing = access == Access::write || access == Access::read_write;
    const Descriptor fd{::open(path_of(fd_).c_str(), (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC)};
    if (!fd)
        refuse(errno);
    const std::int64_t page = platform::granularity();
    if (status_of(fd).st_size <= (offset + size - 1) / page * page) // touching what somebody cut off is a SIGBUS
        throw Failure{Kind::range, EINVAL};
    const int protection = access == Access::read ? PROT_READ : PROT_READ | PROT_WRITE;
    const int sharing = access == Access::copy ? MAP_PRIVATE : MAP_SHARED;
    void *const mapped = mmap(nullptr, static_cast<std::size_t>(size), protection, sharing, fd.get(), offset);
    if (mapped == MAP_FAILED)
        refuse(errno);
    return mapped;
}

Descriptor open_file(const Descriptor &directory, const std::string &file, bool writing)
{
    constexpr int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    Descriptor fd{openat(directory.get(), file.c_str(), (writing ? O_RDWR : O_RDONLY) | flags)};
    if (!fd && errno == EACCES && writing) // who may not write may still see that it is dead
        fd = Descriptor{openat(directory.get(), file.c_str(), O_RDONLY | flags)};
    if (!fd && errno != ENOENT)
        refuse(errno);
    return fd;
}

// Its creator made it read-only where the mode says so; the kernel would let root write all the same.
void check_rights(const Descriptor &fd, bool writing)
{
    const bool opened_to_write = (fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_RDWR;
    if (writing && (!opened_to_write || (status_of(fd).st_mode & S_IWUSR) == 0))
        refuse(EACCES);
}

// Opens the segment if somebody holds it. A dead one is unlinked, and none.
Descriptor open_live(const Place &place, const Descriptor &directory, const std::string &file, bool writing)
{
    Descriptor fd = open_file(directory, file, writing);
    if (!fd)
        return fd;
    const struct stat status = status_of(fd);
    if (!S_ISREG(status.st_mode) || (!place.global && status.st_uid != geteuid()))
        refuse(EACCES);
    switch (lock_alone(place, fd)) {
    case Alone::unknown:
        refuse(errno);
    case Alone::yes:
        if (is_at_path(directory, file, fd) && unlinkat(directory.get(), file.c_str(), 0) != 0 && !place.global)
            refuse(errno);
        return Descriptor{};
    case Alone::no:
        check_rights(fd, writing);
    }
    return fd;
}

struct Live {
    Descriptor fd;
    std::string file;
};

// Opens the living segment of the name: the file itself, or in the global directory one beside it, but not `except`.
std::optional<Live> find_live(const Place &place, const Descriptor &directory, bool writing,
                              std::string_view except = "")
{
    std::vector<std::string> files{place.base};
    if (place.global)
        for (std::string &file : beside(place, directory))
            files.push_back(std::move(file));
    std::optional<Failure> refused;
    for (const std::string &file : files) {
        if (file == except)
            continue;
        try {
            if (Descriptor fd = open_live(place, directory, file, writing))
                return Live{std::move(fd), file};
        } catch (const Failure &failure) {
            if (failure.kind != Kind::not_found && (!place.global || may_live(directory, file)))
                refused = failure;
        }
    }
    if (refused)
        throw *refused;
    return std::nullopt;
}

// What came of trying once. Neither `held` nor `again`: there is nothing to join, or nothing was to be created.
struct Attempt {
    std::unique_ptr<Held> held;
    bool again = false;
};

// Again: it is alive, but not to be joined just now (a foreign exclusive lock, or the name moved on).
Attempt join_once(Place place, bool writing)
{
    const std::optional<Descriptor> directory = open_directory(place, false);
    if (!directory)
        return {};
    enter_guard(place, *directory);
    std::optional<Live> live = find_live(place, *directory, writing);
    if (!live)
        return {};
    if (flock(live->fd.get(), LOCK_SH | LOCK_NB) != 0 || !is_at_path(*directory, live->file, live->fd))
        return {nullptr, true};
    place.file = live->file;
    return {std::make_unique<HeldFile>(std::move(place), std::move(live->fd), false)};
}

// A file without a name, with all its memory (a sparse one would kill its users with SIGBUS) and its creator's lock.
Descriptor make_segment(const Descriptor &directory, std::int64_t size)
{
    Descriptor fd{openat(directory.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (!fd || fchmod(fd.get(), 0600) != 0) // the umask may have taken the owner's bits
        refuse(errno);
    int code;
    do
        code = posix_fallocate(fd.get(), 0, whole_pages(size));
    while (code == EINTR);
    if (code != 0)
        refuse(code);
    if (flock(fd.get(), LOCK_SH) != 0)
        refuse(errno);
    return fd;
}

// Gives the finished file its name, under the guard. False: somebody gave it at the same time, and neither has it.
bool publish(Place &place, const Descriptor &directory, const Descriptor &fd)
{
    if (find_live(place, directory, false))
        refuse(EEXIST);
    if (place.global)
        place.file = beside_the_dead(place, directory);
    const int linked =
        linkat(AT_FDCWD, path_of(fd).c_str(), directory.get(), place.file.c_str(), AT_SYMLINK_FOLLOW);
    if (linked != 0)
        refuse(errno);
    if (!place.global)
        return true;
    std::optional<Live> other;
    try {
        other = find_live(place, directory, false, place.file);
    } catch (const Failure &) {
        return true; // what cannot be opened is no reason to give up what one has
    }
    if (other)
        unlinkat(directory.get(), place.file.c_str(), 0);
    return !other;
}

Attempt create_once(Place place, std::int64_t size)
{
    const std::optional<Descriptor> directory = open_directory(place, true);
    if (!directory)
        return {nullptr, true};
    Descriptor fd = make_segment(*directory, size);
    enter_guard(place, *directory);
    if (!publish(place, *directory, fd))
        return {nullptr, true};
    return {std::make_unique<HeldFile>(std::move(place), std::move(fd), true)};
}

// One look at the name: joins it or creates it, as the mode says.
Attempt try_once(const Place &place, std::int64_t size, Mode mode)
{
    if (mode != Mode::create_new) {
        Attempt joined = join_once(place, mode != Mode::open_read);
        if (joined.held || joined.again)
            return joined;
    }
    if (mode == Mode::open || mode == Mode::open_read)
        refuse(ENOENT);
    try {
        return create_once(place, size);
    } catch (const Failure &failure) {
        const bool vanished = failure.kind == Kind::not_found; // the directory itself was removed meanwhile
        if (vanished || (mode == Mode::create_or_open && failure.kind == Kind::exists))
            return {nullptr, true};
        throw;
    }
}

} // namespace

namespace platform {

std::unique_ptr<Held> open(std::string_view name, std::int64_t size, Mode mode)
{
    const Place place = find_place(name);
    const std::int64_t deadline = now_milliseconds() + patience_milliseconds;
    for (int attempt = 0; now_milliseconds() <= deadline; attempt++) {
        Attempt done = try_once(place, size, mode);
        if (done.held)
            return std::move(done.held);
        pause_briefly(attempt);
    }
    refuse(ETIMEDOUT);
}

} // namespace platform

} // namespace shared

#endif
