// Windows: the system's own named sections.
#if defined(_WIN32)

#include "segment.hpp"

#include <string>

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

namespace shared {

namespace {

Kind kind_of(DWORD code)
{
    switch (code) {
    case ERROR_ALREADY_EXISTS:
        return Kind::exists;
    case ERROR_FILE_NOT_FOUND:
        return Kind::not_found;
    case ERROR_ACCESS_DENIED:
        return Kind::access;
    case ERROR_PATH_NOT_FOUND: // a backslash after anything but Local and Global
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_NO_UNICODE_TRANSLATION:
        return Kind::invalid_name;
    case ERROR_INVALID_PARAMETER: // of what is passed here, only a size can be one
        return Kind::invalid_size;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_DISK_FULL:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
        return Kind::no_space;
    default:
        return Kind::failed;
    }
}

[[noreturn]] void refuse(DWORD code)
{
    throw Failure{kind_of(code), code};
}

SYSTEM_INFO system_info()
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info;
}

DWORD high(std::int64_t number)
{
    return static_cast<DWORD>(static_cast<std::uint64_t>(number) >> 32);
}

DWORD low(std::int64_t number)
{
    return static_cast<DWORD>(static_cast<std::uint64_t>(number));
}

struct HandleCloser {
    using pointer = HANDLE;
    void operator()(HANDLE handle) const noexcept { CloseHandle(handle); }
};
using Handle = std::unique_ptr<HANDLE, HandleCloser>;

class HeldSection : public Held {
public:
    explicit HeldSection(Handle handle) noexcept : handle_{std::move(handle)} {}

    void *map(std::int64_t offset, std::int64_t size, Access access) const override
    {
        constexpr DWORD rights[] = {FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_READ | FILE_MAP_WRITE, FILE_MAP_COPY};
        void *const base = MapViewOfFile(handle_.get(), rights[static_cast<int>(access)], high(offset), low(offset),
                                         static_cast<SIZE_T>(size));
        if (base == nullptr)
            refuse(GetLastError());
        return base;
    }

private:
    Handle handle_;
};

std::wstring wide(std::string_view name)
{
    if (name.size() > 0xFFFF) // longer than any name of the system
        refuse(ERROR_FILENAME_EXCED_RANGE);
    const int length = static_cast<int>(name.size());
    std::wstring wide(name.size(), L'\0');
    const int units =
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name.data(), length, wide.data(), length);
    if (units == 0)
        refuse(GetLastError());
    wide.resize(static_cast<std::size_t>(units));
    return wide;
}

// Nothing documented tells a section's size; the regions of a view of all of it do. There may be several where
// another program reserves a section and commits it bit by bit.
std::int64_t section_capacity(const Handle &handle)
{
    char *const base = static_cast<char *>(MapViewOfFile(handle.get(), FILE_MAP_READ, 0, 0, 0));
    if (base == nullptr)
        refuse(GetLastError());
    std::int64_t capacity = 0;
    MEMORY_BASIC_INFORMATION region;
    while (VirtualQuery(base + capacity, &region, sizeof region) != 0 && region.AllocationBase == base)
        capacity += static_cast<std::int64_t>(region.RegionSize);
    UnmapViewOfFile(base);
    return capacity;
}

HANDLE open_section(const wchar_t *name, std::int64_t size, Mode mode)
{
    if (mode == Mode::open)
        return OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name);
    if (mode == Mode::open_read)
        return OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    // A success need not reset the last error, and whether the section was there already is told by nothing else.
    SetLastError(ERROR_SUCCESS);
    return CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, high(size), low(size), name);
}

} // namespace

namespace platform {

const std::int64_t invalid_argument = ERROR_INVALID_PARAMETER, access_denied = ERROR_ACCESS_DENIED,
                   outside = ERROR_ACCESS_DENIED, out_of_memory = ERROR_NOT_ENOUGH_MEMORY;

std::int64_t granularity()
{
    return system_info().dwAllocationGranularity;
}

std::unique_ptr<Held> open(std::string_view name, std::int64_t size, Mode mode)
{
    const bool creates = mode == Mode::create_new || mode == Mode::create_or_open;
    const std::wstring spelled = wide(name);
    Handle handle{open_section(spelled.c_str(), size, mode)};
    const DWORD code = GetLastError();
    if (!handle)
        refuse(code);
    const bool created = creates && code != ERROR_ALREADY_EXISTS;
    if (mode == Mode::create_new && !created)
        refuse(ERROR_ALREADY_EXISTS); // and closes what would keep the other's section alive
    const std::int64_t page = system_info().dwPageSize;
    const std::int64_t capacity = created ? (size - 1) / page * page + page : section_capacity(handle);
    auto held = std::make_unique<HeldSection>(std::move(handle));
    held->capacity = capacity;
    held->created = created;
    return held;
}

void unmap(void *base, std::int64_t) noexcept
{
    UnmapViewOfFile(base);
}

} // namespace platform

} // namespace shared

#endif
