/* What programs for several processors share: everything whose place or width is the ABI's, its portable twin, and bytes. */
#ifndef DECLARATIONS_H
#define DECLARATIONS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <uchar.h>
#include <wchar.h>

typedef struct Hazards {
    int32_t Count;
    double Ratio;
    int8_t Tag;
    long Total;
    void *Owner;
    wchar_t Letter;
    time_t When;
    size_t Room;
    uint8_t Flags[3];
} Hazards;

typedef struct Twin {
    int8_t Tag;
    uint8_t pad0[3];
    int32_t Count;
    double Ratio;
    int64_t Total;
    uint64_t Owner;
    uint32_t Letter;
    uint8_t pad1[4];
    int64_t When;
    uint64_t Room;
    uint8_t Flags[3];
    uint8_t pad2[5];
} Twin;

typedef struct Bytes {
    uint8_t Version;
    int8_t Level;
    uint8_t Name[16];
} Bytes;

#endif
