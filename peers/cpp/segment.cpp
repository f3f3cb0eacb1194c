// What both systems have in common: limits, and who owns what.
#include "segment.hpp"

#include <cstddef>
#include <limits>
#include <utility>

namespace shared {

View::View(View &&other) noexcept
    : base_{std::exchange(other.base_, nullptr)}, lead_{other.lead_}, capacity_{other.capacity_}, access_{other.access_}
{
}

View &View::operator=(View &&other) noexcept
{
    std::swap(base_, other.base_);
    std::swap(lead_, other.lead_);
    std::swap(capacity_, other.capacity_);
    std::swap(access_, other.access_);
    return *this;
}

View::~View()
{
    if (base_ != nullptr)
        platform::unmap(base_, lead_ + capacity_);
}

Segment Segment::open(std::string_view name, std::int64_t size, Mode mode)
{
    const bool creates = mode == Mode::create_new || mode == Mode::create_or_open;
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() - platform::granularity(); // it is rounded up
    if (name.empty())
        throw Failure{Kind::invalid_name, platform::invalid_argument};
    if (creates && (size <= 0 || size > most))
        throw Failure{Kind::invalid_size, platform::invalid_argument};
    return Segment{platform::open(name, size, mode), mode == Mode::open_read};
}

View Segment::map(std::int64_t offset, std::int64_t size, Access access) const
{
    if (read_only_ && (access == Access::write || access == Access::read_write))
        throw Failure{Kind::access, platform::access_denied};
    if (offset < 0 || offset >= capacity() || size < 0 || size > capacity() - offset)
        throw Failure{Kind::range, platform::outside};
    const std::int64_t lead = offset % platform::granularity();
    const std::int64_t bytes = size == 0 ? capacity() - offset : size;
    if (static_cast<std::uint64_t>(lead + bytes) > std::numeric_limits<std::size_t>::max())
        throw Failure{Kind::no_space, platform::out_of_memory}; // more than a 32-bit process can address
    return View{held_->map(offset - lead, lead + bytes, access), lead, bytes, access};
}

} // namespace shared
