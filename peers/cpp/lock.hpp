// The locked block: a lock word of 32 bits, little-endian, and the data right behind it. Nothing waits, and no owner is recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace shared {

enum class LockAct : std::int32_t { make, read, unlock_read, write, unlock_write, hammer };

enum class LockOutcome : std::int32_t {
    ok,
    uninitialized,
    write_locked,
    read_locked,
    max_readers,
    not_locked,
    torn, // of a hammer alone: the numbers behind the word were not all alike
    stuck // of a hammer alone: somebody kept the lock for seconds
};

// What came of an act, and the word that it left, or that it was refused for.
using Locked = std::pair<LockOutcome, std::uint32_t>;

// Nothing for an act that is none, or where no lock word can be. `capacity`: bytes from the block to the end of the view.
std::optional<Locked> lock(void *block, std::int64_t capacity, std::int32_t act, std::int64_t rounds);

} // namespace shared
