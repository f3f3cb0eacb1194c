/* The table that probe.c, generated from probe.c.jinja, fills in: what this compiler made of each declaration. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <uchar.h>
#include <wchar.h>

#include "peer.h"

typedef struct Leaf {
    const char *path;
    int64_t offset;
    int64_t width; /* bytes of the declared field; 0 for a text */
    int32_t bytes; /* bytes of the layout's kind, in which the value travels; 0 for a text */
    int32_t unit;  /* bytes of a text's code unit; 0 for anything else */
    const char *kind;
} Leaf;

/* A field as a whole: all elements of an array. */
typedef struct Member {
    const char *path;
    int64_t offset;
    int64_t size;
} Member;

typedef struct Constant {
    const char *enumeration;
    const char *name;
    int64_t value; /* beyond INT64_MAX its two's complement, and not negative */
    int negative;
} Constant;

/* A record with texts has the last three functions, written by hand in texts.c or message.c; any other has NULL there. */
typedef struct Layout {
    const char *name;
    int64_t size;
    int64_t align;
    int32_t leaf_count;
    int32_t text_count;
    int32_t member_count;
    int32_t constant_count;
    const Leaf *leaves;
    const Member *members;
    const Constant *constants;
    void (*store)(void *record, int32_t leaf, uint64_t bits);
    uint64_t (*load)(const void *record, int32_t leaf);
    int64_t (*measure)(const PeerText *texts);
    void (*store_texts)(void *record, const PeerText *texts);
    int32_t (*load_texts)(const void *record, int64_t capacity, PeerText *texts);
} Layout;

extern const Layout layouts[]; /* ends with one that has no name */
extern const int32_t layout_count;

/* What the compiler itself takes a field for. An enumeration is an integer to it, and so are char16_t, char32_t and wchar_t. */
#ifdef __SIZEOF_INT128__
#define WIDEST_KINDS __int128 : "signed", unsigned __int128 : "unsigned",
#else
#define WIDEST_KINDS
#endif
#define KIND_OF(field)                                                                              \
    _Generic((field), bool : "bool", char : "char", float : "float", double : "float", long double : "float", \
        signed char : "signed", short : "signed", int : "signed", long : "signed", long long : "signed",      \
        unsigned char : "unsigned", unsigned short : "unsigned", unsigned int : "unsigned",                   \
        unsigned long : "unsigned", unsigned long long : "unsigned", WIDEST_KINDS default : "pointer")

/* A leaf's bits as a value of the layout's kind, and back. From there to the declared field, and back, the compiler's
   own conversion does what it does. */
#define WHOLE_KIND(kind, type, bits_type)                                              \
    static inline type kind##_of(uint64_t bits) { return (type)(bits_type)bits; }      \
    static inline uint64_t bits_of_##kind(type value) { return (bits_type)value; }

WHOLE_KIND(bool, bool, uint8_t)
WHOLE_KIND(bool32, int32_t, uint32_t)
WHOLE_KIND(i8, int8_t, uint8_t)
WHOLE_KIND(u8, uint8_t, uint8_t)
WHOLE_KIND(i16, int16_t, uint16_t)
WHOLE_KIND(u16, uint16_t, uint16_t)
WHOLE_KIND(i32, int32_t, uint32_t)
WHOLE_KIND(u32, uint32_t, uint32_t)
WHOLE_KIND(i64, int64_t, uint64_t)
WHOLE_KIND(u64, uint64_t, uint64_t)
WHOLE_KIND(char8, unsigned char, uint8_t)
WHOLE_KIND(char16, char16_t, uint16_t)
WHOLE_KIND(char32, char32_t, uint32_t)

/* C's own, as wide as this compiler has them. */
WHOLE_KIND(char, char, unsigned char)
WHOLE_KIND(schar, signed char, unsigned char)
WHOLE_KIND(uchar, unsigned char, unsigned char)
WHOLE_KIND(short, short, unsigned short)
WHOLE_KIND(ushort, unsigned short, unsigned short)
WHOLE_KIND(int, int, unsigned int)
WHOLE_KIND(uint, unsigned int, unsigned int)
WHOLE_KIND(long, long, unsigned long)
WHOLE_KIND(ulong, unsigned long, unsigned long)
WHOLE_KIND(llong, long long, unsigned long long)
WHOLE_KIND(ullong, unsigned long long, unsigned long long)
WHOLE_KIND(size, size_t, size_t)
WHOLE_KIND(ptrdiff, ptrdiff_t, size_t)
WHOLE_KIND(uintptr, uintptr_t, uintptr_t)
WHOLE_KIND(intptr, intptr_t, uintptr_t)
WHOLE_KIND(pointer, void *, uintptr_t)
#if WCHAR_MAX > 0xFFFF
WHOLE_KIND(wchar, wchar_t, uint32_t)
#else
WHOLE_KIND(wchar, wchar_t, uint16_t)
#endif
#if defined(_WIN64) || defined(_MSC_VER)
WHOLE_KIND(time, time_t, uint64_t)
#else
WHOLE_KIND(time, time_t, unsigned long)
#endif

static inline float f32_of(uint64_t bits)
{
    uint32_t word = (uint32_t)bits;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

static inline uint64_t bits_of_f32(float value)
{
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

static inline double f64_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint64_t bits_of_f64(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#endif
