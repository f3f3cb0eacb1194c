/* The locked block: a lock word of 32 bits, little-endian, and the data right behind it. Nothing waits, and no owner is recorded. */
#ifndef LOCK_H
#define LOCK_H

#include "mapping.h"

enum LockAct { LOCK_NEW, LOCK_READ, LOCK_UNLOCK_READ, LOCK_WRITE, LOCK_UNLOCK_WRITE, LOCK_HAMMER, LOCK_ACT_COUNT };

enum LockOutcome {
    LOCK_OK,
    LOCK_UNINITIALIZED,
    LOCK_WRITE_LOCKED,
    LOCK_READ_LOCKED,
    LOCK_MAX_READERS,
    LOCK_NOT_LOCKED,
    LOCK_TORN, /* of LOCK_HAMMER alone: the numbers behind the word were not all alike */
    LOCK_STUCK /* of LOCK_HAMMER alone: somebody kept the lock for seconds */
};

/* What came of it, and in `word` the word that it left or was refused for; -1 for an act that is none, or where no lock word can be.
   `capacity`: bytes from the block to the end of the view. `rounds`: of LOCK_HAMMER. */
SHARED_API int32_t PeerLock(void *block, int64_t capacity, int32_t act, int64_t rounds, uint32_t *word);

#endif
