/*
 * What .NET 5 and later need of Windows that Wine 8 lacks, as a `mscoree.dll`. Only host.py loads it, only under Wine.
 *
 * 1. .NET maps an assembly without native code through the system's loader, and Wine's loader wants mscoree.dll for it: the
 *    entry point of every such file was its `_CorDllMain` once. Windows has not asked for it since Windows XP.
 * 2. While .NET takes a managed exception to its handler it unwinds the stack by itself. The thread's list of
 *    (32-bit) exception frames then begins at a frame that is gone. Windows' 64-bit dispatcher never looks at that list;
 *    Wine's calls what it finds there, for ever.
 *
 * BUILD says how this is compiled.
 */
#include <windows.h>

#define END_OF_LIST ((struct _EXCEPTION_REGISTRATION_RECORD *)-1)

/* Empties the list of frames if it begins below the stack pointer; then the search for a handler goes on. */
static LONG CALLBACK drop_dead_frames(EXCEPTION_POINTERS *exception)
{
    NT_TIB *thread = (NT_TIB *)NtCurrentTeb();

    if ((ULONG_PTR)thread->ExceptionList < exception->ContextRecord->Rsp)
        thread->ExceptionList = END_OF_LIST;
    return EXCEPTION_CONTINUE_SEARCH;
}

/* The entry point of an assembly: what is to be run at its start, .NET runs itself. */
__declspec(dllexport) BOOL WINAPI _CorDllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)module, (void)reason, (void)reserved;
    return TRUE;
}

/* The entry point of a program, which nobody starts this way. */
__declspec(dllexport) int WINAPI _CorExeMain(void)
{
    return 1;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)module, (void)reserved;
    return reason != DLL_PROCESS_ATTACH || AddVectoredExceptionHandler(TRUE, drop_dead_frames) != NULL;
}
