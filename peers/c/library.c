/* The exported functions over the probe's table. */
#include "probe.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

#if defined(__clang__)
#define COMPILER "clang " TEXT(__clang_major__) "." TEXT(__clang_minor__) "." TEXT(__clang_patchlevel__)
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#elif defined(_MSC_VER)
#define COMPILER "msvc " TEXT(_MSC_VER)
#else
#define COMPILER "unknown"
#endif

#if defined(__x86_64__) || defined(_M_X64)
#define MACHINE "x86_64"
#elif defined(__i386__) || defined(_M_IX86)
#define MACHINE "i686"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define MACHINE "aarch64"
#elif defined(__s390x__)
#define MACHINE "s390x"
#elif defined(__arm__)
#define MACHINE "armv7"
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE "riscv64"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define MACHINE "powerpc64le"
#elif defined(__powerpc64__)
#define MACHINE "powerpc64"
#else
#define MACHINE "unknown"
#endif

#if defined(_WIN32)
#define SYSTEM "windows"
#elif defined(__ARM_PCS_VFP)
#define SYSTEM "linux-gnueabihf"
#else
#define SYSTEM "linux"
#endif

#if UINTPTR_MAX > 0xFFFFFFFFu
#define POINTER "8"
#else
#define POINTER "4"
#endif

/* What this language takes for the same, and what it does not say of a declaration at all. */
#if WCHAR_MIN < 0
#define WIDE "\"wchar from signed\","
#else
#define WIDE "\"wchar from unsigned\","
#endif
#define CANNOT_TELL                                                                                           \
    "[\"char8 from unsigned\",\"char16 from unsigned\",\"char32 from unsigned\"," WIDE                         \
    "\"bool32 from signed\",\"enum from signed\",\"enum from unsigned\",\"which constants an enum has besides\"," \
    "\"fields in holes that the layout does not have\"]"

static const Layout *find_layout(int32_t layout)
{
    return layout >= 0 && layout < layout_count ? &layouts[layout] : NULL;
}

/* Where the record's fixed part ends: its size, or a field that a declaration shorter than its layout left outside. */
static int64_t fixed_end(const Layout *layout)
{
    int64_t end = layout->size;
    for (int32_t i = 0; i < layout->leaf_count; i++)
        if (end < layout->leaves[i].offset + layout->leaves[i].width)
            end = layout->leaves[i].offset + layout->leaves[i].width;
    return end;
}

const char *PeerInfo(void)
{
    return "{\"peer\":\"c\",\"language\":\"C\",\"version\":\"" COMPILER "\",\"target\":\"" MACHINE "-" SYSTEM
           "\",\"pointer\":" POINTER ",\"cannot_tell\":" CANNOT_TELL "}";
}

int32_t PeerLayoutCount(void)
{
    return layout_count;
}

const char *PeerLayoutName(int32_t layout)
{
    const Layout *found = find_layout(layout);
    return found == NULL ? NULL : found->name;
}

int64_t PeerLayoutSize(int32_t layout)
{
    const Layout *found = find_layout(layout);
    return found == NULL ? -1 : found->size;
}

int64_t PeerLayoutAlign(int32_t layout)
{
    const Layout *found = find_layout(layout);
    return found == NULL ? -1 : found->align;
}

int32_t PeerLeafCount(int32_t layout)
{
    const Layout *found = find_layout(layout);
    return found == NULL ? -1 : found->leaf_count;
}

int32_t PeerLeaf(int32_t layout, int32_t leaf, const char **path, int64_t *offset, int64_t *width)
{
    const Layout *found = find_layout(layout);
    if (found == NULL)
        return MAPPING_UNSUPPORTED;
    if (leaf < 0 || leaf >= found->leaf_count || path == NULL || offset == NULL || width == NULL)
        return MAPPING_INVALID;
    *path = found->leaves[leaf].path;
    *offset = found->leaves[leaf].offset;
    *width = found->leaves[leaf].width;
    return MAPPING_OK;
}

const char *PeerLeafKind(int32_t layout, int32_t leaf)
{
    const Layout *found = find_layout(layout);
    return found == NULL || leaf < 0 || leaf >= found->leaf_count ? NULL : found->leaves[leaf].kind;
}

int32_t PeerMemberCount(int32_t layout)
{
    const Layout *found = find_layout(layout);
    return found == NULL ? -1 : found->member_count;
}

int32_t PeerMember(int32_t layout, int32_t member, const char **path, int64_t *offset, int64_t *size)
{
    const Layout *found = find_layout(layout);
    if (found == NULL)
        return MAPPING_UNSUPPORTED;
    if (member < 0 || member >= found->member_count || path == NULL || offset == NULL || size == NULL)
        return MAPPING_INVALID;
    *path = found->members[member].path;
    *offset = found->members[member].offset;
    *size = found->members[member].size;
    return MAPPING_OK;
}

int32_t PeerConstantCount(int32_t layout)
{
    const Layout *found = find_layout(layout);
    return found == NULL ? -1 : found->constant_count;
}

int32_t PeerConstant(int32_t layout, int32_t constant, const char **enumeration, const char **name, int64_t *value)
{
    const Layout *found = find_layout(layout);
    if (found == NULL)
        return MAPPING_UNSUPPORTED;
    if (constant < 0 || constant >= found->constant_count || enumeration == NULL || name == NULL || value == NULL)
        return MAPPING_INVALID;
    *enumeration = found->constants[constant].enumeration;
    *name = found->constants[constant].name;
    *value = found->constants[constant].value;
    return MAPPING_OK;
}

int32_t PeerStore(int32_t layout, void *record, int64_t capacity, const uint64_t *leaves, const PeerText *texts)
{
    const Layout *found = find_layout(layout);
    if (found == NULL)
        return MAPPING_UNSUPPORTED;
    if (record == NULL || leaves == NULL || (texts == NULL && found->text_count > 0))
        return MAPPING_INVALID;
    int64_t needed = found->text_count > 0 ? found->measure(texts) : 0;
    if (needed < 0)
        return MAPPING_INVALID;
    if (needed > capacity || fixed_end(found) > capacity)
        return MAPPING_RANGE;
    for (int32_t i = 0; i < found->leaf_count; i++)
        if (found->leaves[i].unit == 0)
            found->store(record, i, leaves[i]);
    if (found->text_count > 0)
        found->store_texts(record, texts);
    return MAPPING_OK;
}

int32_t PeerStoreLeaf(int32_t layout, void *record, int64_t capacity, int32_t leaf, uint64_t bits)
{
    const Layout *found = find_layout(layout);
    if (found == NULL)
        return MAPPING_UNSUPPORTED;
    if (record == NULL || leaf < 0 || leaf >= found->leaf_count)
        return MAPPING_INVALID;
    if (found->leaves[leaf].unit != 0) /* a text cannot change without its length, and its neighbours in a body */
        return MAPPING_UNSUPPORTED;
    if (fixed_end(found) > capacity)
        return MAPPING_RANGE;
    found->store(record, leaf, bits);
    return MAPPING_OK;
}

int32_t PeerLoad(int32_t layout, const void *record, int64_t capacity, uint64_t *leaves, PeerText *texts)
{
    const Layout *found = find_layout(layout);
    if (found == NULL)
        return MAPPING_UNSUPPORTED;
    if (record == NULL || leaves == NULL || (texts == NULL && found->text_count > 0))
        return MAPPING_INVALID;
    if (fixed_end(found) > capacity)
        return MAPPING_RANGE;
    int32_t result = found->text_count > 0 ? found->load_texts(record, capacity, texts) : MAPPING_OK;
    for (int32_t i = 0; result == MAPPING_OK && i < found->leaf_count; i++)
        leaves[i] = found->leaves[i].unit == 0 ? found->load(record, i) : 0;
    return result;
}
