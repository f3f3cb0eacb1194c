// Text: in arrays of fixed length, and behind its length in bytes, without a final NUL, at the end of a record.
#pragma once

#include <array>
#include <cstdint>

namespace records {

struct ByteLabel {
    std::array<char, 16> Text;
    std::uint32_t Colour;
};

struct UnitLabel {
    std::array<char16_t, 9> Caption;
    std::int32_t Value;
};

struct NameList {
    std::uint8_t Count;
    std::array<std::array<char, 12>, 3> Names;
    std::uint16_t Check;
};

struct Note {
    std::uint16_t Channel;
    std::int32_t length;
    char Text[];
};

#pragma pack(push, 1)
struct PackedNote {
    std::uint8_t Version;
    std::int64_t Time;
    std::int32_t length;
    char Text[];
};
#pragma pack(pop)

struct Announcement {
    std::uint64_t Time;
    std::uint16_t Level;
    std::int32_t length;
    char16_t Text[];
};

} // namespace records
