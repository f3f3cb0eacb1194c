/* Types that several C headers declare, by the widths of the target. No functions that a record would need. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
#define SAMEBYTES_C_BEGIN extern "C" {
#define SAMEBYTES_C_END }
#else
#define SAMEBYTES_C_BEGIN
#define SAMEBYTES_C_END
#endif
#ifdef _WIN32
#if defined(_WIN64) || (defined(_MSC_VER) && !defined(_USE_32BIT_TIME_T))
typedef long long time_t;
#else
typedef long time_t;
#endif
typedef unsigned short wint_t;
#else
#if !defined(__LP64__) && defined(_TIME_BITS) && _TIME_BITS == 64
typedef long long time_t;
#else
typedef long time_t;
#endif
typedef unsigned int wint_t;
#endif
typedef __INTPTR_TYPE__ ssize_t;
