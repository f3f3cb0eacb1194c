// The line protocol over the same records and segments that the library exports: a request a line in, an answer a line out.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <string>
#include <thread>

#include "records.hpp"
#include "segment.hpp"
#include "wire.hpp"

#if defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <timeapi.h>
#else
#include <unistd.h>
#endif

namespace {

using shared::Failure;
using shared::Kind;
using wire::Request;

// ---- the system ----

#if defined(_WIN32)

void prepare_system()
{
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX); // die without asking anybody
    timeBeginPeriod(1);                                           // or Sleep(1) may take 16 ms
}

void sleep_a_millisecond()
{
    Sleep(1);
}

void leave_at_once()
{
    TerminateProcess(GetCurrentProcess(), 0);
}

#else

void prepare_system()
{
    std::signal(SIGPIPE, SIG_IGN); // a reader that went away ends us by the failed write, and we close what we hold
}

void sleep_a_millisecond()
{
    std::this_thread::sleep_for(std::chrono::microseconds{900}); // the system adds to it
}

void leave_at_once()
{
    _exit(0);
}

#endif

// ---- what stays open between requests ----

// By number, from 1; a number is never given twice.
template <class Item>
class Numbered {
public:
    std::int64_t keep(Item item)
    {
        items_.emplace(++last_, std::move(item));
        return last_;
    }
    Item &at(std::int64_t number)
    {
        const auto found = items_.find(number);
        if (found == items_.end())
            throw Failure{Kind::closed};
        return found->second;
    }
    void close(std::int64_t number)
    {
        if (items_.erase(number) == 0)
            throw Failure{Kind::closed};
    }

private:
    std::map<std::int64_t, Item> items_;
    std::int64_t last_ = 0;
};

class Session {
public:
    // The members of the answer to a verb; Failure is thrown for an error.
    std::string answer(const Request &request);
    bool leaving() const { return leaving_; }

private:
    struct Verb {
        std::string_view name;
        std::string (Session::*run)(const Request &);
        std::size_t least, most; // words, the sequence number and the verb among them
    };
    static const Verb verbs[];

    std::string hello(const Request &);
    std::string create_new(const Request &request) { return open(request, request.number(3), shared::Mode::create_new); }
    std::string create_or_open(const Request &request)
    {
        return open(request, request.number(3), shared::Mode::create_or_open);
    }
    std::string open_existing(const Request &);
    std::string open(const Request &, std::int64_t size, shared::Mode mode);
    std::string view(const Request &);
    std::string peek(const Request &);
    std::string poke(const Request &);
    std::string describe(const Request &);
    std::string store(const Request &);
    std::string store_leaf(const Request &);
    std::string load(const Request &);
    std::string await(const Request &);
    std::string close_view(const Request &request) { return views_.close(request.number(2)), ""; }
    std::string close_map(const Request &request) { return maps_.close(request.number(2)), ""; }
    std::string bye(const Request &) { return leaving_ = true, ""; }
    std::string leave(const Request &) { return leave_at_once(), ""; }
    std::string abort(const Request &) { std::abort(); }

    Numbered<shared::Segment> maps_;
    Numbered<shared::View> views_;
    bool leaving_ = false;
};

constexpr std::size_t any = std::numeric_limits<std::size_t>::max();

const Session::Verb Session::verbs[] = {
    {"hello", &Session::hello, 3, 3},
    {"create_new", &Session::create_new, 4, 4},
    {"create_or_open", &Session::create_or_open, 4, 4},
    {"open_existing", &Session::open_existing, 3, 4},
    {"view", &Session::view, 6, 7},
    {"peek", &Session::peek, 5, 5},
    {"poke", &Session::poke, 5, 5},
    {"describe", &Session::describe, 3, 3},
    {"store", &Session::store, 5, any},
    {"store_leaf", &Session::store_leaf, 7, 7},
    {"load", &Session::load, 5, 5},
    {"await", &Session::await, 5, 5},
    {"close_view", &Session::close_view, 3, 3},
    {"close_map", &Session::close_map, 3, 3},
    {"bye", &Session::bye, 2, 2},
    {"leave", &Session::leave, 2, 2},
    {"abort", &Session::abort, 2, 2},
};

std::string Session::answer(const Request &request)
{
    if (!request.well_formed || request.words.size() < 2)
        throw Failure{Kind::invalid};
    const auto verb = std::find_if(std::begin(verbs), std::end(verbs),
                                   [&](const Verb &one) { return one.name == request.words[1]; });
    if (verb == std::end(verbs))
        throw Failure{Kind::unsupported};
    if (request.words.size() < verb->least || request.words.size() > verb->most)
        throw Failure{Kind::invalid};
    return (this->*verb->run)(request);
}

template <class Items>
std::string listed(const Items &items)
{
    std::string names;
    for (const auto &item : items)
        names.append(names.empty() ? "\"" : ",\"").append(item.name).append("\"");
    return names;
}

std::string Session::hello(const Request &request)
{
    if (request.words[2] != "1")
        throw Failure{Kind::unsupported};
    std::string members{records::introduction.substr(1, records::introduction.size() - 2)};
    return members + ",\"protocol\":1,\"layouts\":[" + listed(probe::layouts) + "],\"verbs\":[" + listed(verbs) +
           "],\"views\":[\"accessor\"]";
}

// ---- maps, views, bytes ----

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

// The bytes of a view from there on, at least `count`, for one who reads or writes them.
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
std::uint32_t look(const std::uint8_t *at)
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
        sleep_a_millisecond();
    }
    std::string members = "\"value\":\"";
    wire::append_bits(members, value, 4);
    return members += '"';
}

// ---- records ----

const probe::Layout &declared(std::string_view name)
{
    const probe::Layout *const layout = records::find(name);
    if (layout == nullptr)
        throw Failure{Kind::unsupported};
    return *layout;
}

void check(Kind kind)
{
    if (kind != Kind::ok)
        throw Failure{kind};
}

std::int64_t bytes_in(const std::string &text)
{
    return static_cast<std::int64_t>(text.size());
}

std::string place(const char *path, std::int64_t offset, std::int64_t size)
{
    return std::string{"[\""} + path + "\"," + std::to_string(offset) + ',' + std::to_string(size);
}

// The constants of one enumeration stand together.
std::string enumerations(const probe::Layout &layout)
{
    std::string members;
    std::string_view last;
    for (const probe::Constant &constant : layout.constants) {
        if (constant.enumeration == last)
            members += ',';
        else
            members.append(members.empty() ? "\"" : "},\"").append(constant.enumeration).append("\":{");
        const auto beyond = static_cast<std::uint64_t>(constant.value);
        members.append("\"").append(constant.name).append("\":");
        members += constant.negative ? std::to_string(constant.value) : std::to_string(beyond);
        last = constant.enumeration;
    }
    return members.empty() ? members : members + '}';
}

std::string Session::describe(const Request &request)
{
    const probe::Layout &layout = declared(request.words[2]);
    std::string members = "\"size\":" + std::to_string(layout.size) + ",\"align\":" + std::to_string(layout.align);
    std::string_view comma = ",\"leaves\":[";
    for (const probe::Leaf &leaf : layout.leaves) {
        members.append(comma).append(place(leaf.path, leaf.offset, leaf.width)).append(",\"").append(leaf.kind);
        members += "\"]";
        comma = ",";
    }
    members += "],\"members\":[";
    comma = "";
    for (const probe::Member &member : layout.members) {
        members.append(comma).append(place(member.path, member.offset, member.size)) += ']';
        comma = ",";
    }
    return members + "],\"enums\":{" + enumerations(layout) + "}";
}

std::string Session::store(const Request &request)
{
    const std::int64_t offset = request.number(3);
    const probe::Layout &layout = declared(request.words[4]);
    const shared::View &view = views_.at(request.number(2));
    std::uint8_t *const record = within(view, offset, 0, true);
    if (request.words.size() - 5 != static_cast<std::size_t>(layout.leaves.count))
        throw Failure{Kind::invalid};
    std::vector<std::uint64_t> leaves(request.words.size() - 5);
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < leaves.size(); i++) {
        const probe::Leaf &leaf = layout.leaves[static_cast<std::int64_t>(i)];
        const std::string_view word = request.words[5 + i];
        if (leaf.unit == 0) {
            leaves[i] = wire::bits_of(word, leaf.bytes);
            continue;
        }
        bodies.push_back(word == "-" ? "" : wire::bytes_of(word));
        if (word.empty() || bodies.back().size() % static_cast<std::size_t>(leaf.unit) != 0)
            throw Failure{Kind::invalid};
    }
    std::vector<PeerText> texts;
    for (std::string &body : bodies)
        texts.push_back({reinterpret_cast<std::uint8_t *>(body.data()), bytes_in(body)});
    check(records::store(layout, record, view.capacity() - offset, leaves.data(), texts.data()));
    return "";
}

std::string Session::store_leaf(const Request &request)
{
    const std::int64_t offset = request.number(3), index = request.number(5);
    const probe::Layout &layout = declared(request.words[4]);
    const shared::View &view = views_.at(request.number(2));
    std::uint8_t *const record = within(view, offset, 0, true);
    if (index < 0 || index >= layout.leaves.count)
        throw Failure{Kind::invalid};
    if (layout.leaves[index].unit != 0)
        throw Failure{Kind::unsupported};
    const std::uint64_t bits = wire::bits_of(request.words[6], layout.leaves[index].bytes);
    check(records::store_leaf(layout, record, view.capacity() - offset, index, bits));
    return "";
}

std::string Session::load(const Request &request)
{
    const std::int64_t offset = request.number(3);
    const probe::Layout &layout = declared(request.words[4]);
    const shared::View &view = views_.at(request.number(2));
    const std::uint8_t *const record = within(view, offset, 0, false);
    std::vector<std::uint64_t> leaves(static_cast<std::size_t>(layout.leaves.count) + 1);
    std::vector<std::string> texts;
    check(records::load(layout, record, view.capacity() - offset, leaves.data(), texts));
    std::string members = "\"leaves\":[";
    std::size_t text = 0;
    for (std::int32_t i = 0; i < layout.leaves.count; i++) {
        const probe::Leaf &leaf = layout.leaves[i];
        members += i == 0 ? "\"" : ",\"";
        if (leaf.unit == 0)
            wire::append_bits(members, leaves[static_cast<std::size_t>(i)], leaf.bytes);
        else if (const std::string &found = texts[text++]; found.empty())
            members += '-';
        else
            wire::append_hex(members, reinterpret_cast<const std::uint8_t *>(found.data()), bytes_in(found));
        members += '"';
    }
    return members += ']';
}

} // namespace

int main()
{
    prepare_system();
    Session session;
    wire::Input input;
    std::string answers;
    while (!session.leaving()) {
        const std::optional<Request> request = input.next(answers);
        if (!request)
            break;
        try {
            wire::append_ok(answers, *request, session.answer(*request));
        } catch (const Failure &failure) {
            wire::append_error(answers, *request, failure);
        } catch (const std::bad_alloc &) {
            wire::append_error(answers, *request, Failure{Kind::no_space});
        }
    }
    wire::send(answers);
    return 0;
}
