// The line protocol's verbs, and the maps and views that they leave open between requests.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "segment.hpp"
#include "wire.hpp"

// What the verbs want of the system besides shared memory.
namespace process {

void prepare();
void sleep_a_millisecond();
[[noreturn]] void leave_at_once();

} // namespace process

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
            throw shared::Failure{shared::Kind::closed};
        return found->second;
    }
    void close(std::int64_t number)
    {
        if (items_.erase(number) == 0)
            throw shared::Failure{shared::Kind::closed};
    }

private:
    std::map<std::int64_t, Item> items_;
    std::int64_t last_ = 0;
};

class Session {
public:
    // The members of the answer to a verb; Failure is thrown for an error.
    std::string answer(const wire::Request &request);
    bool leaving() const { return leaving_; }

private:
    struct Verb {
        std::string_view name;
        std::string (Session::*run)(const wire::Request &);
        std::size_t least, most; // words, the sequence number and the verb among them
    };
    static const Verb verbs[];

    std::string hello(const wire::Request &request);
    std::string create_new(const wire::Request &request);
    std::string create_or_open(const wire::Request &request);
    std::string open_existing(const wire::Request &request);
    std::string open(const wire::Request &request, std::int64_t size, shared::Mode mode);
    std::string view(const wire::Request &request);
    std::string peek(const wire::Request &request);
    std::string poke(const wire::Request &request);
    std::string describe(const wire::Request &request);
    std::string store(const wire::Request &request);
    std::string store_leaf(const wire::Request &request);
    std::string load(const wire::Request &request);
    std::string await(const wire::Request &request);
    std::string lock(const wire::Request &request);
    std::string close_view(const wire::Request &request);
    std::string close_map(const wire::Request &request);
    std::string bye(const wire::Request &request);
    std::string leave(const wire::Request &request);
    std::string abort(const wire::Request &request);

    Numbered<shared::Segment> maps_;
    Numbered<shared::View> views_;
    bool leaving_ = false;
};

// The bytes of a view from there on, at least `count`, for one who reads or writes them. Throws Failure.
std::uint8_t *within(const shared::View &view, std::int64_t offset, std::int64_t count, bool writing);
