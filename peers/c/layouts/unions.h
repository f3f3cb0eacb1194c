/* Bytes with more than one name. */
#ifndef LAYOUTS_UNIONS_H
#define LAYOUTS_UNIONS_H

#include <stdint.h>

typedef union FloatBits {
    float Real;
    uint32_t Bits;
    uint8_t Bytes[4];
} FloatBits;

typedef union NumberValue {
    int64_t Whole;
    double Real;
    uint32_t Halves[2];
    uint8_t Raw[16];
} NumberValue;

typedef uint32_t VariantTag;
enum { VARIANT_EMPTY = 0, VARIANT_WHOLE = 1, VARIANT_REAL = 2, VARIANT_RAW = 3 };

typedef struct Variant {
    VariantTag Tag;
    NumberValue Value;
} Variant;

typedef struct VariantList {
    uint16_t Count;
    Variant Items[3];
} VariantList;

typedef struct RoundShape {
    float CentreX;
    float CentreY;
    double Radius;
} RoundShape;

typedef struct EdgedShape {
    int16_t Left;
    int16_t Top;
    uint32_t Width;
    uint32_t Height;
} EdgedShape;

typedef union ShapeBody {
    RoundShape Round;
    EdgedShape Edged;
} ShapeBody;

typedef struct DrawnShape {
    uint8_t Kind;
    ShapeBody Body;
    uint32_t Colour;
} DrawnShape;

#endif
