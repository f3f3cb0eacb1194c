#include "wire.hpp"

#include <charconv>

#if defined(_WIN32)
#include <io.h>
static auto read_some(char *to, std::size_t size) { return _read(0, to, static_cast<unsigned>(size)); }
static auto write_some(const char *from, std::size_t size) { return _write(1, from, static_cast<unsigned>(size)); }
#else
#include <unistd.h>
static auto read_some(char *to, std::size_t size) { return read(0, to, size); }
static auto write_some(const char *from, std::size_t size) { return write(1, from, size); }
#endif

namespace wire {

using shared::Failure;
using shared::Kind;

// ---- words ----

static std::optional<std::int64_t> parsed(std::string_view word)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool whole = error == std::errc{} && end == word.data() + word.size();
    return whole ? std::optional{number} : std::nullopt;
}

static int digit_of(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    const char small = static_cast<char>(letter | 32);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

static std::uint8_t byte_of(std::string_view hex)
{
    const int high = hex.size() < 2 ? -1 : digit_of(hex[0]), low = high < 0 ? -1 : digit_of(hex[1]);
    if (low < 0)
        throw Failure{Kind::invalid};
    return static_cast<std::uint8_t>(high << 4 | low);
}

std::int64_t Request::number(std::size_t word) const
{
    const std::optional<std::int64_t> number = parsed(words[word]);
    if (!number)
        throw Failure{Kind::invalid};
    return *number;
}

std::string Request::name(std::size_t word) const
{
    std::string name;
    for (std::string_view left = words[word]; !left.empty(); left.remove_prefix(1)) {
        if (left[0] != '%') {
            name += left[0];
            continue;
        }
        name += static_cast<char>(byte_of(left.substr(1)));
        left.remove_prefix(2);
    }
    if (name.find('\0') != name.npos) // which no system could be given
        throw Failure{Kind::invalid_name};
    return name;
}

std::string bytes_of(std::string_view hex)
{
    std::string bytes(hex.size() / 2, '\0');
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes[i / 2] = static_cast<char>(byte_of(hex.substr(i, 2)));
    return bytes;
}

std::uint64_t bits_of(std::string_view hex, std::int32_t bytes)
{
    if (bytes > 8 || hex.size() != 2 * static_cast<std::size_t>(bytes))
        throw Failure{Kind::invalid};
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bits = bits << 8 | byte_of(hex.substr(i, 2));
    return bits;
}

void append_hex(std::string &text, const std::uint8_t *bytes, std::int64_t count)
{
    constexpr char digits[] = "0123456789abcdef";
    const std::size_t start = text.size();
    text.resize(start + 2 * static_cast<std::size_t>(count));
    char *to = text.data() + start;
    for (std::int64_t i = 0; i < count; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
}

void append_bits(std::string &text, std::uint64_t bits, std::int32_t bytes)
{
    std::uint8_t big_endian[8];
    for (std::int32_t i = 0; i < bytes; i++)
        big_endian[i] = static_cast<std::uint8_t>(bits >> (8 * (bytes - 1 - i)));
    append_hex(text, big_endian, bytes);
}

// ---- lines ----

bool send(std::string &answers)
{
    std::string_view left = answers;
    while (!left.empty()) {
        const auto sent = write_some(left.data(), left.size());
        if (sent <= 0)
            return false;
        left.remove_prefix(static_cast<std::size_t>(sent));
    }
    answers.clear();
    return true;
}

bool Input::fill(std::string &answers)
{
    const auto got = send(answers) ? read_some(buffer_.data(), buffer_.size()) : 0;
    at_ = 0;
    end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    return end_ > 0;
}

static std::vector<std::string_view> split(std::string_view line)
{
    std::vector<std::string_view> words;
    for (std::size_t space; (space = line.find(' ')) != line.npos; line.remove_prefix(space + 1))
        words.push_back(line.substr(0, space));
    words.push_back(line);
    return words;
}

std::optional<Request> Input::next(std::string &answers)
{
    bool clean = true, ended = false;
    line_.clear();
    while (!ended) {
        if (at_ == end_ && !fill(answers)) {
            if (line_.empty() && clean)
                return std::nullopt;
            break;
        }
        const auto letter = static_cast<unsigned char>(buffer_[at_++]);
        ended = letter == '\n';
        if (ended)
            break;
        if (line_.size() == line_limit || letter == '\0' || letter > 126)
            clean = false;
        else
            line_ += static_cast<char>(letter);
    }
    if (!line_.empty() && line_.back() == '\r')
        line_.pop_back();
    Request request{split(line_), std::nullopt, false};
    if (const auto sequence = parsed(request.words[0]); sequence && request.words[0][0] != '-')
        request.sequence = sequence;
    request.well_formed = clean && request.sequence;
    return request;
}

// ---- answers ----

static void append_sequence(std::string &answers, const Request &request)
{
    answers.append("{\"seq\":").append(request.sequence ? std::to_string(*request.sequence) : "null");
}

void append_ok(std::string &answers, const Request &request, std::string_view members)
{
    append_sequence(answers, request);
    answers.append(",\"ok\":{").append(members).append("}}\n");
}

void append_error(std::string &answers, const Request &request, const Failure &failure)
{
    struct Words {
        std::string_view kind, message;
    };
    constexpr Words words[] = { // in the order of shared::Kind
        {"ok", ""},
        {"exists", "a segment of this name is alive"},
        {"not_found", "nobody holds a segment of this name"},
        {"access", "what it was opened for, or who owns it, does not allow this"},
        {"invalid_name", "this cannot name a segment"},
        {"invalid_size", "this cannot be the size of a segment"},
        {"no_space", "there is not that much memory"},
        {"range", "this lies outside the map or the view"},
        {"closed", "no map or view is open under this number"},
        {"unsupported", "this peer does not know or cannot do this"},
        {"timeout", "nothing happened in time"},
        {"invalid", "the request, or the message in memory, is malformed"},
        {"failed", "the system refused"},
    };
    const auto &[kind, message] = words[static_cast<std::size_t>(failure.kind)];
    const std::string code = std::to_string(failure.code);
    append_sequence(answers, request);
    answers.append(",\"error\":{\"kind\":\"").append(kind).append("\",\"code\":").append(code);
    answers.append(",\"native\":\"").append(failure.code == 0 ? "" : "error " + code);
    answers.append("\",\"message\":\"").append(message).append("\"}}\n");
}

} // namespace wire
