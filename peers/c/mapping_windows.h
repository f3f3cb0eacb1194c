/* Windows: the system's own named sections. Included by mapping.c alone. */
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#define SYSTEM_INVALID ERROR_INVALID_PARAMETER
#define SYSTEM_DENIED ERROR_ACCESS_DENIED
#define SYSTEM_OUTSIDE ERROR_ACCESS_DENIED /* what MapViewOfFile says about a view beyond the section's end */
#define SYSTEM_NO_MEMORY ERROR_NOT_ENOUGH_MEMORY

struct BufferFile {
    HANDLE handle;
    int64_t capacity;
    int32_t created;
    int read_only;
};

static SRWLOCK registry = SRWLOCK_INIT;

static void system_lock(void)
{
    AcquireSRWLockExclusive(&registry);
}

static void system_unlock(void)
{
    ReleaseSRWLockExclusive(&registry);
}

static int32_t fail_with(DWORD code)
{
    switch (code) {
    case ERROR_ALREADY_EXISTS:
        return fail(MAPPING_EXISTS, code);
    case ERROR_FILE_NOT_FOUND:
        return fail(MAPPING_NOT_FOUND, code);
    case ERROR_ACCESS_DENIED:
        return fail(MAPPING_ACCESS, code);
    case ERROR_PATH_NOT_FOUND: /* a backslash after anything but Local and Global */
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_NO_UNICODE_TRANSLATION:
        return fail(MAPPING_INVALID_NAME, code);
    case ERROR_INVALID_PARAMETER: /* of what we pass, only a size can be one */
        return fail(MAPPING_INVALID_SIZE, code);
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_DISK_FULL:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
        return fail(MAPPING_NO_SPACE, code);
    default:
        return fail(MAPPING_FAILED, code);
    }
}

static SYSTEM_INFO system_info(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info;
}

static int64_t system_granularity(void)
{
    return system_info().dwAllocationGranularity;
}

static wchar_t *wide_name(const char *name)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, NULL, 0);
    if (length == 0)
        return NULL;
    wchar_t *wide = malloc((size_t)length * sizeof *wide);
    if (wide == NULL)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    else
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, wide, length);
    return wide;
}

/* Nothing documented tells a section's size; the regions of a view of all of it do. There may be several where
   another program reserves a section and commits it bit by bit. */
static int64_t section_capacity(HANDLE handle)
{
    char *base = MapViewOfFile(handle, FILE_MAP_READ, 0, 0, 0);
    if (base == NULL)
        return -1;
    int64_t capacity = 0;
    MEMORY_BASIC_INFORMATION region;
    while (VirtualQuery(base + capacity, &region, sizeof region) != 0 && region.AllocationBase == base)
        capacity += (int64_t)region.RegionSize;
    UnmapViewOfFile(base);
    return capacity;
}

static HANDLE open_section(const wchar_t *name, int64_t size, int32_t mode)
{
    if (mode == SEGMENT_OPEN)
        return OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name);
    if (mode == SEGMENT_OPEN_READ)
        return OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    /* A success need not reset the last error, and whether the section was there already is told by nothing else. */
    SetLastError(ERROR_SUCCESS);
    return CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, (DWORD)((uint64_t)size >> 32),
                              (DWORD)((uint64_t)size & 0xFFFFFFFFu), name);
}

static int32_t system_open(const char *name, int64_t size, int32_t mode, BufferFile **result)
{
    wchar_t *wide = wide_name(name);
    if (wide == NULL)
        return fail_with(GetLastError());
    HANDLE handle = open_section(wide, size, mode);
    DWORD code = GetLastError();
    free(wide);
    if (handle == NULL)
        return fail_with(code);
    int created = mode <= SEGMENT_CREATE_OR_OPEN && code != ERROR_ALREADY_EXISTS;
    if (mode == SEGMENT_CREATE_NEW && !created) {
        CloseHandle(handle); /* it would keep the other's section alive */
        return fail(MAPPING_EXISTS, ERROR_ALREADY_EXISTS);
    }

    int64_t page = system_info().dwPageSize;
    int64_t capacity = created ? (size - 1) / page * page + page : section_capacity(handle);
    code = capacity < 0 ? GetLastError() : ERROR_NOT_ENOUGH_MEMORY;
    BufferFile *file = capacity < 0 ? NULL : malloc(sizeof *file);
    if (file == NULL) {
        CloseHandle(handle);
        return fail_with(code);
    }
    file->handle = handle;
    file->capacity = capacity;
    file->created = created;
    file->read_only = mode == SEGMENT_OPEN_READ;
    *result = file;
    return MAPPING_OK;
}

static void system_close(BufferFile *file)
{
    CloseHandle(file->handle);
    free(file);
}

static int32_t system_map(BufferFile *file, int64_t offset, int64_t size, int32_t access, char **base)
{
    static const DWORD rights[] = {FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_READ | FILE_MAP_WRITE, FILE_MAP_COPY};
    *base = MapViewOfFile(file->handle, rights[access], (DWORD)((uint64_t)offset >> 32),
                          (DWORD)((uint64_t)offset & 0xFFFFFFFFu), (SIZE_T)size);
    return *base == NULL ? fail_with(GetLastError()) : MAPPING_OK;
}

static void system_unmap(char *base, int64_t size)
{
    (void)size;
    UnmapViewOfFile(base);
}
