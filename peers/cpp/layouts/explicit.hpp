// Offsets and sizes that others wrote down. C++ has no place for them: the holes are fields of their own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace records {

template <std::size_t Bytes>
using Hole = std::array<std::uint8_t, Bytes>;

struct PinnedHoles {
    std::uint32_t Magic;
    Hole<12> reserved1;
    std::uint64_t Serial;
    Hole<16> reserved2;
    float Level;
    Hole<3> reserved3;
    std::uint8_t Flag;
    Hole<16> reserved4;
};

struct PinnedOrder {
    std::uint32_t First;
    Hole<4> reserved1;
    double Middle;
    Hole<4> reserved2;
    std::uint16_t Last;
    Hole<2> reserved3;
};

#pragma pack(push, 1)
struct PinnedOdd {
    std::uint8_t Version;
    std::uint32_t Stamp;
    Hole<2> reserved1;
    double Level;
    Hole<2> reserved2;
    std::uint16_t Port;
    Hole<5> reserved3;
};
#pragma pack(pop)

struct SizedOnly {
    std::uint32_t Version;
    double Level;
    std::array<std::uint16_t, 3> Flags;
    Hole<26> reserved;
};

struct RegisterBlock {
    std::uint32_t Control;
    std::uint32_t Status;
    Hole<0x20 - 0x08> reserved1;
    std::uint64_t Interrupts;
    Hole<0x80 - 0x28> reserved2;
    std::array<std::uint16_t, 8> Queue;
    Hole<0xFF - 0x90> reserved3;
    std::uint8_t Revision;
};

} // namespace records
