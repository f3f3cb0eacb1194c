#pragma once
#include <samebytes_basic.h>
#ifndef _WIN32
typedef int pid_t;
typedef unsigned int uid_t, gid_t, mode_t;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
#endif
