// The line protocol's letters: lines, numbers, hex and percent-encoded names in; JSON out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "segment.hpp"

namespace wire {

constexpr std::size_t line_limit = 1 << 20;

// One request: the sequence number, the verb, what belongs to it. The words point into the line it came in.
struct Request {
    std::vector<std::string_view> words;
    std::optional<std::int64_t> sequence; // none where there was none to read
    bool well_formed;

    std::int64_t number(std::size_t word) const; // decimal; a minus is let through, for its user to refuse
    std::string name(std::size_t word) const;    // percent-decoded
    std::string_view word_or(std::size_t word, std::string_view otherwise) const
    {
        return word < words.size() ? words[word] : otherwise;
    }
};

// Each throws shared::Failure{invalid} for a word that is not what it should be.
std::string bytes_of(std::string_view hex);
std::uint64_t bits_of(std::string_view hex, std::int32_t bytes); // exactly that many bytes, big-endian

void append_hex(std::string &text, const std::uint8_t *bytes, std::int64_t count);
void append_bits(std::string &text, std::uint64_t bits, std::int32_t bytes);

// Standard input by lines, whatever stands in them. What is too long or not ASCII is cut, and not well formed.
class Input {
public:
    // None at the end. The request's words are good until the next call. Sends the answers before it waits.
    std::optional<Request> next(std::string &answers);

private:
    bool fill(std::string &answers); // false at the end

    std::vector<char> buffer_ = std::vector<char>(1 << 16);
    std::size_t at_ = 0, end_ = 0;
    std::string line_;
};

// Writes to standard output and empties the text; false where nobody listens.
bool send(std::string &answers);

// {"seq":N,"ok":{...}} and {"seq":N,"error":{...}}, a line each.
void append_ok(std::string &answers, const Request &request, std::string_view members);
void append_error(std::string &answers, const Request &request, const shared::Failure &failure);

} // namespace wire
