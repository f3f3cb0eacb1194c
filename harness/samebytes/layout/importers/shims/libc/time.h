#pragma once
#include <samebytes_basic.h>
struct tm;
SAMEBYTES_C_BEGIN
time_t time(time_t *);
SAMEBYTES_C_END
