#include "records.hpp"

#include <algorithm>
#include <new>

using shared::Kind;

#define WORDS_OF(x) #x
#define WORDS(x) WORDS_OF(x)

#if defined(__clang__)
#define COMPILER "clang " WORDS(__clang_major__) "." WORDS(__clang_minor__) "." WORDS(__clang_patchlevel__)
#elif defined(__GNUC__)
#define COMPILER "g++ " __VERSION__
#elif defined(_MSC_VER)
#define COMPILER "msvc " WORDS(_MSC_VER)
#else
#define COMPILER "unknown"
#endif

#if defined(__x86_64__) || defined(_M_X64)
#define MACHINE "x86_64"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define MACHINE "aarch64"
#else
#define MACHINE "unknown"
#endif

#if defined(_WIN32)
#define SYSTEM "windows"
#else
#define SYSTEM "linux"
#endif

#if UINTPTR_MAX > 0xFFFFFFFFu
#define POINTER "8"
#else
#define POINTER "4"
#endif

namespace records {

// Before C++26 nothing lists what a declaration has besides.
const std::string_view introduction =
    R"({"peer":"cpp","language":"C++","version":")" COMPILER R"(","target":")" MACHINE "-" SYSTEM
    R"(","pointer":)" POINTER R"(,"cannot_tell":["bool32 from signed","which constants an enum has besides",)"
    R"("fields in holes that the layout does not have"]})";

const probe::Layout *find(std::int32_t index)
{
    return index >= 0 && index < probe::layouts.count ? &probe::layouts[index] : nullptr;
}

const probe::Layout *find(std::string_view name)
{
    const auto found = std::find_if(probe::layouts.begin(), probe::layouts.end(),
                                    [&](const probe::Layout &layout) { return layout.name == name; });
    return found == probe::layouts.end() ? nullptr : found;
}

// Where the record's fixed part ends: its size, or a field that a declaration shorter than its layout left outside.
static std::int64_t fixed_end(const probe::Layout &layout)
{
    std::int64_t end = layout.size;
    for (const probe::Leaf &leaf : layout.leaves)
        end = std::max(end, leaf.offset + leaf.width);
    return end;
}

Kind store(const probe::Layout &layout, void *record, std::int64_t capacity, const std::uint64_t *leaves,
           const PeerText *texts)
{
    if (record == nullptr || leaves == nullptr || (texts == nullptr && layout.text_count > 0))
        return Kind::invalid;
    try {
        const std::int64_t needed = layout.text_count > 0 ? layout.measure(texts) : 0;
        if (needed < 0)
            return Kind::invalid;
        if (needed > capacity || fixed_end(layout) > capacity)
            return Kind::range;
        for (std::int32_t i = 0; i < layout.leaves.count; i++)
            if (layout.leaves[i].unit == 0)
                layout.store(record, i, leaves[i]);
        if (layout.text_count > 0)
            layout.store_texts(record, texts);
    } catch (const std::bad_alloc &) {
        return Kind::no_space;
    }
    return Kind::ok;
}

Kind store_leaf(const probe::Layout &layout, void *record, std::int64_t capacity, std::int64_t leaf, std::uint64_t bits)
{
    if (record == nullptr || leaf < 0 || leaf >= layout.leaves.count)
        return Kind::invalid;
    if (layout.leaves[leaf].unit != 0) // a text cannot change without its length, and its neighbours in a body
        return Kind::unsupported;
    if (fixed_end(layout) > capacity)
        return Kind::range;
    layout.store(record, static_cast<std::int32_t>(leaf), bits);
    return Kind::ok;
}

Kind load(const probe::Layout &layout, const void *record, std::int64_t capacity, std::uint64_t *leaves,
          std::vector<std::string> &texts)
{
    if (record == nullptr || leaves == nullptr)
        return Kind::invalid;
    if (fixed_end(layout) > capacity)
        return Kind::range;
    try {
        const Kind kind = layout.text_count > 0 ? layout.load_texts(record, capacity, texts) : Kind::ok;
        if (kind != Kind::ok)
            return kind;
    } catch (const std::bad_alloc &) {
        return Kind::no_space;
    }
    for (std::int32_t i = 0; i < layout.leaves.count; i++)
        leaves[i] = layout.leaves[i].unit == 0 ? layout.load(record, i) : 0;
    return Kind::ok;
}

} // namespace records

// ---- exported ----

const char *PeerInfo()
{
    return records::introduction.data();
}

std::int32_t PeerLayoutCount()
{
    return probe::layouts.count;
}

const char *PeerLayoutName(std::int32_t layout)
{
    const probe::Layout *const found = records::find(layout);
    return found == nullptr ? nullptr : found->name;
}

std::int64_t PeerLayoutSize(std::int32_t layout)
{
    const probe::Layout *const found = records::find(layout);
    return found == nullptr ? -1 : found->size;
}

std::int64_t PeerLayoutAlign(std::int32_t layout)
{
    const probe::Layout *const found = records::find(layout);
    return found == nullptr ? -1 : found->align;
}

std::int32_t PeerLeafCount(std::int32_t layout)
{
    const probe::Layout *const found = records::find(layout);
    return found == nullptr ? -1 : found->leaves.count;
}

std::int32_t PeerMemberCount(std::int32_t layout)
{
    const probe::Layout *const found = records::find(layout);
    return found == nullptr ? -1 : found->members.count;
}

std::int32_t PeerConstantCount(std::int32_t layout)
{
    const probe::Layout *const found = records::find(layout);
    return found == nullptr ? -1 : found->constants.count;
}

const char *PeerLeafKind(std::int32_t layout, std::int32_t leaf)
{
    const probe::Layout *const found = records::find(layout);
    return found == nullptr || leaf < 0 || leaf >= found->leaves.count ? nullptr : found->leaves[leaf].kind;
}

// Gives the item of that index by what `give` makes of it, if there is one.
template <class Item, class Give>
static std::int32_t given(std::int32_t layout, probe::Items<Item> probe::Layout::*items, std::int32_t index, Give give)
{
    const probe::Layout *const found = records::find(layout);
    Kind kind = Kind::ok;
    if (found == nullptr)
        kind = Kind::unsupported;
    else if (index < 0 || index >= (found->*items).count)
        kind = Kind::invalid;
    else
        give((found->*items)[index]);
    return static_cast<std::int32_t>(kind);
}

std::int32_t PeerLeaf(std::int32_t layout, std::int32_t leaf, const char **path, std::int64_t *offset,
                      std::int64_t *width)
{
    if (path == nullptr || offset == nullptr || width == nullptr)
        return static_cast<std::int32_t>(Kind::invalid);
    return given(layout, &probe::Layout::leaves, leaf, [&](const probe::Leaf &found) {
        *path = found.path;
        *offset = found.offset;
        *width = found.width;
    });
}

std::int32_t PeerMember(std::int32_t layout, std::int32_t member, const char **path, std::int64_t *offset,
                        std::int64_t *size)
{
    if (path == nullptr || offset == nullptr || size == nullptr)
        return static_cast<std::int32_t>(Kind::invalid);
    return given(layout, &probe::Layout::members, member, [&](const probe::Member &found) {
        *path = found.path;
        *offset = found.offset;
        *size = found.size;
    });
}

std::int32_t PeerConstant(std::int32_t layout, std::int32_t constant, const char **enumeration, const char **name,
                          std::int64_t *value)
{
    if (enumeration == nullptr || name == nullptr || value == nullptr)
        return static_cast<std::int32_t>(Kind::invalid);
    return given(layout, &probe::Layout::constants, constant, [&](const probe::Constant &found) {
        *enumeration = found.enumeration;
        *name = found.name;
        *value = found.value;
    });
}

std::int32_t PeerStore(std::int32_t layout, void *record, std::int64_t capacity, const std::uint64_t *leaves,
                       const PeerText *texts)
{
    const probe::Layout *const found = records::find(layout);
    const Kind kind = found == nullptr ? Kind::unsupported : records::store(*found, record, capacity, leaves, texts);
    return static_cast<std::int32_t>(kind);
}

std::int32_t PeerStoreLeaf(std::int32_t layout, void *record, std::int64_t capacity, std::int32_t leaf,
                           std::uint64_t bits)
{
    const probe::Layout *const found = records::find(layout);
    const Kind kind = found == nullptr ? Kind::unsupported : records::store_leaf(*found, record, capacity, leaf, bits);
    return static_cast<std::int32_t>(kind);
}

// Copies the texts to where the caller wants them, all of them or none.
static Kind give(const std::vector<std::string> &values, PeerText *texts)
{
    for (std::size_t i = 0; i < values.size(); i++)
        if (static_cast<std::int64_t>(values[i].size()) > texts[i].count)
            return Kind::range;
    for (std::size_t i = 0; i < values.size(); i++) {
        std::copy(values[i].begin(), values[i].end(), texts[i].bytes);
        texts[i].count = static_cast<std::int64_t>(values[i].size());
    }
    return Kind::ok;
}

std::int32_t PeerLoad(std::int32_t layout, const void *record, std::int64_t capacity, std::uint64_t *leaves,
                      PeerText *texts)
{
    const probe::Layout *const found = records::find(layout);
    std::vector<std::string> values;
    Kind kind = Kind::invalid;
    if (found == nullptr)
        kind = Kind::unsupported;
    else if (texts != nullptr || found->text_count == 0)
        kind = records::load(*found, record, capacity, leaves, values);
    return static_cast<std::int32_t>(kind == Kind::ok ? give(values, texts) : kind);
}
