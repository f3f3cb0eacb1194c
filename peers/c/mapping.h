/* Named shared memory that dies with its last handle, on Windows and on Linux. */
#ifndef MAPPING_H
#define MAPPING_H

#include <stdint.h>

#if defined(_WIN32)
#define SHARED_API __declspec(dllexport)
#elif defined(__GNUC__)
#define SHARED_API __attribute__((visibility("default")))
#else
#define SHARED_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Results of the functions that return int32_t. */
enum MappingResult {
    MAPPING_OK,
    MAPPING_EXISTS,
    MAPPING_NOT_FOUND,
    MAPPING_ACCESS,
    MAPPING_INVALID_NAME,
    MAPPING_INVALID_SIZE,
    MAPPING_NO_SPACE,
    MAPPING_RANGE,
    MAPPING_CLOSED,
    MAPPING_UNSUPPORTED,
    MAPPING_TIMEOUT,
    MAPPING_INVALID,
    MAPPING_FAILED
};

enum MappingMode { SEGMENT_CREATE_NEW, SEGMENT_CREATE_OR_OPEN, SEGMENT_OPEN, SEGMENT_OPEN_READ };
enum MappingAccess { VIEW_READ, VIEW_WRITE, VIEW_READ_WRITE, VIEW_COPY };

typedef struct BufferFile BufferFile;

/* The short way: create the segment or join it, map all of it, use it, give it back. */
SHARED_API BufferFile *CreateBufferFile(const char *name, int64_t size);
SHARED_API void *CreateBuffer(BufferFile *file);
SHARED_API void FreeBuffer(void *buffer);
SHARED_API void FreeBufferFile(BufferFile *file);

#ifndef MAPPING_WITHOUT_INTEGER
/* One integer at offset 0 of the buffer mapped last and not freed since. */
SHARED_API void Write(int32_t value);
SHARED_API int32_t Read(void);
#endif

/* The full way. Names are UTF-8, sizes and offsets bytes. A name lives as long as some process has the file open;
   a buffer stays valid after its file is freed. */
SHARED_API int32_t OpenBufferFile(const char *name, int64_t size, int32_t mode, BufferFile **file);
SHARED_API int64_t BufferFileCapacity(const BufferFile *file);
SHARED_API int32_t BufferFileCreated(const BufferFile *file);
/* size 0: to the end of the file. The offset need not be a multiple of anything. */
SHARED_API int32_t MapBuffer(BufferFile *file, int64_t offset, int64_t size, int32_t access, void **buffer);
SHARED_API int64_t BufferCapacity(const void *buffer);
/* GetLastError or errno of this thread's last failure here. */
SHARED_API int64_t BufferErrorCode(void);

/* The buffer mapped last and not freed since; NULL if there is none, it is shorter than size, or it may not be written
   to. For code that is linked with this; not exported. */
void *LastBuffer(int64_t size, int writing);

#ifdef __cplusplus
}
#endif

#endif
