/* Maps, views and raw bytes. */
#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lock.h"
#include "mapping.h"
#include "ordering.h"

int64_t system_code;

/* By number, from 1; a number is never given twice, and what is closed is NULL. */
static BufferFile **maps;
static View *views;
static int64_t map_count, view_count;

static int refused(int32_t result)
{
    system_code = result == MAPPING_OK ? 0 : BufferErrorCode();
    return result != MAPPING_OK;
}

/* Room for one more: doubled whenever it is used up. */
static void *grown(void *items, int64_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return items;
    void *larger = realloc(items, (size_t)(count == 0 ? 1 : 2 * count) * size);
    if (larger == NULL)
        abort();
    return larger;
}

static int64_t keep_map(BufferFile *file)
{
    maps = grown(maps, map_count, sizeof *maps);
    maps[map_count] = file;
    return ++map_count;
}

static int64_t keep_view(View view)
{
    views = grown(views, view_count, sizeof *views);
    views[view_count] = view;
    return ++view_count;
}

static BufferFile **open_map(const char *word)
{
    int64_t number;
    int found = parse_number(word, &number) && number >= 1 && number <= map_count && maps[number - 1] != NULL;
    return found ? &maps[number - 1] : NULL;
}

const View *open_view(const char *word)
{
    int64_t number;
    int found = parse_number(word, &number) && number >= 1 && number <= view_count && views[number - 1].bytes != NULL;
    return found ? &views[number - 1] : NULL;
}

void close_everything(void)
{
    for (int64_t i = 0; i < view_count; i++)
        FreeBuffer(views[i].bytes);
    for (int64_t i = 0; i < map_count; i++)
        FreeBufferFile(maps[i]);
}

static int32_t open_file(const Request *request, const char *size_word, int32_t mode)
{
    int64_t size = 0;
    if (size_word != NULL && !parse_number(size_word, &size))
        return MAPPING_INVALID;
    switch (decode_name(request->words[2])) {
    case NAME_MALFORMED:
        return MAPPING_INVALID;
    case NAME_WITH_NUL:
        return MAPPING_INVALID_NAME;
    }
    BufferFile *file;
    int32_t result = OpenBufferFile(request->words[2], size, mode, &file);
    if (refused(result))
        return result;
    begin_answer(request);
    printf("\"map\":%" PRId64 ",\"created\":%s,\"capacity\":%" PRId64, keep_map(file),
           BufferFileCreated(file) ? "true" : "false", BufferFileCapacity(file));
    end_answer();
    return MAPPING_OK;
}

int32_t do_create_new(const Request *request)
{
    return open_file(request, request->words[3], SEGMENT_CREATE_NEW);
}

int32_t do_create_or_open(const Request *request)
{
    return open_file(request, request->words[3], SEGMENT_CREATE_OR_OPEN);
}

int32_t do_open_existing(const Request *request)
{
    const char *rights = request->count > 3 ? request->words[3] : "read_write";
    if (strcmp(rights, "read") == 0)
        return open_file(request, NULL, SEGMENT_OPEN_READ);
    return strcmp(rights, "read_write") == 0 ? open_file(request, NULL, SEGMENT_OPEN) : MAPPING_INVALID;
}

/* -1 for a word that is no access. */
static int32_t parse_access(const char *word)
{
    static const char *const names[] = {"read", "write", "read_write", "copy"};
    for (int32_t access = VIEW_READ; access <= VIEW_COPY; access++)
        if (strcmp(word, names[access]) == 0)
            return access;
    return -1;
}

int32_t do_view(const Request *request)
{
    int64_t offset, size;
    int32_t access = parse_access(request->words[5]);
    const char *kind = request->count > 6 ? request->words[6] : "accessor";
    if (!parse_number(request->words[3], &offset) || !parse_number(request->words[4], &size) || access < 0)
        return MAPPING_INVALID;
    if (strcmp(kind, "accessor") != 0)
        return strcmp(kind, "stream") == 0 ? MAPPING_UNSUPPORTED : MAPPING_INVALID;
    BufferFile **map = open_map(request->words[2]);
    if (map == NULL)
        return MAPPING_CLOSED;
    void *buffer;
    int32_t result = MapBuffer(*map, offset, size, access, &buffer);
    if (refused(result))
        return result;
    View view = {buffer, BufferCapacity(buffer), access != VIEW_WRITE, access != VIEW_READ};
    begin_answer(request);
    printf("\"view\":%" PRId64 ",\"capacity\":%" PRId64, keep_view(view), view.capacity);
    end_answer();
    return MAPPING_OK;
}

static int outside(const View *view, int64_t offset, int64_t count)
{
    return offset < 0 || count < 0 || offset > view->capacity || count > view->capacity - offset;
}

int32_t do_peek(const Request *request)
{
    int64_t offset, count;
    if (!parse_number(request->words[3], &offset) || !parse_number(request->words[4], &count))
        return MAPPING_INVALID;
    const View *view = open_view(request->words[2]);
    if (view == NULL)
        return MAPPING_CLOSED;
    if (!view->readable)
        return MAPPING_ACCESS;
    if (outside(view, offset, count))
        return MAPPING_RANGE;
    begin_answer(request);
    printf("\"bytes\":\"");
    put_hex(view->bytes + offset, count);
    printf("\"");
    end_answer();
    return MAPPING_OK;
}

int32_t do_poke(const Request *request)
{
    static uint8_t bytes[LINE_LIMIT / 2];
    int64_t offset, count;
    if (!parse_number(request->words[3], &offset) || !parse_bytes(request->words[4], bytes, &count))
        return MAPPING_INVALID;
    const View *view = open_view(request->words[2]);
    if (view == NULL)
        return MAPPING_CLOSED;
    if (!view->writable)
        return MAPPING_ACCESS;
    if (outside(view, offset, count))
        return MAPPING_RANGE;
    memcpy(view->bytes + offset, bytes, (size_t)count);
    begin_answer(request);
    end_answer();
    return MAPPING_OK;
}

/* What stands there now; the writer's earlier stores are visible once its value is. */
static uint32_t look(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    ACQUIRE(); /* which also makes the compiler look again the next time */
    return value;
}

int32_t do_await(const Request *request)
{
    int64_t offset, patience;
    if (!parse_number(request->words[3], &offset) || !parse_number(request->words[4], &patience) || patience < 0)
        return MAPPING_INVALID;
    const View *view = open_view(request->words[2]);
    if (view == NULL)
        return MAPPING_CLOSED;
    if (!view->readable)
        return MAPPING_ACCESS;
    if (outside(view, offset, 4))
        return MAPPING_RANGE;
    int64_t start = now_milliseconds();
    uint32_t value;
    while ((value = look(view->bytes + offset)) == 0) {
        if (now_milliseconds() - start >= patience)
            return MAPPING_TIMEOUT;
        sleep_a_millisecond();
    }
    begin_answer(request);
    printf("\"value\":\"%08" PRIx32 "\"", value);
    end_answer();
    return MAPPING_OK;
}

/* -1 for a word that is no act. */
static int32_t parse_act(const char *word)
{
    static const char *const names[] = {"new", "read", "unlock_read", "write", "unlock_write", "hammer"};
    for (int32_t act = 0; act < LOCK_ACT_COUNT; act++)
        if (strcmp(word, names[act]) == 0)
            return act;
    return -1;
}

int32_t do_lock(const Request *request)
{
    static const char *const outcomes[] = {"ok",          "uninitialized", "write_locked", "read_locked",
                                           "max_readers", "not_locked",    "torn",         "stuck"};
    int64_t offset, rounds = 0;
    int32_t act = parse_act(request->words[4]);
    int hammers = act == LOCK_HAMMER;
    if (!parse_number(request->words[3], &offset) || act < 0 || hammers != (request->count > 5))
        return MAPPING_INVALID;
    if (hammers && !parse_number(request->words[5], &rounds))
        return MAPPING_INVALID;
    const View *view = open_view(request->words[2]);
    if (view == NULL)
        return MAPPING_CLOSED;
    if (!view->readable || !view->writable)
        return MAPPING_ACCESS;
    if (outside(view, offset, 4))
        return MAPPING_RANGE;
    uint32_t word;
    int32_t outcome = PeerLock(view->bytes + offset, view->capacity - offset, act, rounds, &word);
    if (outcome < 0)
        return MAPPING_INVALID;
    begin_answer(request);
    printf("\"result\":\"%s\",\"word\":\"%08" PRIx32 "\"", outcomes[outcome], word);
    end_answer();
    return MAPPING_OK;
}

int32_t do_close_view(const Request *request)
{
    const View *view = open_view(request->words[2]);
    if (view == NULL)
        return MAPPING_CLOSED;
    FreeBuffer(view->bytes);
    views[view - views].bytes = NULL;
    begin_answer(request);
    end_answer();
    return MAPPING_OK;
}

int32_t do_close_map(const Request *request)
{
    BufferFile **map = open_map(request->words[2]);
    if (map == NULL)
        return MAPPING_CLOSED;
    FreeBufferFile(*map);
    *map = NULL;
    begin_answer(request);
    end_answer();
    return MAPPING_OK;
}
