// What stands in front of shared data so that two processes do not trip over each other.
#pragma once

#include <array>
#include <cstdint>

namespace records {

struct LockedBlock {
    std::uint32_t Lock;
    std::array<std::uint8_t, 60> Data;
};

struct SequencedQuote {
    std::uint32_t Sequence;
    std::int64_t Time;
    double Bid;
    double Ask;
};

// A cache line of 64 bytes each. Not alignas(64): the others that declare this record cannot ask for that.
struct RingHeader {
    std::uint32_t Magic;
    std::uint32_t Capacity;
    std::uint16_t Stride;
    std::array<std::uint8_t, 54> reserved1;
    std::uint64_t Head;
    std::array<std::uint8_t, 56> reserved2;
    std::uint64_t Tail;
    std::array<std::uint8_t, 56> reserved3;
};

// alignas says what every 64-bit ABI gives the number anyway, for those that would give it less.
struct FrameSlot {
    alignas(8) std::uint64_t Number;
    std::uint16_t Used;
    std::array<std::uint8_t, 13> Pixels;
};

struct TripleBuffer {
    std::uint8_t Latest;
    bool Fresh;
    std::array<FrameSlot, 3> Slots;
};

} // namespace records
