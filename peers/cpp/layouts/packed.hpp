// The same fields under every packing, and packed and unpacked records inside each other.
#pragma once

#include <array>
#include <cstdint>

namespace records {

#pragma pack(push, 1)
struct PackedBy1 {
    std::uint8_t Tag;
    std::uint64_t Serial;
    std::uint16_t Port;
    double Level;
    std::uint8_t Last;
};
#pragma pack(pop)

#pragma pack(push, 2)
struct PackedBy2 {
    std::uint8_t Tag;
    std::uint64_t Serial;
    std::uint16_t Port;
    double Level;
    std::uint8_t Last;
};
#pragma pack(pop)

#pragma pack(push, 4)
struct PackedBy4 {
    std::uint8_t Tag;
    std::uint64_t Serial;
    std::uint16_t Port;
    double Level;
    std::uint8_t Last;
};
#pragma pack(pop)

#pragma pack(push, 8)
struct PackedBy8 {
    std::uint8_t Tag;
    std::uint64_t Serial;
    std::uint16_t Port;
    double Level;
    std::uint8_t Last;
};
#pragma pack(pop)

#pragma pack(push, 1)
struct Sample {
    std::uint8_t Channel;
    float Value;
};
#pragma pack(pop)

struct SampleBlock {
    std::uint16_t Count;
    std::array<Sample, 5> Samples;
    std::int64_t Time;
};

struct Loose {
    std::uint8_t Kind;
    std::uint32_t Value;
    std::uint16_t Check;
};

#pragma pack(push, 1)
struct LooseInPacked {
    std::uint8_t Before;
    Loose Inner;
    std::uint16_t After;
    std::array<Loose, 2> More;
};
#pragma pack(pop)

} // namespace records
