/* What one process must see before another thing that a second process wrote: as C11 has it, or as MSVC does. */
#ifndef ORDERING_H
#define ORDERING_H

#if defined(_MSC_VER) && !defined(__clang__)
#include <windows.h>
#define RELEASE() MemoryBarrier()
#define ACQUIRE() MemoryBarrier()
#else
#include <stdatomic.h>
#define RELEASE() atomic_thread_fence(memory_order_release)
#define ACQUIRE() atomic_thread_fence(memory_order_acquire)
#endif

#endif
