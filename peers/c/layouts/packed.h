/* The same fields under every packing, and packed and unpacked records inside each other. */
#ifndef LAYOUTS_PACKED_H
#define LAYOUTS_PACKED_H

#include <stdint.h>

#pragma pack(push, 1)
typedef struct PackedBy1 {
    uint8_t Tag;
    uint64_t Serial;
    uint16_t Port;
    double Level;
    uint8_t Last;
} PackedBy1;
#pragma pack(pop)

#pragma pack(push, 2)
typedef struct PackedBy2 {
    uint8_t Tag;
    uint64_t Serial;
    uint16_t Port;
    double Level;
    uint8_t Last;
} PackedBy2;
#pragma pack(pop)

#pragma pack(push, 4)
typedef struct PackedBy4 {
    uint8_t Tag;
    uint64_t Serial;
    uint16_t Port;
    double Level;
    uint8_t Last;
} PackedBy4;
#pragma pack(pop)

#pragma pack(push, 8)
typedef struct PackedBy8 {
    uint8_t Tag;
    uint64_t Serial;
    uint16_t Port;
    double Level;
    uint8_t Last;
} PackedBy8;
#pragma pack(pop)

#pragma pack(push, 1)
typedef struct Sample {
    uint8_t Channel;
    float Value;
} Sample;
#pragma pack(pop)

typedef struct SampleBlock {
    uint16_t Count;
    Sample Samples[5];
    int64_t Time;
} SampleBlock;

typedef struct Loose {
    uint8_t Kind;
    uint32_t Value;
    uint16_t Check;
} Loose;

#pragma pack(push, 1)
typedef struct LooseInPacked {
    uint8_t Before;
    Loose Inner;
    uint16_t After;
    Loose More[2];
} LooseInPacked;
#pragma pack(pop)

#endif
