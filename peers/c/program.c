/* The line protocol over the same functions that the library exports: one request a line in, one JSON object out. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "session.h"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <timeapi.h>
#else
#include <time.h>
#include <unistd.h>
#endif

/* ---- the system ---- */

#if defined(_WIN32)

static void prepare_system(void)
{
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX); /* die without asking anybody */
    timeBeginPeriod(1);                                           /* or Sleep(1) may take 16 ms */
}

int64_t now_milliseconds(void)
{
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return now.QuadPart / frequency.QuadPart * 1000 + now.QuadPart % frequency.QuadPart * 1000 / frequency.QuadPart;
}

void sleep_a_millisecond(void)
{
    Sleep(1);
}

static void leave_at_once(void)
{
    TerminateProcess(GetCurrentProcess(), 0);
}

#else

static void prepare_system(void)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that went away ends us by the failed write, and we close what we hold */
}

int64_t now_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sleep_a_millisecond(void)
{
    struct timespec pause = {0, 900000}; /* the system adds to it */
    nanosleep(&pause, NULL);
}

static void leave_at_once(void)
{
    _exit(0);
}

#endif

/* ---- the verbs ---- */

static int leaving; /* set by bye */

static int32_t do_bye(const Request *request)
{
    leaving = 1;
    begin_answer(request);
    end_answer();
    return MAPPING_OK;
}

static int32_t do_leave(const Request *request)
{
    (void)request;
    leave_at_once();
    return MAPPING_OK;
}

static int32_t do_abort(const Request *request)
{
    (void)request;
    abort();
}

static int32_t do_hello(const Request *request);

static const struct Verb {
    const char *name;
    int32_t (*run)(const Request *request);
    int64_t least; /* words, the sequence number and the verb among them */
    int64_t most;
} verbs[] = {
    {"hello", do_hello, 3, 3},
    {"create_new", do_create_new, 4, 4},
    {"create_or_open", do_create_or_open, 4, 4},
    {"open_existing", do_open_existing, 3, 4},
    {"view", do_view, 6, 7},
    {"peek", do_peek, 5, 5},
    {"poke", do_poke, 5, 5},
    {"describe", do_describe, 3, 3},
    {"store", do_store, 5, INT64_MAX},
    {"store_leaf", do_store_leaf, 7, 7},
    {"load", do_load, 5, 5},
    {"await", do_await, 5, 5},
    {"lock", do_lock, 5, 6},
    {"close_view", do_close_view, 3, 3},
    {"close_map", do_close_map, 3, 3},
    {"bye", do_bye, 2, 2},
    {"leave", do_leave, 2, 2},
    {"abort", do_abort, 2, 2},
};

enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

static int32_t do_hello(const Request *request)
{
    if (strcmp(request->words[2], "1") != 0)
        return MAPPING_UNSUPPORTED;
    const char *info = PeerInfo(); /* an object: it goes on where that one ends */
    begin_answer(request);
    printf("%.*s,\"protocol\":1,\"layouts\":[", (int)strlen(info) - 2, info + 1);
    for (int32_t i = 0; i < layout_count; i++)
        printf("%s\"%s\"", i == 0 ? "" : ",", layouts[i].name);
    printf("],\"verbs\":[");
    for (int32_t i = 0; i < VERB_COUNT; i++)
        printf("%s\"%s\"", i == 0 ? "" : ",", verbs[i].name);
    printf("],\"views\":[\"accessor\"]");
    end_answer();
    return MAPPING_OK;
}

static int32_t run(const Request *request)
{
    if (!request->well_formed || request->count < 2)
        return MAPPING_INVALID;
    for (int32_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(request->words[1], verbs[i].name) == 0)
            return request->count < verbs[i].least || request->count > verbs[i].most ? MAPPING_INVALID
                                                                                     : verbs[i].run(request);
    return MAPPING_UNSUPPORTED;
}

int main(void)
{
    static char output[1 << 16];
    Request request;
    prepare_system();
    setvbuf(stdout, output, _IOFBF, sizeof output);
    while (!leaving && read_request(&request)) {
        system_code = 0;
        int32_t result = run(&request);
        if (result != MAPPING_OK)
            answer_error(&request, result, system_code);
        putchar('\n');
    }
    fflush(stdout);
    close_everything();
    return 0;
}
