/* Offsets and sizes that others wrote down. C has no place for them: the holes are fields of their own. */
#ifndef LAYOUTS_EXPLICIT_H
#define LAYOUTS_EXPLICIT_H

#include <stdint.h>

typedef struct PinnedHoles {
    uint32_t Magic;
    uint8_t reserved1[12];
    uint64_t Serial;
    uint8_t reserved2[16];
    float Level;
    uint8_t reserved3[3];
    uint8_t Flag;
    uint8_t reserved4[16];
} PinnedHoles;

typedef struct PinnedOrder {
    uint32_t First;
    uint8_t reserved1[4];
    double Middle;
    uint8_t reserved2[4];
    uint16_t Last;
    uint8_t reserved3[2];
} PinnedOrder;

#pragma pack(push, 1)
typedef struct PinnedOdd {
    uint8_t Version;
    uint32_t Stamp;
    uint8_t reserved1[2];
    double Level;
    uint8_t reserved2[2];
    uint16_t Port;
    uint8_t reserved3[5];
} PinnedOdd;
#pragma pack(pop)

/* 48 bytes wherever the ABI puts the double. */
typedef union SizedOnly {
    struct {
        uint32_t Version;
        double Level;
        uint16_t Flags[3];
    };
    uint8_t reserved[48];
} SizedOnly;

typedef struct RegisterBlock {
    uint32_t Control;
    uint32_t Status;
    uint8_t reserved1[0x20 - 0x08];
    uint64_t Interrupts;
    uint8_t reserved2[0x80 - 0x28];
    uint16_t Queue[8];
    uint8_t reserved3[0xFF - 0x90];
    uint8_t Revision;
} RegisterBlock;

#endif
