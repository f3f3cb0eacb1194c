/* The locked block, by compare-and-swap on the word. */
#include "lock.h"

#include <stdatomic.h>
#include <string.h>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <sched.h>
#include <time.h>
#endif

#define READERS 0x00FFFFFFu       /* how many */
#define WRITER 0x80000000u        /* whether one */
#define UNINITIALIZED 0xFF000000u /* the top byte of a block that nobody has made ready */

enum { LOCK_BYTES = 4, NUMBERS = 15, PATIENCE_SECONDS = 5 };

/* The word is little-endian in memory on every machine; this goes both ways. */
static uint32_t little(uint32_t value)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap32(value);
#else
    return value;
#endif
}

#if defined(_WIN32)

static int64_t now_seconds(void)
{
    return (int64_t)(GetTickCount64() / 1000);
}

static void let_others_run(void)
{
    SwitchToThread();
}

#else

static int64_t now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void let_others_run(void)
{
    sched_yield();
}

#endif

/* The word that an act makes of this one. */
static int32_t next_word(uint32_t word, int32_t act, uint32_t *next)
{
    uint32_t readers = word & READERS;
    int writing = (word & WRITER) != 0;
    if ((word & UNINITIALIZED) == UNINITIALIZED)
        return LOCK_UNINITIALIZED;
    switch (act) {
    case LOCK_READ:
        *next = word + 1;
        return writing ? LOCK_WRITE_LOCKED : readers == READERS ? LOCK_MAX_READERS : LOCK_OK;
    case LOCK_UNLOCK_READ:
        *next = word - 1;
        return writing ? LOCK_WRITE_LOCKED : readers == 0 ? LOCK_NOT_LOCKED : LOCK_OK;
    case LOCK_WRITE:
        *next = word | WRITER;
        return writing ? LOCK_WRITE_LOCKED : readers != 0 ? LOCK_READ_LOCKED : LOCK_OK;
    default:
        *next = word & ~WRITER;
        return writing ? LOCK_OK : LOCK_NOT_LOCKED;
    }
}

static int32_t change(_Atomic uint32_t *lock, int32_t act, uint32_t *word)
{
    uint32_t found = atomic_load(lock), next;
    for (;;) {
        int32_t outcome = next_word(*word = little(found), act, &next);
        if (outcome != LOCK_OK)
            return outcome;
        if (atomic_compare_exchange_weak(lock, &found, little(next))) {
            *word = next;
            return LOCK_OK;
        }
    }
}

/* Only who has created the memory may do this: whoever holds a lock in it would lose it. */
static int32_t make(_Atomic uint32_t *lock, uint8_t *data, int64_t size, uint32_t *word)
{
    uint32_t found = little(UNINITIALIZED);
    atomic_store(lock, found);
    memset(data, 0, (size_t)size);
    int made = atomic_compare_exchange_strong(lock, &found, 0);
    *word = made ? 0 : little(found);
    return made ? LOCK_OK : LOCK_UNINITIALIZED;
}

static int32_t lock_in_time(_Atomic uint32_t *lock, int32_t act, uint32_t *word)
{
    int64_t start = now_seconds();
    for (;;) {
        int32_t outcome = change(lock, act, word);
        if (outcome != LOCK_READ_LOCKED && outcome != LOCK_WRITE_LOCKED)
            return outcome;
        if (now_seconds() - start > PATIENCE_SECONDS)
            return LOCK_STUCK;
        let_others_run();
    }
}

/* The even rounds add one to every number, the odd ones look whether they are all alike. */
static int32_t hammer(_Atomic uint32_t *lock, volatile uint32_t *numbers, int64_t count, int64_t rounds, uint32_t *word)
{
    for (int64_t round = 0; round < rounds; round++) {
        int writing = round % 2 == 0, torn = 0;
        int32_t outcome = lock_in_time(lock, writing ? LOCK_WRITE : LOCK_READ, word);
        if (outcome != LOCK_OK)
            return outcome;
        for (int64_t i = 0; i < count; i++)
            if (writing)
                numbers[i] = little(little(numbers[i]) + 1);
            else
                torn |= numbers[i] != numbers[0];
        outcome = change(lock, writing ? LOCK_UNLOCK_WRITE : LOCK_UNLOCK_READ, word);
        if (torn || outcome != LOCK_OK)
            return torn ? LOCK_TORN : outcome;
    }
    *word = little(atomic_load(lock));
    return LOCK_OK;
}

int32_t PeerLock(void *block, int64_t capacity, int32_t act, int64_t rounds, uint32_t *word)
{
    if (block == NULL || word == NULL || capacity < LOCK_BYTES || (uintptr_t)block % LOCK_BYTES != 0 || rounds < 0)
        return -1;
    uint8_t *data = (uint8_t *)block + LOCK_BYTES;
    int64_t size = capacity - LOCK_BYTES, count = size / 4 < NUMBERS ? size / 4 : NUMBERS;
    if (act == LOCK_NEW)
        return make(block, data, size, word);
    if (act == LOCK_HAMMER)
        return hammer(block, (volatile uint32_t *)data, count, rounds, word);
    return act > LOCK_NEW && act < LOCK_HAMMER ? change(block, act, word) : -1;
}
