// The locked block, by compare-and-swap on the word.
#include "lock.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

namespace shared {

static_assert(sizeof(std::atomic<std::uint32_t>) == 4 && std::atomic<std::uint32_t>::is_always_lock_free,
              "the lock word is shared with other languages");

namespace {

constexpr std::uint32_t readers = 0x00FFFFFF;       // how many
constexpr std::uint32_t writer = 0x80000000;        // whether one
constexpr std::uint32_t uninitialized = 0xFF000000; // the top byte of a block that nobody has made ready

class LockedBlock {
public:
    LockedBlock(void *block, std::int64_t capacity)
        : word_{*static_cast<std::atomic<std::uint32_t> *>(block)},
          data_{static_cast<std::uint8_t *>(block) + sizeof word_}, size_{capacity - std::int64_t{sizeof word_}}
    {
    }

    // Only who has created the memory may do this: whoever holds a lock in it would lose it.
    Locked make()
    {
        std::uint32_t found = uninitialized;
        word_ = uninitialized;
        std::memset(data_, 0, static_cast<std::size_t>(size_));
        const bool made = word_.compare_exchange_strong(found, 0);
        return {made ? LockOutcome::ok : LockOutcome::uninitialized, made ? 0 : found};
    }

    Locked change(LockAct act)
    {
        for (std::uint32_t word = word_;;) {
            const auto [outcome, next] = after(word, act);
            if (outcome != LockOutcome::ok)
                return {outcome, word};
            if (word_.compare_exchange_weak(word, next))
                return {LockOutcome::ok, next};
        }
    }

    // The even rounds add one to every number, the odd ones look whether they are all alike.
    Locked hammer(std::int64_t rounds)
    {
        auto *const numbers = reinterpret_cast<volatile std::uint32_t *>(data_);
        const std::int64_t count = std::min<std::int64_t>(size_ / 4, 15);
        for (std::int64_t round = 0; round < rounds; round++) {
            const bool writing = round % 2 == 0;
            const Locked locked = lock_in_time(writing ? LockAct::write : LockAct::read);
            if (locked.first != LockOutcome::ok)
                return locked;
            bool torn = false;
            for (std::int64_t i = 0; i < count; i++)
                if (writing)
                    numbers[i] = numbers[i] + 1;
                else
                    torn |= numbers[i] != numbers[0];
            const Locked unlocked = change(writing ? LockAct::unlock_write : LockAct::unlock_read);
            if (torn)
                return {LockOutcome::torn, unlocked.second};
            if (unlocked.first != LockOutcome::ok)
                return unlocked;
        }
        return {LockOutcome::ok, word_};
    }

private:
    // The word that an act makes of this one, if it may.
    static Locked after(std::uint32_t word, LockAct act)
    {
        const bool writing = (word & writer) != 0;
        if ((word & uninitialized) == uninitialized)
            return {LockOutcome::uninitialized, word};
        if (act == LockAct::unlock_write)
            return {writing ? LockOutcome::ok : LockOutcome::not_locked, word & ~writer};
        if (writing)
            return {LockOutcome::write_locked, word};
        if (act == LockAct::read)
            return {(word & readers) == readers ? LockOutcome::max_readers : LockOutcome::ok, word + 1};
        if (act == LockAct::unlock_read)
            return {(word & readers) == 0 ? LockOutcome::not_locked : LockOutcome::ok, word - 1};
        return {(word & readers) == 0 ? LockOutcome::ok : LockOutcome::read_locked, word | writer};
    }

    Locked lock_in_time(LockAct act)
    {
        using Clock = std::chrono::steady_clock;
        for (const auto start = Clock::now();; std::this_thread::yield()) {
            const Locked locked = change(act);
            if (locked.first != LockOutcome::read_locked && locked.first != LockOutcome::write_locked)
                return locked;
            if (Clock::now() - start >= std::chrono::seconds{5})
                return {LockOutcome::stuck, locked.second};
        }
    }

    std::atomic<std::uint32_t> &word_;
    std::uint8_t *data_;
    std::int64_t size_;
};

} // namespace

std::optional<Locked> lock(void *block, std::int64_t capacity, std::int32_t act, std::int64_t rounds)
{
    const auto known = static_cast<LockAct>(act);
    const bool aligned = reinterpret_cast<std::uintptr_t>(block) % 4 == 0;
    if (block == nullptr || !aligned || capacity < 4 || rounds < 0 || known < LockAct::make || known > LockAct::hammer)
        return std::nullopt;
    LockedBlock locked{block, capacity};
    if (known == LockAct::hammer)
        return locked.hammer(rounds);
    return known == LockAct::make ? locked.make() : locked.change(known);
}

} // namespace shared
