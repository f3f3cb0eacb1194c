#pragma once
#include <samebytes_basic.h>
SAMEBYTES_C_BEGIN
void *malloc(size_t);
void *calloc(size_t, size_t);
void free(void *);
void abort(void);
int atoi(const char *);
double atof(const char *);
SAMEBYTES_C_END
