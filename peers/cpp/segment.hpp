// Named shared memory that dies with its last handle, on Windows and on Linux.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

namespace shared {

// What can go wrong, as the numbers that a library's functions return.
enum class Kind : std::int32_t {
    ok,
    exists,
    not_found,
    access,
    invalid_name,
    invalid_size,
    no_space,
    range,
    closed,
    unsupported,
    timeout,
    invalid,
    failed
};

// `code` is the system's word for it, errno or GetLastError(); 0 where the system was not asked.
class Failure : public std::exception {
public:
    explicit Failure(Kind kind, std::int64_t code = 0) noexcept : kind{kind}, code{code} {}
    const char *what() const noexcept override { return "shared memory was refused"; }

    Kind kind;
    std::int64_t code;
};

enum class Mode { create_new, create_or_open, open, open_read };
enum class Access { read, write, read_write, copy };

// Mapped bytes. They stay valid when the segment is closed, and do not keep its name alive.
class View {
public:
    View(void *base, std::int64_t lead, std::int64_t capacity, Access access) noexcept
        : base_{base}, lead_{lead}, capacity_{capacity}, access_{access} {}
    View(View &&other) noexcept;
    View &operator=(View &&other) noexcept;
    ~View();

    std::uint8_t *bytes() const noexcept { return static_cast<std::uint8_t *>(base_) + lead_; }
    std::int64_t capacity() const noexcept { return capacity_; }
    bool readable() const noexcept { return access_ != Access::write; }
    bool writable() const noexcept { return access_ != Access::read; }

private:
    void *base_; // where the system maps from, a coarser boundary than the one asked for
    std::int64_t lead_;
    std::int64_t capacity_;
    Access access_;
};

// What the system gave: where it is destroyed, it lets go of the name.
class Held {
public:
    virtual ~Held() = default;
    virtual void *map(std::int64_t offset, std::int64_t size, Access access) const = 0; // throws Failure

    std::int64_t capacity = 0;
    bool created = false;
};

// A name held open: it lives as long as somebody has one of these.
class Segment {
public:
    // The name is UTF-8; the size in bytes is that of a segment to create. Throws Failure.
    static Segment open(std::string_view name, std::int64_t size, Mode mode);

    // Size 0: to the end. The offset need not be a multiple of anything. Throws Failure.
    View map(std::int64_t offset, std::int64_t size, Access access) const;
    std::int64_t capacity() const noexcept { return held_->capacity; }
    bool created() const noexcept { return held_->created; }

private:
    Segment(std::unique_ptr<Held> held, bool read_only) noexcept : held_{std::move(held)}, read_only_{read_only} {}

    std::unique_ptr<Held> held_;
    bool read_only_;
};

// What linux_segment.cpp and windows_segment.cpp each have for the rest, which is in segment.cpp.
namespace platform {

// Errors in the system's own numbers. `outside`: what it says of a view beyond the end.
extern const std::int64_t invalid_argument, access_denied, outside, out_of_memory;

std::int64_t granularity(); // offsets of views are multiples of it
std::unique_ptr<Held> open(std::string_view name, std::int64_t size, Mode mode); // throws Failure
void unmap(void *base, std::int64_t size) noexcept;

} // namespace platform

} // namespace shared
