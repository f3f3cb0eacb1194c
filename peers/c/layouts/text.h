/* Text: in arrays of fixed length, and behind its length in bytes, without a final NUL, at the end of a record. */
#ifndef LAYOUTS_TEXT_H
#define LAYOUTS_TEXT_H

#include <stdint.h>
#include <uchar.h>

typedef struct ByteLabel {
    char Text[16];
    uint32_t Colour;
} ByteLabel;

typedef struct UnitLabel {
    char16_t Caption[9];
    int32_t Value;
} UnitLabel;

typedef struct NameList {
    uint8_t Count;
    char Names[3][12];
    uint16_t Check;
} NameList;

typedef struct Note {
    uint16_t Channel;
    int32_t length;
    char Text[];
} Note;

#pragma pack(push, 1)
typedef struct PackedNote {
    uint8_t Version;
    int64_t Time;
    int32_t length;
    char Text[];
} PackedNote;
#pragma pack(pop)

typedef struct Announcement {
    uint64_t Time;
    uint16_t Level;
    int32_t length;
    char16_t Text[];
} Announcement;

#endif
