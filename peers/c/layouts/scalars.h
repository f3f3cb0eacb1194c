/* Single scalars: fixed widths, C's own types, truth, characters, addresses, enumerations. */
#ifndef LAYOUTS_SCALARS_H
#define LAYOUTS_SCALARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>
#include <wchar.h>

typedef struct SignedNumbers {
    int8_t Tiny;
    int16_t Small;
    int32_t Medium;
    int64_t Large;
} SignedNumbers;

typedef struct UnsignedNumbers {
    uint64_t Large;
    uint32_t Medium;
    uint16_t Small;
    uint8_t Tiny;
} UnsignedNumbers;

typedef struct FloatNumbers {
    float Single;
    double Double;
} FloatNumbers;

typedef struct Truths {
    bool Ready;
    int32_t Enabled; /* Win32's BOOL */
    bool Doors[5];
} Truths;

typedef struct CodeUnits {
    unsigned char Narrow;
    char16_t Wide;
    char32_t Full;
} CodeUnits;

typedef struct PlainChars {
    char Mark;
    char Digits[6];
    int16_t Sum;
} PlainChars;

typedef struct CompilerNumbers {
    signed char SignedChar;
    unsigned char UnsignedChar;
    short Short;
    unsigned short UnsignedShort;
    int Int;
    unsigned int UnsignedInt;
    long long LongLong;
    unsigned long long UnsignedLongLong;
} CompilerNumbers;

typedef struct LongNumbers {
    uint8_t Before;
    long Signed;
    unsigned long Unsigned;
    uint16_t After;
} LongNumbers;

typedef struct Measures {
    uint16_t Count;
    size_t Length;
    ptrdiff_t Distance;
} Measures;

typedef struct Addresses {
    uint8_t Kind;
    uintptr_t Base;
    intptr_t Shift;
    void *Owner;
} Addresses;

typedef struct WideLetters {
    wchar_t Initial;
    wchar_t Name[7];
    uint8_t Age;
} WideLetters;

/* C11 cannot say how wide an enumeration is: where that matters the field is an integer, the names are beside it. */
typedef uint8_t LampState;
enum { LAMP_OFF = 0, LAMP_ON = 1, LAMP_BROKEN = 255 };

typedef int16_t AxisName;
enum { AXIS_NONE = -1, AXIS_X = 0, AXIS_Y = 1, AXIS_Z = 2 };

typedef uint32_t RunMode;
#define RUN_IDLE 0u
#define RUN_RUNNING 10u
#define RUN_FAILED 0xFFFFFFFFu

typedef uint64_t FeatureBit;
#define FEATURE_LOGGING 1ull
#define FEATURE_REMOTE 0x100000000ull

typedef enum Direction {
    DIRECTION_NORTH = 0,
    DIRECTION_EAST = 1,
    DIRECTION_SOUTH = 2,
    DIRECTION_WEST = 3
} Direction;

typedef struct Choices {
    LampState Lamp;
    AxisName Axis;
    RunMode Mode;
    FeatureBit Feature;
    Direction Direction;
} Choices;

#endif
