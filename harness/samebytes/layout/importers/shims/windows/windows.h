/* What declarations of shared memory take from <windows.h>: types of the widths Microsoft documents ("Windows Data Types"),
   calling conventions as nothing, the architecture macros of winnt.h. Not a copy, and no functions. */
#pragma once
#define _WINDOWS_
#define _WINDEF_
#define _WINNT_
#define SAMEBYTES_WINDOWS_H 1

#include <stddef.h>
#include <stdarg.h>

#if defined(__x86_64__) || defined(_M_X64)
#ifndef _AMD64_
#define _AMD64_
#endif
#ifndef _M_X64
#define _M_X64 100
#define _M_AMD64 100
#endif
#elif defined(__i386__) || defined(_M_IX86)
#ifndef _X86_
#define _X86_
#endif
#ifndef _M_IX86
#define _M_IX86 600
#endif
#elif defined(__aarch64__)
#ifndef _ARM64_
#define _ARM64_
#endif
#ifndef _M_ARM64
#define _M_ARM64 1
#endif
#endif

#ifdef _WIN32
#define SAMEBYTES_LONG long
#else
#define SAMEBYTES_LONG int /* long is 32 bits wide on Windows, whatever it is here */
#endif
#ifndef _MSC_VER
#ifndef __int64
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#endif
#ifndef __cdecl
#define __cdecl
#define __stdcall
#define __fastcall
#define __thiscall
#define __vectorcall
#endif
#ifndef __forceinline
#define __forceinline inline
#endif
#endif

#define WINAPI
#define WINAPIV
#define APIENTRY
#define APIPRIVATE
#define PASCAL
#define CALLBACK
#define STDMETHODCALLTYPE
#define NTAPI
#define FAR
#define NEAR
#define CONST const
#define IN
#define OUT
#define OPTIONAL
#define _In_
#define _Out_
#define _Inout_
#define _In_opt_
#define _Out_opt_
#define DECLSPEC_IMPORT
#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))
#define WINBASEAPI
#define DUMMYSTRUCTNAME
#define DUMMYUNIONNAME
#define UNREFERENCED_PARAMETER(name) (void)(name)
#define TRUE 1
#define FALSE 0
#define MAX_PATH 260
#define _MAX_PATH 260
#define _MAX_FNAME 256
#define INFINITE 0xFFFFFFFF
#define _TRUNCATE ((size_t)-1)
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)
#define S_OK ((HRESULT)0)
#define E_FAIL ((HRESULT)0x80004005)
#define WM_USER 0x0400
#define WM_APP 0x8000

#define VOID void
typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID;
typedef char CHAR, *PCHAR, *LPSTR, *PSTR;
typedef const char *LPCSTR, *PCSTR;
typedef signed char INT8;
typedef unsigned char UCHAR, BYTE, BOOLEAN, UINT8, *PBYTE, *LPBYTE, *PUCHAR;
typedef short SHORT, INT16, *PSHORT;
typedef unsigned short USHORT, WORD, UINT16, ATOM, LANGID, *PWORD, *LPWORD, *PUSHORT;
typedef int INT, BOOL, INT32, *PINT, *LPINT, *PBOOL, *LPBOOL;
typedef int LONG32;
typedef unsigned int UINT, UINT32, ULONG32, DWORD32, *PUINT;
typedef SAMEBYTES_LONG LONG, HRESULT, NTSTATUS, *PLONG, *LPLONG;
typedef unsigned SAMEBYTES_LONG ULONG, DWORD, COLORREF, LCID, *PULONG, *PDWORD, *LPDWORD;
typedef long long LONGLONG, INT64, LONG64, *PLONGLONG;
typedef unsigned long long ULONGLONG, UINT64, ULONG64, DWORD64, DWORDLONG, *PULONGLONG;
typedef long long __time64_t;
typedef SAMEBYTES_LONG __time32_t;
typedef unsigned int MMRESULT, MMVERSION;
typedef float FLOAT;
typedef double DOUBLE, DATE;
typedef short VARIANT_BOOL;

#ifdef _WIN32
typedef wchar_t WCHAR;
#elif defined(__cplusplus)
typedef char16_t WCHAR; /* a WCHAR has 16 bits, whatever wchar_t has here */
#else
typedef __CHAR16_TYPE__ WCHAR;
#endif
typedef WCHAR *PWCHAR, *LPWSTR, *PWSTR, OLECHAR, *BSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR;
#ifdef UNICODE
typedef WCHAR TCHAR;
#define TEXT(text) L##text
#else
typedef char TCHAR;
#define TEXT(text) text
#endif
typedef TCHAR *LPTSTR, *PTSTR;
typedef const TCHAR *LPCTSTR, *PCTSTR;

typedef __INTPTR_TYPE__ INT_PTR, LONG_PTR, SSIZE_T, LPARAM, LRESULT;
typedef __UINTPTR_TYPE__ UINT_PTR, ULONG_PTR, DWORD_PTR, SIZE_T, WPARAM, KAFFINITY;

typedef void *HANDLE, *HGLOBAL, *HLOCAL, *SC_HANDLE, **PHANDLE;
#define DECLARE_HANDLE(name) typedef struct name##__ *name
DECLARE_HANDLE(HWND);
DECLARE_HANDLE(HINSTANCE);
DECLARE_HANDLE(HDC);
DECLARE_HANDLE(HICON);
DECLARE_HANDLE(HMENU);
DECLARE_HANDLE(HBITMAP);
DECLARE_HANDLE(HBRUSH);
DECLARE_HANDLE(HFONT);
DECLARE_HANDLE(HKEY);
DECLARE_HANDLE(HMONITOR);
typedef HINSTANCE HMODULE;
typedef HICON HCURSOR;
typedef INT_PTR (*FARPROC)();

typedef union _LARGE_INTEGER {
  struct { DWORD LowPart; LONG HighPart; };
  struct { DWORD LowPart; LONG HighPart; } u;
  LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef union _ULARGE_INTEGER {
  struct { DWORD LowPart; DWORD HighPart; };
  struct { DWORD LowPart; DWORD HighPart; } u;
  ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;
typedef struct _FILETIME { DWORD dwLowDateTime, dwHighDateTime; } FILETIME, *PFILETIME, *LPFILETIME;
typedef struct _SYSTEMTIME {
  WORD wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds;
} SYSTEMTIME, *PSYSTEMTIME, *LPSYSTEMTIME;
typedef struct _GUID { unsigned int Data1; unsigned short Data2, Data3; unsigned char Data4[8]; } GUID, IID, CLSID, UUID;
typedef struct tagPOINT { LONG x, y; } POINT, *PPOINT, *LPPOINT;
typedef struct tagSIZE { LONG cx, cy; } SIZE, *PSIZE;
typedef struct tagRECT { LONG left, top, right, bottom; } RECT, *PRECT, *LPRECT;
typedef struct tagRGBQUAD { BYTE rgbBlue, rgbGreen, rgbRed, rgbReserved; } RGBQUAD;
typedef struct _LUID { DWORD LowPart; LONG HighPart; } LUID, *PLUID;

typedef struct _LIST_ENTRY { struct _LIST_ENTRY *Flink, *Blink; } LIST_ENTRY, *PLIST_ENTRY;
typedef struct _COORD { SHORT X, Y; } COORD, *PCOORD;
typedef struct _SMALL_RECT { SHORT Left, Top, Right, Bottom; } SMALL_RECT;
typedef struct _OVERLAPPED {
  ULONG_PTR Internal, InternalHigh;
  union {
    struct { DWORD Offset, OffsetHigh; };
    PVOID Pointer;
  };
  HANDLE hEvent;
} OVERLAPPED, *POVERLAPPED, *LPOVERLAPPED;
typedef struct _SECURITY_ATTRIBUTES {
  DWORD nLength;
  LPVOID lpSecurityDescriptor;
  BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;
typedef struct _RTL_CRITICAL_SECTION {
  PVOID DebugInfo;
  LONG LockCount, RecursionCount;
  HANDLE OwningThread, LockSemaphore;
  ULONG_PTR SpinCount;
} RTL_CRITICAL_SECTION, CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;
typedef struct _RTL_SRWLOCK { PVOID Ptr; } SRWLOCK, *PSRWLOCK;
typedef struct _RTL_CONDITION_VARIABLE { PVOID Ptr; } CONDITION_VARIABLE, *PCONDITION_VARIABLE;
typedef union _RTL_RUN_ONCE { PVOID Ptr; } INIT_ONCE, *PINIT_ONCE;
typedef struct tagMSG {
  HWND hwnd;
  UINT message;
  WPARAM wParam;
  LPARAM lParam;
  DWORD time;
  POINT pt;
} MSG, *PMSG, *LPMSG;
typedef struct tagCOPYDATASTRUCT { ULONG_PTR dwData; DWORD cbData; PVOID lpData; } COPYDATASTRUCT, *PCOPYDATASTRUCT;
typedef struct _PROCESS_INFORMATION {
  HANDLE hProcess, hThread;
  DWORD dwProcessId, dwThreadId;
} PROCESS_INFORMATION, *PPROCESS_INFORMATION, *LPPROCESS_INFORMATION;
typedef struct _TIME_ZONE_INFORMATION {
  LONG Bias;
  WCHAR StandardName[32];
  SYSTEMTIME StandardDate;
  LONG StandardBias;
  WCHAR DaylightName[32];
  SYSTEMTIME DaylightDate;
  LONG DaylightBias;
} TIME_ZONE_INFORMATION, *PTIME_ZONE_INFORMATION;
typedef struct _SYSTEM_INFO {
  union {
    DWORD dwOemId;
    struct { WORD wProcessorArchitecture, wReserved; };
  };
  DWORD dwPageSize;
  LPVOID lpMinimumApplicationAddress, lpMaximumApplicationAddress;
  DWORD_PTR dwActiveProcessorMask;
  DWORD dwNumberOfProcessors, dwProcessorType, dwAllocationGranularity;
  WORD wProcessorLevel, wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;
typedef struct _MEMORYSTATUSEX {
  DWORD dwLength, dwMemoryLoad;
  DWORDLONG ullTotalPhys, ullAvailPhys, ullTotalPageFile, ullAvailPageFile, ullTotalVirtual, ullAvailVirtual;
  DWORDLONG ullAvailExtendedVirtual;
} MEMORYSTATUSEX, *LPMEMORYSTATUSEX;
typedef struct _WIN32_FIND_DATAA {
  DWORD dwFileAttributes;
  FILETIME ftCreationTime, ftLastAccessTime, ftLastWriteTime;
  DWORD nFileSizeHigh, nFileSizeLow, dwReserved0, dwReserved1;
  CHAR cFileName[MAX_PATH], cAlternateFileName[14];
} WIN32_FIND_DATAA;
typedef struct _WIN32_FIND_DATAW {
  DWORD dwFileAttributes;
  FILETIME ftCreationTime, ftLastAccessTime, ftLastWriteTime;
  DWORD nFileSizeHigh, nFileSizeLow, dwReserved0, dwReserved1;
  WCHAR cFileName[MAX_PATH], cAlternateFileName[14];
} WIN32_FIND_DATAW;
#ifdef UNICODE
typedef WIN32_FIND_DATAW WIN32_FIND_DATA;
#else
typedef WIN32_FIND_DATAA WIN32_FIND_DATA;
#endif
typedef struct tagLOGFONTW {
  LONG lfHeight, lfWidth, lfEscapement, lfOrientation, lfWeight;
  BYTE lfItalic, lfUnderline, lfStrikeOut, lfCharSet, lfOutPrecision, lfClipPrecision, lfQuality, lfPitchAndFamily;
  WCHAR lfFaceName[32];
} LOGFONTW;
typedef struct tagBITMAPINFOHEADER {
  DWORD biSize;
  LONG biWidth, biHeight;
  WORD biPlanes, biBitCount;
  DWORD biCompression, biSizeImage;
  LONG biXPelsPerMeter, biYPelsPerMeter;
  DWORD biClrUsed, biClrImportant;
} BITMAPINFOHEADER, *PBITMAPINFOHEADER;
typedef struct tagBITMAPINFO { BITMAPINFOHEADER bmiHeader; RGBQUAD bmiColors[1]; } BITMAPINFO, *PBITMAPINFO;
typedef struct tagPALETTEENTRY { BYTE peRed, peGreen, peBlue, peFlags; } PALETTEENTRY;
typedef struct tWAVEFORMATEX {
  WORD wFormatTag, nChannels;
  DWORD nSamplesPerSec, nAvgBytesPerSec;
  WORD nBlockAlign, wBitsPerSample, cbSize;
} __attribute__((packed)) WAVEFORMATEX;
typedef struct tagMOUSEHOOKSTRUCT { POINT pt; HWND hwnd; UINT wHitTestCode; ULONG_PTR dwExtraInfo; } MOUSEHOOKSTRUCT;
typedef struct tagWINDOWPLACEMENT {
  UINT length, flags, showCmd;
  POINT ptMinPosition, ptMaxPosition;
  RECT rcNormalPosition;
} WINDOWPLACEMENT;
typedef union tagCY { struct { DWORD Lo; LONG Hi; }; LONGLONG int64; } CY;
typedef struct tagDEC {
  USHORT wReserved;
  union {
    struct { BYTE scale, sign; };
    USHORT signscale;
  };
  ULONG Hi32;
  union {
    struct { ULONG Lo32, Mid32; };
    ULONGLONG Lo64;
  };
} DECIMAL;
typedef unsigned short VARTYPE;
typedef struct tagVARIANT {
  union {
    struct {
      VARTYPE vt;
      WORD wReserved1, wReserved2, wReserved3;
      union {
        LONGLONG llVal;
        LONG lVal;
        BYTE bVal;
        SHORT iVal;
        FLOAT fltVal;
        DOUBLE dblVal;
        VARIANT_BOOL boolVal;
        CY cyVal;
        DATE date;
        BSTR bstrVal;
        PVOID byref;
        ULONGLONG ullVal;
        ULONG ulVal;
        struct { PVOID pvRecord, pRecInfo; } record;
      };
    };
    DECIMAL decVal;
  };
} VARIANT, VARIANTARG;

/* Interlocked operations and macros that inline members use; their bodies are not read. */
#define LOWORD(value) ((WORD)((DWORD_PTR)(value) & 0xffff))
#define HIWORD(value) ((WORD)(((DWORD_PTR)(value) >> 16) & 0xffff))
#define MAKELONG(low, high) ((LONG)(((WORD)(low)) | ((DWORD)((WORD)(high))) << 16))
#define ZeroMemory(where, bytes) __builtin_memset((where), 0, (bytes))
