#pragma once
#include <windows.h>
#ifdef UNICODE
#define _T(text) L##text
typedef wchar_t _TCHAR;
#else
#define _T(text) text
typedef char _TCHAR;
#endif
