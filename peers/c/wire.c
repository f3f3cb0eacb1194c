#include "wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#include <io.h>
#define read _read
#else
#include <unistd.h>
#endif

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static int hex_byte(const char *at)
{
    int high = hex_digit(at[0]);
    int low = high < 0 ? -1 : hex_digit(at[1]);
    return low < 0 ? -1 : high << 4 | low;
}

int parse_number(const char *word, int64_t *number)
{
    int negative = *word == '-';
    const char *digit = word + negative;
    if (*digit == '\0')
        return 0;
    int64_t value = 0;
    for (; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || value > (INT64_MAX - (*digit - '0')) / 10)
            return 0;
        value = value * 10 + (*digit - '0');
    }
    *number = negative ? -value : value;
    return 1;
}

int parse_bytes(const char *word, uint8_t *bytes, int64_t *count)
{
    size_t digits = strlen(word);
    if (digits % 2 != 0)
        return 0;
    for (size_t i = 0; i < digits / 2; i++) {
        int byte = hex_byte(word + 2 * i);
        if (byte < 0)
            return 0;
        bytes[i] = (uint8_t)byte;
    }
    *count = (int64_t)(digits / 2);
    return 1;
}

int parse_bits(const char *word, int32_t bytes, uint64_t *bits)
{
    uint8_t parsed[8];
    int64_t count;
    if (bytes > 8 || strlen(word) != 2 * (size_t)bytes || !parse_bytes(word, parsed, &count))
        return 0;
    *bits = 0;
    for (int64_t i = 0; i < count; i++)
        *bits = *bits << 8 | parsed[i];
    return 1;
}

int decode_name(char *word)
{
    char *to = word;
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '%') {
            int byte = hex_byte(at + 1);
            if (byte <= 0)
                return byte < 0 ? NAME_MALFORMED : NAME_WITH_NUL; /* which no C function could be given */
            *to++ = (char)byte;
            at += 2;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return NAME_OK;
}

void put_hex(const uint8_t *bytes, int64_t count)
{
    static const char digits[] = "0123456789abcdef";
    char hex[1024];
    size_t length = 0;
    for (int64_t i = 0; i < count; i++) {
        hex[length++] = digits[bytes[i] >> 4];
        hex[length++] = digits[bytes[i] & 15];
        if (length == sizeof hex || i == count - 1) {
            fwrite(hex, 1, length, stdout);
            length = 0;
        }
    }
}

void put_bits(uint64_t bits, int32_t bytes)
{
    uint8_t big_endian[8];
    if (bytes < 8 && bits >> (8 * bytes) != 0)
        bytes = 8; /* more than the kind holds: whoever asked shall see it */
    for (int32_t i = 0; i < bytes; i++)
        big_endian[i] = (uint8_t)(bits >> (8 * (bytes - 1 - i)));
    put_hex(big_endian, bytes);
}

static void put_sequence(const Request *request)
{
    if (request->sequence < 0)
        printf("{\"seq\":null");
    else
        printf("{\"seq\":%" PRId64, request->sequence);
}

void begin_answer(const Request *request)
{
    put_sequence(request);
    printf(",\"ok\":{");
}

void end_answer(void)
{
    printf("}}");
}

void answer_error(const Request *request, int32_t kind, int64_t code)
{
    /* In the order of MappingResult. */
    static const struct {
        const char *kind;
        const char *message;
    } errors[] = {
        {"ok", ""},
        {"exists", "a segment of this name is alive"},
        {"not_found", "nobody holds a segment of this name"},
        {"access", "what it was opened for, or who owns it, does not allow this"},
        {"invalid_name", "this cannot name a segment"},
        {"invalid_size", "this cannot be the size of a segment"},
        {"no_space", "there is not that much memory"},
        {"range", "this lies outside the map or the view"},
        {"closed", "no map or view is open under this number"},
        {"unsupported", "this peer does not know or cannot do this"},
        {"timeout", "nothing happened in time"},
        {"invalid", "the request, or the message in memory, is malformed"},
        {"failed", "the system refused"},
    };
    put_sequence(request);
    printf(",\"error\":{\"kind\":\"%s\",\"code\":%" PRId64 ",\"native\":\"", errors[kind].kind, code);
    if (code != 0)
        printf("error %" PRId64, code);
    printf("\",\"message\":\"%s\"}}", errors[kind].message);
}

/* What has come, without waiting for a full buffer as fread would, nor locking for each byte as getchar does. The answers so
   far are sent before it waits: requests that came at once are answered at once. */
static int next_byte(void)
{
    static unsigned char buffer[1 << 16];
    static int at, end;
    if (at == end) {
        at = 0;
        end = fflush(stdout) == 0 ? (int)read(0, buffer, sizeof buffer) : 0;
        if (end <= 0) {
            end = 0;
            return EOF;
        }
    }
    return buffer[at++];
}

/* Reads to the end of the line whatever stands in it; -1 at the end of the input, the length otherwise.
   What is too long or not ASCII is cut, and said to be so by `clean`. */
static int64_t read_line(char *line, int *clean)
{
    int64_t length = 0;
    int byte;
    *clean = 1;
    while ((byte = next_byte()) != EOF && byte != '\n') {
        if (length == LINE_LIMIT || byte == '\0' || byte > 126) {
            *clean = 0;
            continue;
        }
        line[length++] = (char)byte;
    }
    if (byte == EOF && length == 0)
        return -1;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return length;
}

static int64_t split(char *line, char **words)
{
    int64_t count = 0;
    words[count++] = line;
    for (char *at = line; *at != '\0'; at++)
        if (*at == ' ') {
            *at = '\0';
            words[count++] = at + 1;
        }
    return count;
}

int read_request(Request *request)
{
    static char line[LINE_LIMIT + 1];
    static char **words;
    if (words == NULL && (words = malloc((LINE_LIMIT + 1) * sizeof *words)) == NULL)
        return 0;
    int clean;
    if (read_line(line, &clean) < 0)
        return 0;
    request->words = words;
    request->count = split(line, words);
    if (*words[0] == '-' || !parse_number(words[0], &request->sequence))
        request->sequence = -1;
    request->well_formed = clean && request->sequence >= 0;
    return 1;
}
