// Single scalars: fixed widths, the language's own types, truth, characters, addresses, enumerations.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace records {

struct SignedNumbers {
    std::int8_t Tiny;
    std::int16_t Small;
    std::int32_t Medium;
    std::int64_t Large;
};

struct UnsignedNumbers {
    std::uint64_t Large;
    std::uint32_t Medium;
    std::uint16_t Small;
    std::uint8_t Tiny;
};

struct FloatNumbers {
    float Single;
    double Double;
};

struct Truths {
    bool Ready;
    std::int32_t Enabled; // Win32's BOOL
    std::array<bool, 5> Doors;
};

// Before C++20 a unit of UTF-8 is a char.
struct CodeUnits {
    char Narrow;
    char16_t Wide;
    char32_t Full;
};

struct PlainChars {
    char Mark;
    std::array<char, 6> Digits;
    std::int16_t Sum;
};

struct CompilerNumbers {
    signed char SignedChar;
    unsigned char UnsignedChar;
    short Short;
    unsigned short UnsignedShort;
    int Int;
    unsigned int UnsignedInt;
    long long LongLong;
    unsigned long long UnsignedLongLong;
};

struct LongNumbers {
    std::uint8_t Before;
    long Signed;
    unsigned long Unsigned;
    std::uint16_t After;
};

struct Measures {
    std::uint16_t Count;
    std::size_t Length;
    std::ptrdiff_t Distance;
};

struct Addresses {
    std::uint8_t Kind;
    std::uintptr_t Base;
    std::intptr_t Shift;
    void *Owner;
};

struct WideLetters {
    wchar_t Initial;
    std::array<wchar_t, 7> Name;
    std::uint8_t Age;
};

enum class LampState : std::uint8_t { Off = 0, On = 1, Broken = 255 };

enum class AxisName : std::int16_t { None = -1, X = 0, Y = 1, Z = 2 };

enum class RunMode : std::uint32_t { Idle = 0, Running = 10, Failed = 0xFFFFFFFF };

enum class FeatureBit : std::uint64_t { Logging = 1, Remote = 0x100000000 };

// As wide as the compiler makes it; an enum class would be an int.
enum Direction { North, East, South, West };

struct Choices {
    LampState Lamp;
    AxisName Axis;
    RunMode Mode;
    FeatureBit Feature;
    records::Direction Direction; // the field hides the type of the same name
};

} // namespace records
