#if defined(__linux__)

#include "linux_place.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace shared::files {

Descriptor::~Descriptor()
{
    if (fd_ < 0)
        return;
    flock(fd_, LOCK_UN);
    close(fd_);
}

void Descriptor::close_and_keep_the_lock() noexcept
{
    if (fd_ >= 0)
        close(std::exchange(fd_, -1));
}

static Kind kind_of(int code)
{
    switch (code) {
    case EEXIST:
        return Kind::exists;
    case ENOENT:
        return Kind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:   // a symbolic link stands at the path
    case EISDIR:  // a directory
    case ENXIO:   // a socket
    case ENOTDIR: // something else stands where the directory should
        return Kind::access;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
        return Kind::no_space;
    case EFBIG:
        return Kind::invalid_size;
    case ENAMETOOLONG:
    case EILSEQ:
        return Kind::invalid_name;
    case ETIMEDOUT:
        return Kind::timeout;
    default:
        return Kind::failed;
    }
}

void refuse(int code)
{
    throw Failure{kind_of(code), code};
}

std::int64_t now_nanoseconds() noexcept
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t now_milliseconds() noexcept
{
    return now_nanoseconds() / 1'000'000;
}

void pause_briefly(int attempt) noexcept
{
    if (attempt < 20) {
        sched_yield();
        return;
    }
    const timespec pause{0, attempt < 200 ? 50'000 : 1'000'000};
    nanosleep(&pause, nullptr);
}

// ---- names ----

// How many bytes the well-formed UTF-8 sequence that the text begins with has; 0 if it is none. Windows refuses such
// names, so do we.
static std::size_t utf8_length(std::string_view text)
{
    const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
    const unsigned first = at(0), second = at(1);
    const std::size_t length = first < 0x80 ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    for (std::size_t i = 1; i < length; i++)
        if ((at(i) & 0xC0) != 0x80)
            return 0;
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool beyond = (first == 0xED && second >= 0xA0) || (first == 0xF4 && second >= 0x90);
    return overlong || beyond ? 0 : length;
}

static bool stays_as_it_is(char byte, bool first)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '~' || byte == '-' || (byte == '.' && !first);
}

static std::string encoded(std::string_view name)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string file;
    std::size_t left = 0; // bytes of the character that has begun
    for (std::size_t i = 0; i < name.size(); i++, left--) {
        if (left == 0 && (left = utf8_length(name.substr(i))) == 0)
            refuse(EILSEQ);
        if (name[i] == '\\')
            throw Failure{Kind::invalid_name, EINVAL};
        if (stays_as_it_is(name[i], file.empty())) {
            file += name[i];
        } else {
            const auto byte = static_cast<unsigned char>(name[i]);
            file += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    if (file.size() > NAME_MAX)
        refuse(ENAMETOOLONG);
    if (file.empty())
        throw Failure{Kind::invalid_name, EINVAL};
    return file;
}

static bool take_prefix(std::string_view &name, std::string_view prefix)
{
    const bool found = name.substr(0, prefix.size()) == prefix;
    if (found)
        name.remove_prefix(prefix.size());
    return found;
}

Place find_place(std::string_view name)
{
    if (name.substr(0, 1) == "/") // a raw POSIX object has no lifetime to keep
        throw Failure{Kind::unsupported, EINVAL};
    const bool global = take_prefix(name, "Global\\");
    if (!global)
        take_prefix(name, "Local\\");
    const char *root = std::getenv("SAMEBYTES_SHM_DIR");
    std::string directory = root == nullptr || *root == '\0' ? "/dev/shm" : root;
    directory += "/samebytes-" + (global ? "global" : std::to_string(geteuid()));
    if (directory.size() >= PATH_MAX)
        throw Failure{Kind::failed, ENAMETOOLONG};
    const std::string file = encoded(name);
    return {directory, file, file, global};
}

// ---- the directory and its guard ----

// Mine must be mine alone. The global one must be root's or mine, and sticky, or somebody could replace what others
// have there; whoever made it may have died before saying so.
static void check_directory(const Place &place, const Descriptor &directory)
{
    struct stat status;
    if (fstat(directory.get(), &status) != 0)
        refuse(errno);
    const bool mine = status.st_uid == geteuid();
    const bool writable_by_others = (status.st_mode & 022) != 0;
    if (!place.global) {
        if (!mine || writable_by_others)
            refuse(EACCES);
    } else if (mine) {
        if ((status.st_mode & 07777) != 01777 && fchmod(directory.get(), 01777) != 0)
            refuse(errno);
    } else if (status.st_uid != 0 || (writable_by_others && (status.st_mode & S_ISVTX) == 0)) {
        refuse(EACCES);
    }
}

std::optional<Descriptor> open_directory(const Place &place, bool create)
{
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const char *path = place.directory.c_str();
    Descriptor directory{::open(path, flags)};
    if (!directory && errno == ENOENT && create) {
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            if (errno == ENOENT)
                throw Failure{Kind::failed, ENOENT}; // not even the place for shared memory is there
            refuse(errno);
        }
        directory = Descriptor{::open(path, flags)};
    }
    if (!directory && errno == ENOENT)
        return std::nullopt;
    if (!directory)
        refuse(errno);
    check_directory(place, directory);
    return directory;
}

void enter_guard(const Place &place, const Descriptor &directory)
{
    if (place.global)
        return;
    const std::int64_t deadline = now_milliseconds() + patience_milliseconds;
    for (int attempt = 0; flock(directory.get(), LOCK_EX | LOCK_NB) != 0; attempt++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            refuse(errno);
        if (now_milliseconds() > deadline)
            refuse(ETIMEDOUT);
        pause_briefly(attempt);
    }
}

} // namespace shared::files

#endif
