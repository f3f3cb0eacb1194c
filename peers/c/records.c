/* The verbs about records: describe, store, store_leaf and load. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "session.h"

/* -1 for a layout this peer does not declare. */
static int32_t layout_index(const char *name)
{
    for (int32_t i = 0; i < layout_count; i++)
        if (strcmp(layouts[i].name, name) == 0)
            return i;
    return -1;
}

/* Words 2, 3 and 4 of a request about a record in a view. */
typedef struct Target {
    const View *view;
    int64_t offset;
    int32_t index;
    const Layout *layout;
} Target;

static int32_t find_target(const Request *request, Target *target)
{
    if (!parse_number(request->words[3], &target->offset))
        return MAPPING_INVALID;
    target->index = layout_index(request->words[4]);
    if (target->index < 0)
        return MAPPING_UNSUPPORTED;
    target->layout = &layouts[target->index];
    target->view = open_view(request->words[2]);
    if (target->view == NULL)
        return MAPPING_CLOSED;
    return target->offset < 0 || target->offset > target->view->capacity ? MAPPING_RANGE : MAPPING_OK;
}

static uint8_t *record_of(const Target *target)
{
    return target->view->bytes + target->offset;
}

static int64_t room_of(const Target *target)
{
    return target->view->capacity - target->offset;
}

static int32_t answer_nothing(const Request *request, int32_t result)
{
    if (result == MAPPING_OK) {
        begin_answer(request);
        end_answer();
    }
    return result;
}

static void put_leaves(const Layout *layout)
{
    for (int32_t i = 0; i < layout->leaf_count; i++) {
        const Leaf *leaf = &layout->leaves[i];
        printf("%s[\"%s\",%" PRId64 ",%" PRId64 ",\"%s\"]", i == 0 ? "" : ",", leaf->path, leaf->offset, leaf->width,
               leaf->kind);
    }
}

static void put_members(const Layout *layout)
{
    for (int32_t i = 0; i < layout->member_count; i++) {
        const Member *member = &layout->members[i];
        printf("%s[\"%s\",%" PRId64 ",%" PRId64 "]", i == 0 ? "" : ",", member->path, member->offset, member->size);
    }
}

/* The constants of one enumeration stand together. */
static void put_enumerations(const Layout *layout)
{
    const char *last = "";
    for (int32_t i = 0; i < layout->constant_count; i++) {
        const Constant *constant = &layout->constants[i];
        if (strcmp(constant->enumeration, last) == 0)
            printf(",");
        else
            printf("%s\"%s\":{", i == 0 ? "" : "},", constant->enumeration);
        printf("\"%s\":", constant->name);
        if (constant->negative)
            printf("%" PRId64, constant->value);
        else
            printf("%" PRIu64, (uint64_t)constant->value);
        last = constant->enumeration;
    }
    printf(layout->constant_count == 0 ? "" : "}");
}

int32_t do_describe(const Request *request)
{
    int32_t index = layout_index(request->words[2]);
    if (index < 0)
        return MAPPING_UNSUPPORTED;
    const Layout *layout = &layouts[index];
    begin_answer(request);
    printf("\"size\":%" PRId64 ",\"align\":%" PRId64 ",\"leaves\":[", layout->size, layout->align);
    put_leaves(layout);
    printf("],\"members\":[");
    put_members(layout);
    printf("],\"enums\":{");
    put_enumerations(layout);
    printf("}");
    end_answer();
    return MAPPING_OK;
}

static int parse_text(const char *word, int32_t unit, PeerText *text)
{
    text->count = 0;
    if (strcmp(word, "-") == 0)
        return 1;
    return *word != '\0' && parse_bytes(word, text->bytes, &text->count) && text->count % unit == 0;
}

/* Texts are parsed one behind the other: together they are never longer than the line they came in. */
static int parse_leaves(const Layout *layout, char **words, uint64_t *leaves, PeerText *texts)
{
    static uint8_t bytes[LINE_LIMIT / 2];
    uint8_t *free_bytes = bytes;
    for (int32_t i = 0; i < layout->leaf_count; i++) {
        const Leaf *leaf = &layout->leaves[i];
        if (leaf->unit == 0) {
            if (!parse_bits(words[i], leaf->bytes, &leaves[i]))
                return 0;
            continue;
        }
        texts->bytes = free_bytes;
        if (!parse_text(words[i], leaf->unit, texts))
            return 0;
        free_bytes += texts->count;
        texts++;
    }
    return 1;
}

int32_t do_store(const Request *request)
{
    Target target;
    int32_t result = find_target(request, &target);
    if (result != MAPPING_OK)
        return result;
    if (!target.view->writable)
        return MAPPING_ACCESS;
    const Layout *layout = target.layout;
    if (request->count - 5 != layout->leaf_count)
        return MAPPING_INVALID;
    uint64_t *leaves = calloc((size_t)layout->leaf_count + 1, sizeof *leaves);
    PeerText *texts = calloc((size_t)layout->text_count + 1, sizeof *texts);
    if (leaves == NULL || texts == NULL)
        result = MAPPING_NO_SPACE;
    else if (!parse_leaves(layout, request->words + 5, leaves, texts))
        result = MAPPING_INVALID;
    else
        result = PeerStore(target.index, record_of(&target), room_of(&target), leaves, texts);
    free(texts);
    free(leaves);
    return answer_nothing(request, result);
}

int32_t do_store_leaf(const Request *request)
{
    Target target;
    int64_t index;
    uint64_t bits;
    int32_t result = find_target(request, &target);
    if (result != MAPPING_OK)
        return result;
    if (!target.view->writable)
        return MAPPING_ACCESS;
    if (!parse_number(request->words[5], &index) || index < 0 || index >= target.layout->leaf_count)
        return MAPPING_INVALID;
    const Leaf *leaf = &target.layout->leaves[index];
    if (leaf->unit != 0)
        return MAPPING_UNSUPPORTED;
    if (!parse_bits(request->words[6], leaf->bytes, &bits))
        return MAPPING_INVALID;
    return answer_nothing(request,
                          PeerStoreLeaf(target.index, record_of(&target), room_of(&target), (int32_t)index, bits));
}

static void answer_leaves(const Request *request, const Layout *layout, const uint64_t *leaves, const PeerText *texts)
{
    begin_answer(request);
    printf("\"leaves\":[");
    for (int32_t i = 0; i < layout->leaf_count; i++) {
        const Leaf *leaf = &layout->leaves[i];
        printf(i == 0 ? "\"" : ",\"");
        if (leaf->unit == 0) {
            put_bits(leaves[i], leaf->bytes);
        } else if (texts->count == 0) {
            printf("-");
            texts++;
        } else {
            put_hex(texts->bytes, texts->count);
            texts++;
        }
        printf("\"");
    }
    printf("]");
    end_answer();
}

/* No text is longer than what is left of its view, nor than its length can say. */
static int allocate_texts(PeerText *texts, int32_t count, int64_t room)
{
    for (int32_t i = 0; i < count; i++) {
        texts[i].count = room < INT32_MAX ? room : INT32_MAX;
        texts[i].bytes = malloc((size_t)texts[i].count + 1);
        if (texts[i].bytes == NULL)
            return 0;
    }
    return 1;
}

int32_t do_load(const Request *request)
{
    Target target;
    int32_t result = find_target(request, &target);
    if (result != MAPPING_OK)
        return result;
    if (!target.view->readable)
        return MAPPING_ACCESS;
    const Layout *layout = target.layout;
    uint64_t *leaves = calloc((size_t)layout->leaf_count + 1, sizeof *leaves);
    PeerText *texts = calloc((size_t)layout->text_count + 1, sizeof *texts);
    if (leaves == NULL || texts == NULL || !allocate_texts(texts, layout->text_count, room_of(&target)))
        result = MAPPING_NO_SPACE;
    else
        result = PeerLoad(target.index, record_of(&target), room_of(&target), leaves, texts);
    if (result == MAPPING_OK)
        answer_leaves(request, layout, leaves, texts);
    for (int32_t i = 0; texts != NULL && i < layout->text_count; i++)
        free(texts[i].bytes);
    free(texts);
    free(leaves);
    return result;
}
