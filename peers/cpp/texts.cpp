// JSON, as far as an object of strings goes: written and read.
#include "texts.hpp"

#include <algorithm>
#include <optional>

namespace texts {

// ---- written ----

static void append_escaped(std::string &json, const PeerText &text)
{
    constexpr std::string_view letters = "\"\\\b\f\n\r\t", escapes = "\"\\bfnrt";
    constexpr char digits[] = "0123456789abcdef";
    for (std::int64_t i = 0; i < text.count; i++) {
        const std::uint8_t byte = text.bytes[i];
        if (const auto found = letters.find(static_cast<char>(byte)); found != letters.npos)
            json += {'\\', escapes[found]};
        else if (byte < 0x20)
            json += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
        else
            json += static_cast<char>(byte);
    }
}

std::string to_json(const std::vector<std::string_view> &keys, const PeerText *texts)
{
    std::string json = "{";
    for (std::size_t i = 0; i < keys.size(); i++) {
        json += i == 0 ? "\"" : ",\"";
        json.append(keys[i]).append("\":\"");
        append_escaped(json, texts[i]);
        json += '"';
    }
    return json += '}';
}

// ---- read ----

namespace {

class Reader {
public:
    explicit Reader(std::string_view json) : left_{json} {}

    bool take(char token)
    {
        skip_space();
        if (left_.empty() || left_.front() != token)
            return false;
        left_.remove_prefix(1);
        return true;
    }

    std::optional<std::string> take_string();

    bool at_end()
    {
        skip_space();
        return left_.empty();
    }

private:
    void skip_space() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\n\r"), left_.size())); }
    char next();                     // NUL at the end, which no string has as it is
    std::optional<char32_t> unit();  // four hex digits
    std::optional<char32_t> point(); // what follows the backslash

    std::string_view left_;
};

char Reader::next()
{
    if (left_.empty())
        return '\0';
    const char letter = left_.front();
    left_.remove_prefix(1);
    return letter;
}

std::optional<char32_t> Reader::unit()
{
    constexpr std::string_view digits = "0123456789abcdef0123456789ABCDEF";
    char32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        const std::size_t digit = digits.find(next());
        if (digit == digits.npos)
            return std::nullopt;
        unit = unit << 4 | static_cast<char32_t>(digit % 16);
    }
    return unit;
}

// With the second half of a pair, if the first is what it begins with; none for half a pair.
std::optional<char32_t> Reader::point()
{
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    const char letter = next();
    if (letter != 'u') {
        const std::size_t found = letters.find(letter);
        return found == letters.npos ? std::nullopt : std::optional<char32_t>{static_cast<char32_t>(meanings[found])};
    }
    const std::optional<char32_t> high = unit();
    if (!high || *high < 0xD800 || *high > 0xDFFF)
        return high;
    if (*high > 0xDBFF || next() != '\\' || next() != 'u')
        return std::nullopt;
    const std::optional<char32_t> low = unit();
    if (!low || *low < 0xDC00 || *low > 0xDFFF)
        return std::nullopt;
    return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
}

void append_utf8(std::string &text, char32_t point)
{
    constexpr unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    text += static_cast<char>(lead[more] | point >> (6 * more));
    while (more-- > 0)
        text += static_cast<char>(0x80 | (point >> (6 * more) & 0x3F));
}

std::optional<std::string> Reader::take_string()
{
    if (!take('"'))
        return std::nullopt;
    std::string text;
    while (!left_.empty() && left_.front() != '"') {
        const char letter = next();
        if (static_cast<unsigned char>(letter) < 0x20)
            return std::nullopt;
        if (letter != '\\') {
            text += letter;
            continue;
        }
        const std::optional<char32_t> escaped = point();
        if (!escaped)
            return std::nullopt;
        append_utf8(text, *escaped);
    }
    return take('"') ? std::optional{std::move(text)} : std::nullopt;
}

} // namespace

bool from_json(std::string_view json, const std::vector<std::string_view> &keys, std::vector<std::string> &values)
{
    Reader reader{json};
    std::vector<bool> found(keys.size());
    values.resize(keys.size());
    bool more = reader.take('{');
    while (more) {
        const std::optional<std::string> key = reader.take_string();
        std::optional<std::string> value = key && reader.take(':') ? reader.take_string() : std::nullopt;
        if (!value)
            return false;
        const auto at = static_cast<std::size_t>(std::find(keys.begin(), keys.end(), *key) - keys.begin());
        if (at < keys.size()) {
            values[at] = std::move(*value);
            found[at] = true;
        }
        more = reader.take(',');
    }
    return reader.take('}') && reader.at_end() && std::find(found.begin(), found.end(), false) == found.end();
}

} // namespace texts
