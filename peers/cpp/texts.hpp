// The texts that stand behind a record, and the code that puts them there: as they are, or in a body of JSON.
//
// Measuring gives the bytes that the record and its texts take together, or -1 if the texts cannot be written. Storing
// writes the texts and then, with release ordering, their length; there is room for what was measured. Loading gives
// every text, or says why not.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "contract.hpp"
#include "segment.hpp"

namespace texts {

constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max(); // no length says more

// Who sees the length sees everything that was written before it. One ordinary access, whatever the address is a
// multiple of: a record may be packed, or stand at an odd place.
template <class Record>
void publish_length(Record *record, std::int64_t bytes)
{
    std::atomic_thread_fence(std::memory_order_release);
    static_cast<volatile Record *>(record)->length = static_cast<decltype(record->length)>(bytes);
}

template <class Record>
std::int64_t read_length(const Record *record)
{
    const std::int64_t bytes = static_cast<const volatile Record *>(record)->length;
    std::atomic_thread_fence(std::memory_order_acquire);
    return bytes;
}

// What a record takes with `body` bytes behind its fixed part.
inline std::int64_t measured(std::size_t before, std::int64_t body)
{
    return body > most ? std::numeric_limits<std::int64_t>::max() : static_cast<std::int64_t>(before) + body;
}

// A text as it is: the member `Text` of the record, units of its own type, their length in bytes in `length`. They
// travel in units of `Travelling` bytes.
template <class Record, std::size_t Travelling>
struct Plain {
    using Unit = std::remove_extent_t<decltype(Record::Text)>;
    using Wire = std::conditional_t<Travelling == 2, char16_t, unsigned char>;
    static constexpr std::int64_t wide = sizeof(Unit), travelling = Travelling;

    static std::int64_t measure(const PeerText *text)
    {
        const bool whole = text->count >= 0 && text->count % travelling == 0;
        return whole ? measured(offsetof(Record, Text), text->count / travelling * wide) : -1;
    }

    static void store(void *at, const PeerText *text)
    {
        auto *record = static_cast<Record *>(at);
        const std::int64_t units = text->count / travelling;
        for (std::int64_t i = 0; i < units; i++) {
            Wire unit = text->bytes[i * travelling];
            if constexpr (Travelling == 2)
                unit = static_cast<Wire>(unit << 8 | text->bytes[i * travelling + 1]);
            record->Text[i] = static_cast<Unit>(unit);
        }
        publish_length(record, units * wide);
    }

    static shared::Kind load(const void *at, std::int64_t capacity, std::vector<std::string> &values)
    {
        const auto *record = static_cast<const Record *>(at);
        const std::int64_t bytes = read_length(record), units = bytes / wide;
        if (bytes < 0 || bytes > capacity - static_cast<std::int64_t>(offsetof(Record, Text)))
            return shared::Kind::range;
        if (bytes % wide != 0)
            return shared::Kind::invalid;
        std::string text;
        text.reserve(static_cast<std::size_t>(units * travelling));
        for (std::int64_t i = 0; i < units; i++) {
            const auto unit = static_cast<Wire>(record->Text[i]);
            if constexpr (Travelling == 2)
                text += static_cast<char>(unit >> 8);
            text += static_cast<char>(unit);
        }
        values.push_back(std::move(text));
        return shared::Kind::ok;
    }
};

// Writes the keys in this order, compact, escaping what JSON demands.
std::string to_json(const std::vector<std::string_view> &keys, const PeerText *texts);
// Gives the values of the keys, which may stand in any order and beside others; false for what is no such object.
bool from_json(std::string_view json, const std::vector<std::string_view> &keys, std::vector<std::string> &values);

// Texts in an object of JSON: the member `json` of the record, its bytes in `length`. `Keys::all` names them in order.
template <class Record, class Keys>
struct Json {
    static std::int64_t measure(const PeerText *texts)
    {
        for (std::size_t i = 0; i < Keys::all.size(); i++)
            if (texts[i].count < 0)
                return -1;
        return measured(offsetof(Record, json), static_cast<std::int64_t>(to_json(Keys::all, texts).size()));
    }

    static void store(void *at, const PeerText *texts)
    {
        auto *record = static_cast<Record *>(at);
        const std::string body = to_json(Keys::all, texts);
        body.copy(record->json, body.size());
        publish_length(record, static_cast<std::int64_t>(body.size()));
    }

    static shared::Kind load(const void *at, std::int64_t capacity, std::vector<std::string> &values)
    {
        const auto *record = static_cast<const Record *>(at);
        const std::int64_t length = read_length(record);
        if (length < 0 || length > capacity - static_cast<std::int64_t>(offsetof(Record, json)))
            return shared::Kind::range;
        // Read once: the writer may go on writing.
        const std::string body(record->json, static_cast<std::size_t>(length));
        return from_json(body, Keys::all, values) ? shared::Kind::ok : shared::Kind::invalid;
    }
};

} // namespace texts
