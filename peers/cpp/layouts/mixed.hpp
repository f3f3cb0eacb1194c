// Scalars of different widths side by side. The holes between them are the compiler's.
#pragma once

#include <array>
#include <cstdint>

namespace records {

struct Mixed {
    std::uint8_t Tag;
    std::uint64_t Serial;
    std::uint16_t Port;
    double Level;
};

struct MixedWider {
    std::uint8_t Tag;
    std::uint64_t Serial;
    std::uint32_t Port;
    double Level;
};

struct MixedWhole {
    std::uint8_t Tag;
    std::uint64_t Serial;
    std::uint16_t Port;
    std::uint64_t Level;
};

struct Holes {
    std::uint8_t First;
    std::uint16_t Two;
    std::uint8_t Second;
    std::int32_t Four;
    std::uint8_t Third;
    std::int64_t Eight;
    std::uint8_t Fourth;
};

struct TailPadded {
    double Value;
    std::uint32_t Count;
    bool Flag;
};

struct OddArrays {
    std::array<std::uint8_t, 3> Bytes;
    std::array<std::uint16_t, 3> Words;
    bool Ready;
    std::array<double, 2> Points;
    std::array<std::int8_t, 5> Rest;
};

} // namespace records
