#pragma once
#include <sys/types.h>
SAMEBYTES_C_BEGIN
int close(int);
SAMEBYTES_C_END
