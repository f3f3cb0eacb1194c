#if defined(__linux__)

#include "linux_global.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

namespace shared::files {

// How often a lock in the way is looked at again: who only looks has it for a microsecond, a holder for good.
constexpr int looks = 4;

Alone lock_alone(const Place &place, const Descriptor &segment)
{
    for (int look = 0;; look++) {
        if (flock(segment.get(), LOCK_EX | LOCK_NB) == 0)
            return Alone::yes;
        if (errno != EWOULDBLOCK)
            return Alone::unknown;
        if (!place.global || look == looks)
            return Alone::no;
        const timespec pause{0, (now_nanoseconds() ^ getpid() * 7919L) % 100'000};
        nanosleep(&pause, nullptr);
    }
}

static bool is_beside(const std::string &file, const std::string &base)
{
    const std::size_t user = base.size() + 1;
    return file.size() > user && file.compare(0, user, base + '+') == 0 &&
           file.find_first_not_of("0123456789", user) == std::string::npos;
}

std::vector<std::string> beside(const Place &place, const Descriptor &directory)
{
    std::vector<std::string> found;
    const int again = openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const opened = again < 0 ? nullptr : fdopendir(again);
    if (opened == nullptr) {
        if (again >= 0)
            close(again);
        return found;
    }
    const std::unique_ptr<DIR, int (*)(DIR *)> entries{opened, closedir};
    while (const dirent *entry = readdir(opened))
        if (is_beside(entry->d_name, place.base))
            found.emplace_back(entry->d_name);
    return found;
}

bool may_live(const Descriptor &directory, const std::string &file)
{
    struct stat status;
    if (fstatat(directory.get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    std::FILE *const opened = S_ISREG(status.st_mode) ? std::fopen("/proc/locks", "re") : nullptr;
    if (opened == nullptr)
        return true;
    const std::unique_ptr<std::FILE, int (*)(std::FILE *)> locks{opened, std::fclose};
    char line[256];
    while (std::fgets(line, sizeof line, opened) != nullptr) {
        unsigned major_number, minor_number;
        unsigned long long inode;
        if (std::sscanf(line, "%*d: FLOCK %*s %*s %*d %x:%x:%llu", &major_number, &minor_number, &inode) == 3 &&
            makedev(major_number, minor_number) == status.st_dev && inode == status.st_ino)
            return true;
    }
    return false;
}

std::string beside_the_dead(const Place &place, const Descriptor &directory)
{
    struct stat status;
    const bool in_the_way = fstatat(directory.get(), place.base.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    return in_the_way ? place.base + '+' + std::to_string(geteuid()) : place.base;
}

} // namespace shared::files

#endif
