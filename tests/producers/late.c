/* A simulator that is right at first, and later, told so, gets one thing wrong. Linux only.

   late NAME FAULT; the fault comes 0.7 s after the record was ready, where it is not in what is there from the start. */
#define _GNU_SOURCE
#include "telemetry.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LATE_MS 700

static volatile sig_atomic_t stopping;
static const char *name, *fault;
static int fd;
static uint8_t *memory;
static Telemetry *shared;

static void on_stop(int number)
{
    (void)number;
    stopping = 1;
}

static int is(const char *wanted) { return strcmp(fault, wanted) == 0; }

static void map(int flags, size_t size)
{
    fd = shm_open(name, flags, 0600);
    if (fd < 0 || (size && ftruncate(fd, (off_t)size) != 0)) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        exit(3);
    }
    memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    shared = (Telemetry *)memory;
}

static void fill(void)
{
    shared->speed = 120.5;
    for (int i = 0; i < 4; i++)
        shared->wheels[i] = 1.5f;
    shared->gear = 4;
    strcpy(shared->driver, "Ada");
    shared->checksum = 0xC0FFEE;
    shared->version = 3;
}

/* The next release has a field more in front of the speed. */
static void next_release(void)
{
    Telemetry old = *shared;
    memset(&shared->speed, 0xC1, 8);
    memcpy((uint8_t *)shared + 16, &old.speed, sizeof old - offsetof(Telemetry, speed));
}

/* Swaps the bytes of every number. */
static void other_order(void)
{
    uint8_t *at = (uint8_t *)&shared->speed;
    for (int i = 0; i < 4; i++) {
        uint8_t kept = at[i];
        at[i] = at[7 - i];
        at[7 - i] = kept;
    }
}

static void another_writer(void)
{
    pid_t parent = getpid();
    if (fork() == 0) {
        setsid();
        while (getppid() == parent && !stopping) {
            shared->speed = -77;
            usleep(1000 * 3);
        }
        _exit(0);
    }
}

static void anew(void)
{
    shm_unlink(name);
    map(O_CREAT | O_EXCL | O_RDWR, sizeof(Telemetry));
    fill();
}

static void rename_it(void)
{
    char from[300], to[320];
    snprintf(from, sizeof from, "/dev/shm%s", name);
    snprintf(to, sizeof to, "%s-moved", from);
    rename(from, to);
}

static void go_wrong(void)
{
    if (is("layout"))
        next_release();
    else if (is("nan"))
        shared->speed = NAN;
    else if (is("wheel"))
        shared->wheels[2] = NAN;
    else if (is("behind"))
        memory[50] = 7;
    else if (is("far"))
        memory[5000] = 7;
    else if (is("renamed"))
        rename_it();
    else if (is("removed"))
        shm_unlink(name);
    else if (is("anew"))
        anew();
    else if (is("another"))
        another_writer();
    else if (is("shrinks") && ftruncate(fd, 24) != 0)
        exit(4);
    else if (is("grows") && ftruncate(fd, 8192) != 0)
        exit(4);
    else if (is("back"))
        shared->packet -= 500;
    else if (is("text"))
        strcpy(shared->driver, "Eve");
    else if (is("text-unended"))
        memset(shared->driver, 'A', sizeof shared->driver);
    else if (is("zeroed"))
        memset(shared, 0, sizeof *shared);
    else if (is("order"))
        other_order();
    else if (is("range"))
        shared->speed = 500.5;
    else if (is("gear"))
        shared->gear = -4;
    else if (is("version"))
        shared->version = 4;
    else if (is("crashes"))
        abort();
    else if (is("ends"))
        stopping = 1;
}

static void blink(unsigned ms)
{
    if (is("blinks") && ms % 200 >= 180)
        shared->speed = -1;
    else if (is("blinks"))
        shared->speed = 120.5;
}

/* Right until whoever opened it first has closed it again. */
static void first_reader_only(void)
{
    char path[300], event[4096];
    int watch = inotify_init1(IN_NONBLOCK);
    snprintf(path, sizeof path, "/dev/shm%s", name);
    inotify_add_watch(watch, path, IN_CLOSE_NOWRITE);
    while (!stopping) {
        shared->packet++;
        if (read(watch, event, sizeof event) > 0)
            shared->speed = -9;
        usleep(1000 * 1);
    }
}

/* Two counters around the wheels: the version in front, the checksum behind. */
static void between_counters(void)
{
    for (uint32_t turn = 1; !stopping; turn++) {
        shared->version = turn;
        if (is("counters-early"))
            shared->checksum = turn;
        for (int i = 0; i < 4; i++) {
            shared->wheels[i] = (float)turn;
            usleep(300);
        }
        shared->packet++;
        if (!is("counters-never"))
            shared->checksum = turn;
        usleep(2000);
    }
}

static unsigned now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void drive(void)
{
    unsigned start = now_ms(), ms;
    for (int wrong = 0; !stopping;) {
        ms = now_ms() - start;
        if (ms >= LATE_MS && !wrong++)
            go_wrong();
        if (!(is("stops") && ms > LATE_MS) && !(is("slows") && ms > LATE_MS && ms % 5000 > 5))
            shared->packet++;
        blink(ms);
        usleep(1000 * 1);
    }
}

static size_t bytes(void) { return is("far") ? 8192 : is("layout") ? 56 : sizeof(Telemetry); }

static void create(void)
{
    struct stat found = {0};
    if (is("exclusive")) {
        map(O_CREAT | O_EXCL | O_RDWR, bytes());
    } else if (is("trusting")) { /* takes what is there for its own, as it is */
        map(O_CREAT | O_RDWR, 0);
        if (fstat(fd, &found) == 0 && found.st_size == 0 && ftruncate(fd, sizeof *shared) != 0)
            exit(3);
    } else if (is("shrinks-old")) { /* empties it first, whoever reads it */
        map(O_CREAT | O_TRUNC | O_RDWR, 0);
        usleep(1000 * 300);
        if (ftruncate(fd, sizeof *shared) != 0)
            exit(3);
    } else if (is("replaces")) {
        shm_unlink(name);
        map(O_CREAT | O_EXCL | O_RDWR, bytes());
    } else {
        map(O_CREAT | O_RDWR, bytes());
    }
}

int main(int count, char **words)
{
    if (count < 3)
        return 2;
    name = words[1];
    fault = words[2];
    signal(SIGTERM, on_stop);
    if (is("early")) { /* the name first, the size later, the values last */
        map(O_CREAT | O_RDWR, 0);
        usleep(1000 * 200);
        if (ftruncate(fd, sizeof *shared) != 0)
            return 3;
        usleep(1000 * 100);
    } else {
        create();
    }
    fill();
    if (is("first-reader"))
        first_reader_only();
    else if (strncmp(fault, "counters", 8) == 0)
        between_counters();
    else
        drive();
    shm_unlink(name);
    return 0;
}
