/* What a library exports besides the mapping: the records, measured, stored and loaded. */
#ifndef PEER_H
#define PEER_H

#include "mapping.h"

/* A text's code units, each big-endian. On load the caller gives a buffer and its size, the callee sets the count. */
typedef struct PeerText {
    uint8_t *bytes;
    int64_t count;
} PeerText;

SHARED_API const char *PeerInfo(void);
SHARED_API int32_t PeerLayoutCount(void);
SHARED_API const char *PeerLayoutName(int32_t layout);
SHARED_API int64_t PeerLayoutSize(int32_t layout);
SHARED_API int64_t PeerLayoutAlign(int32_t layout);
SHARED_API int32_t PeerLeafCount(int32_t layout);
SHARED_API int32_t PeerLeaf(int32_t layout, int32_t leaf, const char **path, int64_t *offset, int64_t *width);
/* Where the declaration says more than places: each field's kind, every field as a whole, the enumerations' constants. */
SHARED_API const char *PeerLeafKind(int32_t layout, int32_t leaf);
SHARED_API int32_t PeerMemberCount(int32_t layout);
SHARED_API int32_t PeerMember(int32_t layout, int32_t member, const char **path, int64_t *offset, int64_t *size);
SHARED_API int32_t PeerConstantCount(int32_t layout);
SHARED_API int32_t PeerConstant(int32_t layout, int32_t constant, const char **enumeration, const char **name,
                                int64_t *value);
SHARED_API int32_t PeerStore(int32_t layout, void *record, int64_t capacity, const uint64_t *leaves,
                             const PeerText *texts);
SHARED_API int32_t PeerStoreLeaf(int32_t layout, void *record, int64_t capacity, int32_t leaf, uint64_t bits);
SHARED_API int32_t PeerLoad(int32_t layout, const void *record, int64_t capacity, uint64_t *leaves, PeerText *texts);

#endif
