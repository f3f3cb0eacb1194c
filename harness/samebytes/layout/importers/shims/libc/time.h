#pragma once
#include <samebytes_basic.h>
struct tm {
  int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
#ifndef _WIN32
  long tm_gmtoff;
  const char *tm_zone;
#endif
};
#ifndef SAMEBYTES_TIMESPEC
#define SAMEBYTES_TIMESPEC
#if !defined(_WIN32) && !defined(__LP64__) && defined(_TIME_BITS) && _TIME_BITS == 64
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
struct timespec { time_t tv_sec; int : 32; long tv_nsec; };
#else
struct timespec { time_t tv_sec; long tv_nsec; int : 32; };
#endif
#else
struct timespec { time_t tv_sec; long tv_nsec; };
#endif
#endif
SAMEBYTES_C_BEGIN
time_t time(time_t *);
SAMEBYTES_C_END
