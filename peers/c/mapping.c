/* Named shared memory: what both systems have in common. Compile this file alone; it takes in the system's part. */
#if !defined(_WIN32)
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#endif

#include "mapping.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER)
#define THREAD_LOCAL __declspec(thread)
#else
#define THREAD_LOCAL _Thread_local
#endif

static THREAD_LOCAL int64_t last_error;

static int32_t fail(int32_t result, int64_t code)
{
    last_error = code;
    return result;
}

#if defined(_WIN32)
#include "mapping_windows.h"
#else
#include "mapping_linux.h"
#endif

/* A view as it was handed out: the system maps from a coarser boundary than the caller asked for. */
typedef struct View {
    struct View *next;
    char *base;
    char *buffer;
    int64_t mapped;
    int64_t capacity;
    int32_t access;
} View;

static View *views; /* the last one mapped comes first */

static View *find_view(const void *buffer)
{
    View *view = views;
    while (view != NULL && view->buffer != buffer)
        view = view->next;
    return view;
}

int32_t OpenBufferFile(const char *name, int64_t size, int32_t mode, BufferFile **file)
{
    if (file == NULL)
        return fail(MAPPING_INVALID, SYSTEM_INVALID);
    *file = NULL;
    if (mode < SEGMENT_CREATE_NEW || mode > SEGMENT_OPEN_READ)
        return fail(MAPPING_INVALID, SYSTEM_INVALID);
    if (name == NULL || *name == '\0')
        return fail(MAPPING_INVALID_NAME, SYSTEM_INVALID);
    int sized = size > 0 && size <= INT64_MAX - system_granularity(); /* it will be rounded up */
    if (mode <= SEGMENT_CREATE_OR_OPEN && !sized)
        return fail(MAPPING_INVALID_SIZE, SYSTEM_INVALID);
    return system_open(name, size, mode, file);
}

void FreeBufferFile(BufferFile *file)
{
    if (file != NULL)
        system_close(file);
}

int64_t BufferFileCapacity(const BufferFile *file)
{
    return file == NULL ? 0 : file->capacity;
}

int32_t BufferFileCreated(const BufferFile *file)
{
    return file == NULL ? -1 : file->created;
}

int32_t MapBuffer(BufferFile *file, int64_t offset, int64_t size, int32_t access, void **buffer)
{
    if (buffer == NULL)
        return fail(MAPPING_INVALID, SYSTEM_INVALID);
    *buffer = NULL;
    if (file == NULL)
        return fail(MAPPING_CLOSED, SYSTEM_INVALID);
    if (access < VIEW_READ || access > VIEW_COPY)
        return fail(MAPPING_INVALID, SYSTEM_INVALID);
    if (file->read_only && (access == VIEW_WRITE || access == VIEW_READ_WRITE))
        return fail(MAPPING_ACCESS, SYSTEM_DENIED);
    if (offset < 0 || offset >= file->capacity || size < 0 || size > file->capacity - offset)
        return fail(MAPPING_RANGE, SYSTEM_OUTSIDE);

    View *view = malloc(sizeof *view);
    if (view == NULL)
        return fail(MAPPING_NO_SPACE, SYSTEM_NO_MEMORY);
    int64_t lead = offset % system_granularity();
    view->capacity = size == 0 ? file->capacity - offset : size;
    view->mapped = view->capacity + lead;
    view->access = access;
    if ((int64_t)(size_t)view->mapped != view->mapped) { /* more than a 32-bit process can address */
        free(view);
        return fail(MAPPING_NO_SPACE, SYSTEM_NO_MEMORY);
    }
    int32_t result = system_map(file, offset - lead, view->mapped, access, &view->base);
    if (result != MAPPING_OK) {
        free(view);
        return result;
    }
    view->buffer = view->base + lead;

    system_lock();
    view->next = views;
    views = view;
    system_unlock();
    *buffer = view->buffer;
    return MAPPING_OK;
}

void FreeBuffer(void *buffer)
{
    system_lock();
    View **link = &views;
    while (*link != NULL && (*link)->buffer != buffer)
        link = &(*link)->next;
    View *view = *link;
    if (view != NULL)
        *link = view->next;
    system_unlock();
    if (view != NULL)
        system_unmap(view->base, view->mapped);
    free(view);
}

int64_t BufferCapacity(const void *buffer)
{
    system_lock();
    const View *view = find_view(buffer);
    int64_t capacity = view == NULL ? 0 : view->capacity;
    system_unlock();
    return capacity;
}

int64_t BufferErrorCode(void)
{
    return last_error;
}

BufferFile *CreateBufferFile(const char *name, int64_t size)
{
    BufferFile *file;
    OpenBufferFile(name, size, SEGMENT_CREATE_OR_OPEN, &file);
    return file;
}

void *CreateBuffer(BufferFile *file)
{
    void *buffer;
    MapBuffer(file, 0, 0, VIEW_READ_WRITE, &buffer);
    return buffer;
}

void *LastBuffer(int64_t size, int writing)
{
    system_lock();
    int fits = views != NULL && views->capacity >= size && !(writing && views->access == VIEW_READ);
    void *buffer = fits ? views->buffer : NULL;
    system_unlock();
    return buffer;
}

#ifndef MAPPING_WITHOUT_INTEGER

void Write(int32_t value)
{
    void *buffer = LastBuffer(sizeof value, 1);
    if (buffer != NULL)
        memcpy(buffer, &value, sizeof value);
}

int32_t Read(void)
{
    int32_t value = 0;
    const void *buffer = LastBuffer(sizeof value, 0);
    if (buffer != NULL)
        memcpy(&value, buffer, sizeof value);
    return value;
}

#endif
