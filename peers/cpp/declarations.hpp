// The records, as this program declares them: here the seed programs' own, one header for each other group of them.
// Nothing in them is generated; the probe only measures it.
#pragma once

#include <array>
#include <cstdint>

#include "layouts/explicit.hpp"
#include "layouts/locks.hpp"
#include "layouts/mixed.hpp"
#include "layouts/nested.hpp"
#include "layouts/packed.hpp"
#include "layouts/real.hpp"
#include "layouts/scalars.hpp"
#include "layouts/text.hpp"
#include "layouts/unions.hpp"

namespace records {

struct Integer {
    std::int32_t Value;
};

struct MySharedData {
    std::int32_t Value;
    char16_t Letter;
    std::array<float, 50> Numbers;
};

// C++ has no field offsets to write down, so the padding that a C# FieldOffset implies is a field of its own.
struct MySharedDataExplicit {
    std::int32_t Value;
    char16_t Letter;
    std::uint16_t reserved;
    std::array<float, 50> Numbers;
};

// An array without a length is no standard C++, but every compiler has it, and nothing else says where the text begins.

// How many bytes of JSON follow, then {"title":"...","content":"..."} without a final NUL.
struct Message {
    std::int32_t length;
    char json[];
};

// The text's length is in bytes, not in units; sizeof is 16, the text begins at 12.
struct SomeData {
    std::int64_t CurrentDate;
    std::int32_t length;
    char16_t Text[];
};

} // namespace records
