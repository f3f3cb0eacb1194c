// What the library exports: C functions, so that every language can load it.
#pragma once

#include <cstdint>

#if defined(_WIN32)
#define SHARED_API extern "C" __declspec(dllexport)
#else
#define SHARED_API extern "C" __attribute__((visibility("default")))
#endif

struct BufferFile;

// A text's code units, each big-endian. On load the caller gives a buffer and its size, the callee sets the count.
struct PeerText {
    std::uint8_t *bytes;
    std::int64_t count;
};

// The short way: create the segment or join it, map all of it, use it, give it back.
SHARED_API BufferFile *CreateBufferFile(const char *name, std::int64_t size);
SHARED_API void *CreateBuffer(BufferFile *file);
SHARED_API void FreeBuffer(void *buffer);
SHARED_API void FreeBufferFile(BufferFile *file);
// One integer at offset 0 of the buffer mapped last and not freed since.
SHARED_API void Write(std::int32_t value);
SHARED_API std::int32_t Read();

// The full way. What returns int32_t and no number of something returns a shared::Kind.
SHARED_API std::int32_t OpenBufferFile(const char *name, std::int64_t size, std::int32_t mode, BufferFile **file);
SHARED_API std::int64_t BufferFileCapacity(const BufferFile *file);
SHARED_API std::int32_t BufferFileCreated(const BufferFile *file);
SHARED_API std::int32_t MapBuffer(BufferFile *file, std::int64_t offset, std::int64_t size, std::int32_t access,
                                  void **buffer);
SHARED_API std::int64_t BufferCapacity(const void *buffer);
SHARED_API std::int64_t BufferErrorCode();

// The records, measured, stored and loaded.
SHARED_API const char *PeerInfo();
SHARED_API std::int32_t PeerLayoutCount();
SHARED_API const char *PeerLayoutName(std::int32_t layout);
SHARED_API std::int64_t PeerLayoutSize(std::int32_t layout);
SHARED_API std::int64_t PeerLayoutAlign(std::int32_t layout);
SHARED_API std::int32_t PeerLeafCount(std::int32_t layout);
SHARED_API std::int32_t PeerLeaf(std::int32_t layout, std::int32_t leaf, const char **path, std::int64_t *offset,
                                 std::int64_t *width);
SHARED_API const char *PeerLeafKind(std::int32_t layout, std::int32_t leaf);
SHARED_API std::int32_t PeerMemberCount(std::int32_t layout);
SHARED_API std::int32_t PeerMember(std::int32_t layout, std::int32_t member, const char **path, std::int64_t *offset,
                                   std::int64_t *size);
SHARED_API std::int32_t PeerConstantCount(std::int32_t layout);
SHARED_API std::int32_t PeerConstant(std::int32_t layout, std::int32_t constant, const char **enumeration,
                                     const char **name, std::int64_t *value);
SHARED_API std::int32_t PeerStore(std::int32_t layout, void *record, std::int64_t capacity,
                                  const std::uint64_t *leaves, const PeerText *texts);
SHARED_API std::int32_t PeerStoreLeaf(std::int32_t layout, void *record, std::int64_t capacity, std::int32_t leaf,
                                      std::uint64_t bits);
// Returns a shared::LockOutcome; -1 for an act that is none, or where no lock word can be.
SHARED_API std::int32_t PeerLock(void *block, std::int64_t capacity, std::int32_t act, std::int64_t rounds,
                                 std::uint32_t *word);
SHARED_API std::int32_t PeerLoad(std::int32_t layout, const void *record, std::int64_t capacity,
                                 std::uint64_t *leaves, PeerText *texts);
