// Maps, views and raw bytes.
#include "session.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

#include "lock.hpp"

using shared::Failure;
using shared::Kind;
using wire::Request;

std::string Session::create_new(const Request &request)
{
    return open(request, request.number(3), shared::Mode::create_new);
}

std::string Session::create_or_open(const Request &request)
{
    return open(request, request.number(3), shared::Mode::create_or_open);
}

std::string Session::open_existing(const Request &request)
{
    const std::string_view rights = request.word_or(3, "read_write");
    if (rights != "read" && rights != "read_write")
        throw Failure{Kind::invalid};
    return open(request, 0, rights == "read" ? shared::Mode::open_read : shared::Mode::open);
}

std::string Session::open(const Request &request, std::int64_t size, shared::Mode mode)
{
    shared::Segment segment = shared::Segment::open(request.name(2), size, mode);
    const std::string told = std::string{",\"created\":"} + (segment.created() ? "true" : "false") +
                             ",\"capacity\":" + std::to_string(segment.capacity());
    return "\"map\":" + std::to_string(maps_.keep(std::move(segment))) + told;
}

std::string Session::view(const Request &request)
{
    constexpr std::string_view names[] = {"read", "write", "read_write", "copy"};
    const auto access = std::find(std::begin(names), std::end(names), request.words[5]);
    const std::string_view kind = request.word_or(6, "accessor");
    const std::int64_t offset = request.number(3), size = request.number(4);
    if (access == std::end(names) || (kind != "accessor" && kind != "stream"))
        throw Failure{Kind::invalid};
    if (kind == "stream")
        throw Failure{Kind::unsupported};
    const shared::Segment &segment = maps_.at(request.number(2));
    shared::View mapped = segment.map(offset, size, static_cast<shared::Access>(access - std::begin(names)));
    const std::string capacity = std::to_string(mapped.capacity());
    return "\"view\":" + std::to_string(views_.keep(std::move(mapped))) + ",\"capacity\":" + capacity;
}

std::uint8_t *within(const shared::View &view, std::int64_t offset, std::int64_t count, bool writing)
{
    if (!(writing ? view.writable() : view.readable()))
        throw Failure{Kind::access};
    if (offset < 0 || count < 0 || offset > view.capacity() || count > view.capacity() - offset)
        throw Failure{Kind::range};
    return view.bytes() + offset;
}

std::string Session::peek(const Request &request)
{
    const std::int64_t offset = request.number(3), count = request.number(4);
    std::string members = "\"bytes\":\"";
    wire::append_hex(members, within(views_.at(request.number(2)), offset, count, false), count);
    return members += '"';
}

std::string Session::poke(const Request &request)
{
    const std::int64_t offset = request.number(3);
    const std::string bytes = wire::bytes_of(request.words[4]);
    const auto count = static_cast<std::int64_t>(bytes.size());
    std::memcpy(within(views_.at(request.number(2)), offset, count, true), bytes.data(), bytes.size());
    return "";
}

// What stands there now, wherever that is; the writer's earlier stores are visible once its value is.
static std::uint32_t look(const std::uint8_t *at)
{
    const std::uint32_t value = *reinterpret_cast<const volatile std::uint32_t *>(at);
    std::atomic_thread_fence(std::memory_order_acquire);
    return value;
}

std::string Session::await(const Request &request)
{
    using Clock = std::chrono::steady_clock;
    const std::int64_t offset = request.number(3), patience = request.number(4);
    if (patience < 0)
        throw Failure{Kind::invalid};
    const std::uint8_t *const at = within(views_.at(request.number(2)), offset, 4, false);
    const auto start = Clock::now();
    std::uint32_t value;
    while ((value = look(at)) == 0) {
        if (Clock::now() - start >= std::chrono::milliseconds{std::min<std::int64_t>(patience, 1'000'000'000)})
            throw Failure{Kind::timeout};
        process::sleep_a_millisecond();
    }
    std::string members = "\"value\":\"";
    wire::append_bits(members, value, 4);
    return members += '"';
}

std::string Session::lock(const Request &request)
{
    constexpr std::string_view acts[] = {"new", "read", "unlock_read", "write", "unlock_write", "hammer"};
    constexpr const char *outcomes[] = {"ok",          "uninitialized", "write_locked", "read_locked",
                                        "max_readers", "not_locked",    "torn",         "stuck"};
    const std::int64_t offset = request.number(3);
    const auto act = std::find(std::begin(acts), std::end(acts), request.words[4]);
    const bool hammers = request.words[4] == "hammer";
    if (act == std::end(acts) || hammers != (request.words.size() > 5))
        throw Failure{Kind::invalid};
    const std::int64_t rounds = hammers ? request.number(5) : 0;
    const shared::View &view = views_.at(request.number(2));
    within(view, offset, 4, false);
    std::uint8_t *const block = within(view, offset, 4, true);
    const auto number = static_cast<std::int32_t>(act - std::begin(acts));
    const auto locked = shared::lock(block, view.capacity() - offset, number, rounds);
    if (!locked)
        throw Failure{Kind::invalid};
    std::string members = std::string{"\"result\":\""} + outcomes[static_cast<int>(locked->first)] + "\",\"word\":\"";
    wire::append_bits(members, locked->second, 4);
    return members += '"';
}

std::string Session::close_view(const Request &request)
{
    views_.close(request.number(2));
    return "";
}

std::string Session::close_map(const Request &request)
{
    maps_.close(request.number(2));
    return "";
}
