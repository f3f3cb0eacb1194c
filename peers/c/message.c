/* Message: its JSON, written and read. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lengths.h"
#include "texts.h"

/* ---- written ---- */

/* How a byte is escaped: the letter after the backslash, 'u' for \u00xx, 0 for a byte that stands as it is. */
static char escape_of(uint8_t byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return byte < 0x20 ? 'u' : 0;
    }
}

static int64_t escaped_size(const PeerText *text)
{
    int64_t size = 0;
    for (int64_t i = 0; i < text->count; i++) {
        char escape = escape_of(text->bytes[i]);
        size += escape == 0 ? 1 : escape == 'u' ? 6 : 2;
    }
    return size;
}

static char *put_literal(char *at, const char *literal)
{
    size_t length = strlen(literal);
    memcpy(at, literal, length);
    return at + length;
}

static char *put_escaped(char *at, const PeerText *text)
{
    for (int64_t i = 0; i < text->count; i++) {
        uint8_t byte = text->bytes[i];
        char escape = escape_of(byte);
        if (escape != 0)
            *at++ = '\\';
        *at++ = escape != 0 ? escape : (char)byte;
        if (escape == 'u') {
            at = put_literal(at, "00");
            *at++ = "01"[byte >> 4];
            *at++ = "0123456789abcdef"[byte & 15];
        }
    }
    return at;
}

int64_t Message_Measure(const MessageTexts *texts)
{
    if (texts->title.count < 0 || texts->content.count < 0)
        return -1;
    int64_t around = sizeof "{\"title\":\"\",\"content\":\"\"}" - 1;
    return measured(offsetof(Message, json), around + escaped_size(&texts->title) + escaped_size(&texts->content));
}

void Message_Store(Message *message, const MessageTexts *texts)
{
    char *at = put_literal(message->json, "{\"title\":\"");
    at = put_escaped(at, &texts->title);
    at = put_literal(at, "\",\"content\":\"");
    at = put_escaped(at, &texts->content);
    at = put_literal(at, "\"}");
    publish_length(&message->length, at - message->json);
}

/* ---- read. Strings are unescaped where they stand: that never makes them longer. ---- */

typedef struct Json {
    uint8_t *at;
    uint8_t *end;
} Json;

static void skip_space(Json *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
        json->at++;
}

static int take(Json *json, char token)
{
    skip_space(json);
    if (json->at == json->end || *json->at != (uint8_t)token)
        return 0;
    json->at++;
    return 1;
}

static int32_t hex_unit(Json *json)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++, json->at++) {
        if (json->at == json->end)
            return -1;
        uint8_t digit = *json->at;
        int value = digit >= '0' && digit <= '9' ? digit - '0' : (digit | 32) >= 'a' && (digit | 32) <= 'f'
                  ? (digit | 32) - 'a' + 10 : -1;
        if (value < 0)
            return -1;
        unit = unit << 4 | value;
    }
    return unit;
}

/* The code point after \u, with the second half of a pair if that is what it begins; -1 for half a pair. */
static int32_t escaped_point(Json *json)
{
    int32_t high = hex_unit(json);
    if (high < 0xD800 || high > 0xDFFF)
        return high;
    if (high > 0xDBFF || json->end - json->at < 2 || json->at[0] != '\\' || json->at[1] != 'u')
        return -1;
    json->at += 2;
    int32_t low = hex_unit(json);
    return low < 0xDC00 || low > 0xDFFF ? -1 : 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static uint8_t *put_utf8(uint8_t *to, int32_t point)
{
    if (point < 0x80) {
        *to++ = (uint8_t)point;
        return to;
    }
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    *to++ = (uint8_t)(lead[more] | point >> (6 * more));
    while (more-- > 0)
        *to++ = (uint8_t)(0x80 | (point >> (6 * more) & 0x3F));
    return to;
}

static int32_t simple_escape(uint8_t letter)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *found = letter == 0 ? NULL : strchr(letters, letter);
    return found == NULL ? -1 : meanings[found - letters];
}

static int take_string(Json *json, PeerText *string)
{
    if (!take(json, '"'))
        return 0;
    uint8_t *to = string->bytes = json->at;
    while (json->at < json->end && *json->at != '"') {
        uint8_t byte = *json->at++;
        if (byte < 0x20)
            return 0;
        if (byte != '\\') {
            *to++ = byte;
            continue;
        }
        uint8_t letter = json->at < json->end ? *json->at++ : 0;
        int32_t point = letter == 'u' ? escaped_point(json) : simple_escape(letter);
        if (point < 0)
            return 0;
        to = put_utf8(to, point);
    }
    string->count = to - string->bytes;
    return take(json, '"');
}

static int is(const PeerText *key, const char *name)
{
    return key->count == (int64_t)strlen(name) && memcmp(key->bytes, name, (size_t)key->count) == 0;
}

static int take_message(Json *json, MessageTexts *found)
{
    PeerText key, value;
    int more = take(json, '{');
    while (more) {
        if (!take_string(json, &key) || !take(json, ':') || !take_string(json, &value))
            return 0;
        if (is(&key, "title"))
            found->title = value;
        else if (is(&key, "content"))
            found->content = value;
        more = take(json, ',');
    }
    int complete = take(json, '}') && found->title.bytes != NULL && found->content.bytes != NULL;
    skip_space(json);
    return complete && json->at == json->end;
}

static void give(PeerText *text, const PeerText *found)
{
    if (found->count > 0)
        memcpy(text->bytes, found->bytes, (size_t)found->count);
    text->count = found->count;
}

int32_t Message_Load(const Message *message, int64_t capacity, MessageTexts *texts)
{
    int64_t length = read_length(&message->length);
    if (length < 0 || length > capacity - (int64_t)offsetof(Message, json))
        return MAPPING_RANGE;
    uint8_t *copy = malloc((size_t)length + 1); /* read once: the writer may go on writing */
    if (copy == NULL)
        return MAPPING_NO_SPACE;
    memcpy(copy, message->json, (size_t)length);

    Json json = {copy, copy + length};
    MessageTexts found = {{NULL, 0}, {NULL, 0}};
    int32_t result = MAPPING_OK;
    if (!take_message(&json, &found))
        result = MAPPING_INVALID;
    else if (found.title.count > texts->title.count || found.content.count > texts->content.count)
        result = MAPPING_RANGE;
    if (result == MAPPING_OK) {
        give(&texts->title, &found.title);
        give(&texts->content, &found.content);
    }
    free(copy);
    return result;
}
