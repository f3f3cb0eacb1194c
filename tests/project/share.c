/* A library as people write it: a raw POSIX object, or a named section of Windows. Macros make it misbehave. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#define EXPORT __declspec(dllexport)
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#define EXPORT __attribute__((visibility("default")))
#endif

typedef struct BufferFile {
    void *handle;
    int descriptor;
    int64_t size;
    char name[256];
} BufferFile;

static int64_t mapped;
static uint8_t *buffer;

EXPORT BufferFile *CreateBufferFile(const char *name, int64_t size) {
    BufferFile *file = calloc(1, sizeof *file);
    file->size = size;
#ifdef CREATES_NOTHING
    free(file);
    return NULL;
#elif defined(_WIN32)
    file->handle = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, (DWORD)size, name);
#else
#ifdef NAMES_IT_ITSELF
    snprintf(file->name, sizeof file->name, "/samebytes-share-%d", (int)getpid());
#else
    snprintf(file->name, sizeof file->name, "/%s", name);
#endif
    file->descriptor = shm_open(file->name, O_RDWR | O_CREAT, 0600);
    if (file->descriptor < 0 || ftruncate(file->descriptor, size) != 0)
        return NULL;
#endif
    return file;
}

EXPORT void *CreateBuffer(BufferFile *file) {
    mapped = file->size;
#ifdef _WIN32
    buffer = MapViewOfFile(file->handle, FILE_MAP_ALL_ACCESS, 0, 0, 0);
#else
    buffer = mmap(NULL, (size_t)file->size, PROT_READ | PROT_WRITE, MAP_SHARED, file->descriptor, 0);
#endif
    return buffer;
}

EXPORT void FreeBuffer(void *view) {
#ifdef _WIN32
    UnmapViewOfFile(view);
#else
    munmap(view, (size_t)mapped);
#endif
}

#ifndef LACKS_A_FUNCTION
EXPORT void FreeBufferFile(BufferFile *file) {
#ifdef _WIN32
    CloseHandle(file->handle);
#else
    close(file->descriptor);
#ifndef KEEPS_THE_NAME
    shm_unlink(file->name);
#endif
#endif
    free(file);
}
#endif

EXPORT void share_write(int32_t value) {
#ifdef CRASHES
    abort();
#elif defined(BIG_ENDIAN_NUMBER)
    value = (int32_t)__builtin_bswap32((uint32_t)value);
#endif
#ifndef WRITES_NOTHING
    memcpy(buffer, &value, sizeof value);
#endif
#ifdef WRITES_TWICE
    memcpy(buffer + 4, &value, sizeof value);
#endif
}

EXPORT int32_t share_read(void) {
    int32_t value;
    memcpy(&value, buffer, sizeof value);
#ifdef READS_HALF
    value &= 0xFFFF;
#endif
    return value;
}
