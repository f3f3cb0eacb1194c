// The line protocol over the same records and segments that the library exports: a request a line in, an answer a line
// out.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <thread>

#include "records.hpp"
#include "session.hpp"
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

using shared::Failure;
using shared::Kind;
using wire::Request;

namespace process {

#if defined(_WIN32)

void prepare()
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
    std::abort(); // never reached, but the compiler does not know
}

#else

void prepare()
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

} // namespace process

static constexpr std::size_t any = std::numeric_limits<std::size_t>::max();

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
    {"lock", &Session::lock, 5, 6},
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
static std::string listed(const Items &items)
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

std::string Session::bye(const Request &)
{
    leaving_ = true;
    return "";
}

std::string Session::leave(const Request &)
{
    process::leave_at_once();
}

std::string Session::abort(const Request &)
{
    std::abort();
}

int main()
{
    process::prepare();
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
