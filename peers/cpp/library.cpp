// The exported functions: what goes wrong leaves them as a number, never as an exception.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "contract.hpp"
#include "lock.hpp"
#include "mutex.hpp"
#include "probe.hpp"
#include "segment.hpp"

using shared::Kind;

struct BufferFile {
    shared::Segment segment;
};

namespace {

thread_local std::int64_t last_error = 0;

std::int32_t refused(Kind kind, std::int64_t code)
{
    last_error = code;
    return static_cast<std::int32_t>(kind);
}

template <class Action>
std::int32_t answered(Action action) noexcept
{
    try {
        action();
        return static_cast<std::int32_t>(Kind::ok);
    } catch (const shared::Failure &failure) {
        return refused(failure.kind, failure.code);
    } catch (const std::bad_alloc &) {
        return refused(Kind::no_space, shared::platform::out_of_memory);
    } catch (...) {
        return refused(Kind::failed, shared::platform::invalid_argument);
    }
}

// The buffers that were given out, the one mapped last at the end.
class Buffers {
public:
    void *keep(shared::View view)
    {
        const std::lock_guard<Mutex> guard{mutex_};
        views_.push_back(std::move(view));
        return views_.back().bytes();
    }

    void drop(const void *buffer)
    {
        const std::lock_guard<Mutex> guard{mutex_};
        if (const auto found = find(buffer); found != views_.end()) {
            std::rotate(found, found + 1, views_.end());
            views_.pop_back();
        }
    }

    std::int64_t capacity(const void *buffer)
    {
        const std::lock_guard<Mutex> guard{mutex_};
        const auto found = find(buffer);
        return found == views_.end() ? 0 : found->capacity();
    }

    // Null if there is none, it is shorter than size, or it may not be written to.
    void *last(std::int64_t size, bool writing)
    {
        const std::lock_guard<Mutex> guard{mutex_};
        const bool fits = !views_.empty() && views_.back().capacity() >= size && (!writing || views_.back().writable());
        return fits ? views_.back().bytes() : nullptr;
    }

private:
    std::vector<shared::View>::iterator find(const void *buffer)
    {
        return std::find_if(views_.begin(), views_.end(), [&](const auto &view) { return view.bytes() == buffer; });
    }

    Mutex mutex_;
    std::vector<shared::View> views_;
};

// Never destroyed: a host may still use its buffers while it ends.
Buffers &buffers()
{
    static Buffers *const all = std::make_unique<Buffers>().release();
    return *all;
}

} // namespace

// ---- segments ----

std::int32_t OpenBufferFile(const char *name, std::int64_t size, std::int32_t mode, BufferFile **file)
{
    if (file != nullptr)
        *file = nullptr;
    if (file == nullptr || mode < 0 || mode > static_cast<std::int32_t>(shared::Mode::open_read))
        return refused(Kind::invalid, shared::platform::invalid_argument);
    if (name == nullptr)
        return refused(Kind::invalid_name, shared::platform::invalid_argument);
    return answered([&] {
        shared::Segment segment = shared::Segment::open(name, size, static_cast<shared::Mode>(mode));
        *file = std::make_unique<BufferFile>(BufferFile{std::move(segment)}).release();
    });
}

void FreeBufferFile(BufferFile *file)
{
    const std::unique_ptr<BufferFile> owned{file};
}

std::int64_t BufferFileCapacity(const BufferFile *file)
{
    return file == nullptr ? 0 : file->segment.capacity();
}

std::int32_t BufferFileCreated(const BufferFile *file)
{
    return file == nullptr ? -1 : file->segment.created();
}

std::int32_t MapBuffer(BufferFile *file, std::int64_t offset, std::int64_t size, std::int32_t access, void **buffer)
{
    if (buffer != nullptr)
        *buffer = nullptr;
    if (file == nullptr && buffer != nullptr)
        return refused(Kind::closed, shared::platform::invalid_argument);
    if (buffer == nullptr || access < 0 || access > static_cast<std::int32_t>(shared::Access::copy))
        return refused(Kind::invalid, shared::platform::invalid_argument);
    return answered(
        [&] { *buffer = buffers().keep(file->segment.map(offset, size, static_cast<shared::Access>(access))); });
}

void FreeBuffer(void *buffer)
{
    buffers().drop(buffer);
}

std::int64_t BufferCapacity(const void *buffer)
{
    return buffers().capacity(buffer);
}

std::int64_t BufferErrorCode()
{
    return last_error;
}

BufferFile *CreateBufferFile(const char *name, std::int64_t size)
{
    BufferFile *file;
    OpenBufferFile(name, size, static_cast<std::int32_t>(shared::Mode::create_or_open), &file);
    return file;
}

void *CreateBuffer(BufferFile *file)
{
    void *buffer;
    MapBuffer(file, 0, 0, static_cast<std::int32_t>(shared::Access::read_write), &buffer);
    return buffer;
}

void Write(std::int32_t value)
{
    if (void *const buffer = buffers().last(sizeof value, true))
        std::memcpy(buffer, &value, sizeof value);
}

std::int32_t Read()
{
    std::int32_t value = 0;
    if (const void *const buffer = buffers().last(sizeof value, false))
        std::memcpy(&value, buffer, sizeof value);
    return value;
}

std::int32_t PeerLock(void *block, std::int64_t capacity, std::int32_t act, std::int64_t rounds, std::uint32_t *word)
{
    const auto locked = word == nullptr ? std::nullopt : shared::lock(block, capacity, act, rounds);
    if (!locked)
        return -1;
    *word = locked->second;
    return static_cast<std::int32_t>(locked->first);
}
