/* The line protocol's letters: lines, numbers, hex and percent-encoded names in; JSON out. */
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>

enum { LINE_LIMIT = 1 << 20 };

/* One request. The words point into the line, which the next call overwrites. */
typedef struct Request {
    char **words;
    int64_t count;
    int64_t sequence; /* -1 where there was none to read */
    int well_formed;
} Request;

/* 0 at the end of the input. */
int read_request(Request *request);

/* Each answers 1, or 0 if the word is not what it should be. */
int parse_number(const char *word, int64_t *number); /* decimal; a minus is let through, for its user to refuse */
int parse_bits(const char *word, int32_t bytes, uint64_t *bits);   /* exactly that many bytes of big-endian hex */
int parse_bytes(const char *word, uint8_t *bytes, int64_t *count); /* `bytes` has room for half the word */

enum NameResult { NAME_OK, NAME_MALFORMED, NAME_WITH_NUL };
int decode_name(char *word); /* in place */

void put_hex(const uint8_t *bytes, int64_t count);
void put_bits(uint64_t bits, int32_t bytes);

/* An answer is {"seq":N,"ok":{ ... }} or {"seq":N,"error":{...}}; what comes between is the caller's. */
void begin_answer(const Request *request);
void end_answer(void);
void answer_error(const Request *request, int32_t kind, int64_t code);

#endif
