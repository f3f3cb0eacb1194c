/* The int32 length before a text: whoever sees it sees everything that was written before it. */
#ifndef LENGTHS_H
#define LENGTHS_H

#include <stdint.h>

#include "ordering.h"

/* One ordinary access, whatever the address is a multiple of: a record may be packed, or stand at an odd place. */
static inline void publish_length(void *length, int64_t bytes)
{
    RELEASE();
    *(volatile int32_t *)length = (int32_t)bytes;
}

static inline int64_t read_length(const void *length)
{
    int32_t bytes = *(const volatile int32_t *)length;
    ACQUIRE();
    return bytes;
}

/* What a record takes with `body` bytes of text behind its fixed part. */
static inline int64_t measured(int64_t before, int64_t body)
{
    return body > INT32_MAX ? INT64_MAX : before + body; /* a length that no int32 holds fits nowhere */
}

#endif
