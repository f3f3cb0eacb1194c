// Bytes with more than one name.
#pragma once

#include <array>
#include <cstdint>

namespace records {

union FloatBits {
    float Real;
    std::uint32_t Bits;
    std::array<std::uint8_t, 4> Bytes;
};

union NumberValue {
    std::int64_t Whole;
    double Real;
    std::array<std::uint32_t, 2> Halves;
    std::array<std::uint8_t, 16> Raw;
};

enum class VariantTag : std::uint32_t { Empty, Whole, Real, Raw };

struct Variant {
    VariantTag Tag;
    NumberValue Value;
};

struct VariantList {
    std::uint16_t Count;
    std::array<Variant, 3> Items;
};

struct RoundShape {
    float CentreX;
    float CentreY;
    double Radius;
};

struct EdgedShape {
    std::int16_t Left;
    std::int16_t Top;
    std::uint32_t Width;
    std::uint32_t Height;
};

union ShapeBody {
    RoundShape Round;
    EdgedShape Edged;
};

struct DrawnShape {
    std::uint8_t Kind;
    ShapeBody Body;
    std::uint32_t Colour;
};

} // namespace records
