/* The records, as this program declares them: here the seed programs' own, one header for each other group of them.
   Nothing in them is generated; the probe only measures it. */
#ifndef DECLARATIONS_H
#define DECLARATIONS_H

#include <stdint.h>
#include <uchar.h>

#include "layouts/explicit.h"
#include "layouts/locks.h"
#include "layouts/mixed.h"
#include "layouts/nested.h"
#include "layouts/packed.h"
#include "layouts/real.h"
#include "layouts/scalars.h"
#include "layouts/text.h"
#include "layouts/unions.h"

typedef struct Integer {
    int32_t Value;
} Integer;

typedef struct MySharedData {
    int32_t Value;
    char16_t Letter;
    float Numbers[50];
} MySharedData;

/* C has no field offsets to write down, so the padding that a C# FieldOffset implies is a field of its own. */
typedef struct MySharedDataExplicit {
    int32_t Value;
    char16_t Letter;
    uint16_t reserved;
    float Numbers[50];
} MySharedDataExplicit;

/* How many bytes of JSON follow, then {"title":"...","content":"..."} without a final NUL. */
typedef struct Message {
    int32_t length;
    char json[];
} Message;

/* The text's length is in bytes, not in units; sizeof is 16, the text begins at 12. */
typedef struct SomeData {
    int64_t CurrentDate;
    int32_t length;
    char16_t Text[];
} SomeData;

#endif
