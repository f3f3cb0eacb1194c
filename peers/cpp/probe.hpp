// The table that probe.cpp, generated from probe.cpp.jinja, fills in: what this compiler made of each declaration.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "contract.hpp"
#include "segment.hpp"

namespace probe {

struct Leaf {
    const char *path;
    std::int64_t offset;
    std::int64_t width; // bytes of the declared field; 0 for a text
    std::int32_t bytes; // bytes of the layout's kind, in which the value travels; 0 for a text
    std::int32_t unit;  // bytes in which a text's code unit travels; 0 for anything else
    const char *kind;
};

// A field as a whole: all elements of an array.
struct Member {
    const char *path;
    std::int64_t offset;
    std::int64_t size;
};

struct Constant {
    const char *enumeration;
    const char *name;
    std::int64_t value; // beyond INT64_MAX its two's complement, and not negative
    bool negative;
};

template <class Item>
struct Items {
    const Item *first;
    std::int32_t count;

    const Item *begin() const { return first; }
    const Item *end() const { return first + count; }
    const Item &operator[](std::int64_t index) const { return first[index]; }
};

// The last three functions are null for a record without texts. `measure` answers -1 for texts that cannot be written.
struct Layout {
    const char *name;
    std::int64_t size;
    std::int64_t align;
    std::int32_t text_count;
    Items<Leaf> leaves;
    Items<Member> members;
    Items<Constant> constants;
    void (*store)(void *record, std::int32_t leaf, std::uint64_t bits);
    std::uint64_t (*load)(const void *record, std::int32_t leaf);
    std::int64_t (*measure)(const PeerText *texts);
    void (*store_texts)(void *record, const PeerText *texts);
    shared::Kind (*load_texts)(const void *record, std::int64_t capacity, std::vector<std::string> &values);
};

extern const Items<Layout> layouts;

// What the compiler takes a field for.
template <class Field>
constexpr const char *kind_of()
{
    if constexpr (std::is_enum_v<Field>)
        return std::is_signed_v<std::underlying_type_t<Field>> ? "signed enum" : "unsigned enum";
    else if constexpr (std::is_same_v<Field, bool>)
        return "bool";
    else if constexpr (std::is_same_v<Field, char> || std::is_same_v<Field, wchar_t> ||
                       std::is_same_v<Field, char16_t> || std::is_same_v<Field, char32_t>)
        return "char";
    else if constexpr (std::is_pointer_v<Field>)
        return "pointer";
    else if constexpr (std::is_floating_point_v<Field>)
        return "float";
    else
        return std::is_signed_v<Field> ? "signed" : "unsigned";
}

// How many elements an array has, in either spelling: neither checks an index that is written down.
template <class Array>
constexpr std::size_t extent = std::extent_v<Array>;
template <class Element, std::size_t Count>
constexpr std::size_t extent<std::array<Element, Count>> = Count;

// A value of the layout's kind as one of the declared type, and back: what an assignment converts, and where the
// language wants to see a cast, the cast.
template <class To, class From>
To converted(From value)
{
    if constexpr (std::is_pointer_v<From> && !std::is_pointer_v<To>)
        return static_cast<To>(reinterpret_cast<std::uintptr_t>(value));
    else if constexpr (std::is_pointer_v<To> && !std::is_pointer_v<From>)
        return reinterpret_cast<To>(static_cast<std::uintptr_t>(value));
    else
        return static_cast<To>(value);
}

// A leaf's bits as a value of the layout's kind, and back.
template <class Value>
Value value_of(std::uint64_t bits)
{
    if constexpr (std::is_floating_point_v<Value>) {
        const auto word = static_cast<std::conditional_t<sizeof(Value) == 4, std::uint32_t, std::uint64_t>>(bits);
        Value value;
        static_assert(sizeof word == sizeof value);
        std::memcpy(&value, &word, sizeof value);
        return value;
    } else if constexpr (std::is_same_v<Value, bool>) {
        return static_cast<std::uint8_t>(bits) != 0;
    } else {
        return converted<Value>(bits);
    }
}

template <class Value>
std::uint64_t bits_of(Value value)
{
    std::uint64_t bits = 0;
    if constexpr (std::is_floating_point_v<Value>) {
        std::conditional_t<sizeof(Value) == 4, std::uint32_t, std::uint64_t> word;
        std::memcpy(&word, &value, sizeof word);
        bits = word;
    } else if constexpr (std::is_pointer_v<Value>) {
        bits = reinterpret_cast<std::uintptr_t>(value);
    } else if constexpr (std::is_same_v<Value, bool>) {
        bits = value;
    } else {
        bits = static_cast<std::make_unsigned_t<Value>>(value);
    }
    return bits;
}

// The layouts' kinds.
namespace kinds {

using bool_ = bool;
using bool32 = std::int32_t;
using i8 = std::int8_t;
using u8 = std::uint8_t;
using i16 = std::int16_t;
using u16 = std::uint16_t;
using i32 = std::int32_t;
using u32 = std::uint32_t;
using i64 = std::int64_t;
using u64 = std::uint64_t;
using f32 = float;
using f64 = double;
using char8 = unsigned char;
using char16 = char16_t;
using char32 = char32_t;
using char_ = char;
using schar = signed char;
using uchar = unsigned char;
using short_ = short;
using ushort = unsigned short;
using int_ = int;
using uint = unsigned int;
using long_ = long;
using ulong = unsigned long;
using llong = long long;
using ullong = unsigned long long;
using size = std::size_t;
using ptrdiff = std::ptrdiff_t;
using uintptr = std::uintptr_t;
using intptr = std::intptr_t;
using pointer = void *;
using wchar = wchar_t;

} // namespace kinds

} // namespace probe
