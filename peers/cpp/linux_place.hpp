// Linux: where a name's file stands, and the guard that all who look at it agree on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "segment.hpp"

namespace shared::files {

// A file descriptor, closed with its owner. One that carries a lock is unlocked first: a fork in another thread may
// have copied it, and closing alone would leave the lock with the copy.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) noexcept : fd_{fd} {}
    Descriptor(Descriptor &&other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    void close_and_keep_the_lock() noexcept;

private:
    int fd_;
};

struct Place {
    std::string directory;
    std::string base; // the file that the name alone says
    std::string file; // the one that it is: in the global directory it may be one beside it
    bool global;
};

// The guard is held for microseconds; who holds it for seconds is stopped, and must not stop everybody.
constexpr std::int64_t patience_milliseconds = 5000;

[[noreturn]] void refuse(int code); // throws the Failure that an errno means
std::int64_t now_nanoseconds() noexcept;
std::int64_t now_milliseconds() noexcept;
void pause_briefly(int attempt) noexcept;

Place find_place(std::string_view name);
// None where there is none and none is to be made.
std::optional<Descriptor> open_directory(const Place &place, bool create);
// Locks the directory; what holds it gives the guard back. Nobody is alone with the global one: it has no guard.
void enter_guard(const Place &place, const Descriptor &directory);

} // namespace shared::files
