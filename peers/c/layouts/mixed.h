/* Scalars of different widths side by side. The holes between them are the compiler's. */
#ifndef LAYOUTS_MIXED_H
#define LAYOUTS_MIXED_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Mixed {
    uint8_t Tag;
    uint64_t Serial;
    uint16_t Port;
    double Level;
} Mixed;

typedef struct MixedWider {
    uint8_t Tag;
    uint64_t Serial;
    uint32_t Port;
    double Level;
} MixedWider;

typedef struct MixedWhole {
    uint8_t Tag;
    uint64_t Serial;
    uint16_t Port;
    uint64_t Level;
} MixedWhole;

typedef struct Holes {
    uint8_t First;
    uint16_t Two;
    uint8_t Second;
    int32_t Four;
    uint8_t Third;
    int64_t Eight;
    uint8_t Fourth;
} Holes;

typedef struct TailPadded {
    double Value;
    uint32_t Count;
    bool Flag;
} TailPadded;

typedef struct OddArrays {
    uint8_t Bytes[3];
    uint16_t Words[3];
    bool Ready;
    double Points[2];
    int8_t Rest[5];
} OddArrays;

#endif
