/* What stands in front of shared data so that two processes do not trip over each other. */
#ifndef LAYOUTS_LOCKS_H
#define LAYOUTS_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct LockedBlock {
    uint32_t Lock;
    uint8_t Data[60];
} LockedBlock;

typedef struct SequencedQuote {
    uint32_t Sequence;
    int64_t Time;
    double Bid;
    double Ask;
} SequencedQuote;

/* A cache line of 64 bytes each. Not alignas(64): the others that declare this record cannot ask for that. */
typedef struct RingHeader {
    uint32_t Magic;
    uint32_t Capacity;
    uint16_t Stride;
    uint8_t reserved1[54];
    uint64_t Head;
    uint8_t reserved2[56];
    uint64_t Tail;
    uint8_t reserved3[56];
} RingHeader;

typedef struct FrameSlot {
    uint64_t Number;
    uint16_t Used;
    uint8_t Pixels[13];
} FrameSlot;

typedef struct TripleBuffer {
    uint8_t Latest;
    bool Fresh;
    FrameSlot Slots[3];
} TripleBuffer;

#endif
