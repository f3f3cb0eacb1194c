#pragma once
#include <samebytes_basic.h>
#ifndef _WIN32
typedef int pid_t;
typedef unsigned int uid_t, gid_t, mode_t;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
#if !defined(__LP64__) && ((defined(_FILE_OFFSET_BITS) && _FILE_OFFSET_BITS == 64) || defined(__APPLE__))
typedef long long off_t;
typedef unsigned long long ino_t, blkcnt_t;
#else
typedef long off_t;
typedef unsigned long ino_t;
typedef long blkcnt_t;
#endif
typedef long long off64_t;
typedef long suseconds_t, clock_t;
typedef int clockid_t;
typedef int key_t;
typedef unsigned int id_t;
#else
typedef long off_t;
#endif
