#pragma once
#include <time.h>
#include <sys/types.h>
#ifndef _WIN32
#if !defined(__LP64__) && defined(_TIME_BITS) && _TIME_BITS == 64
struct timeval { time_t tv_sec; long long tv_usec; };
#else
struct timeval { time_t tv_sec; long tv_usec; };
#endif
#else
struct timeval { long tv_sec, tv_usec; };
#endif
