/* The program's verbs, and the maps and views they leave open between requests. */
#ifndef SESSION_H
#define SESSION_H

#include "wire.h"

typedef struct View {
    uint8_t *bytes;
    int64_t capacity;
    int readable;
    int writable;
} View;

/* NULL where no view is open under that number. */
const View *open_view(const char *word);
void close_everything(void);

/* A verb answers by itself and returns MAPPING_OK, or returns what went wrong and leaves the answer to its caller.
   `system_code` is then the system's word for it, 0 where the system was not asked. */
extern int64_t system_code;

int32_t do_create_new(const Request *request);
int32_t do_create_or_open(const Request *request);
int32_t do_open_existing(const Request *request);
int32_t do_view(const Request *request);
int32_t do_peek(const Request *request);
int32_t do_poke(const Request *request);
int32_t do_await(const Request *request);
int32_t do_lock(const Request *request);
int32_t do_close_view(const Request *request);
int32_t do_close_map(const Request *request);

int32_t do_describe(const Request *request);
int32_t do_store(const Request *request);
int32_t do_store_leaf(const Request *request);
int32_t do_load(const Request *request);

/* What the verbs want of the system besides shared memory. */
int64_t now_milliseconds(void);
void sleep_a_millisecond(void);

#endif
