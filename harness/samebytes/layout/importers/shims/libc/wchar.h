#pragma once
#include <samebytes_basic.h>
SAMEBYTES_C_BEGIN
size_t wcslen(const wchar_t *);
wchar_t *wcscpy(wchar_t *, const wchar_t *);
wchar_t *wcsncpy(wchar_t *, const wchar_t *, size_t);
int wcscmp(const wchar_t *, const wchar_t *);
wchar_t *wmemset(wchar_t *, wchar_t, size_t);
SAMEBYTES_C_END
