#pragma once
#include <samebytes_basic.h>
typedef struct samebytes_file FILE;
SAMEBYTES_C_BEGIN
int printf(const char *, ...);
int snprintf(char *, size_t, const char *, ...);
int sprintf(char *, const char *, ...);
SAMEBYTES_C_END
