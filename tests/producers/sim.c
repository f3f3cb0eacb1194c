/* A simulator that shares Telemetry a thousand times a second, and, told so, gets one thing wrong.

   sim NAME [BEHAVIOUR [FILE]]; see behaviours below. FILE is where `other-layout` remembers that it ran before. */
#include "shared.h"
#include "telemetry.h"

#include <signal.h>
#ifndef _WIN32
#include <sys/wait.h>
#endif

static volatile sig_atomic_t stopping;

static void on_stop(int number)
{
    (void)number;
    stopping = 1;
}

static int is(const char *behaviour, const char *wanted) { return strcmp(behaviour, wanted) == 0; }

static void *share(const char *name, size_t size)
{
    void *memory = shared_create(name, size);
    if (memory == NULL) {
        fprintf(stderr, "cannot create %s\n", name);
        exit(3);
    }
    return memory;
}

static void fill(Telemetry *shared)
{
    shared->version = 3;
    shared->speed = 120.5;
    for (int i = 0; i < 4; i++)
        shared->wheels[i] = 1.5f + (float)i;
    shared->gear = 4;
    strcpy(shared->driver, "Ada");
    shared->checksum = 0xC0FFEE;
}

/* Until it is told to stop: the counter, and the wheels that go with it. */
static void drive(Telemetry *shared)
{
    while (!stopping) {
        shared->packet++;
        for (int i = 0; i < 4; i++)
            shared->wheels[i] = (float)(shared->packet % 1000 + 1);
        pause_ms(1);
    }
}

static void spin(void)
{
    for (volatile int i = 0; i < 200000; i++)
        ;
}

/* Stores each wheel some time after the other. */
static void drive_slowly(Telemetry *shared)
{
    while (!stopping) {
        shared->packet++;
        for (int i = 0; i < 4; i++) {
            shared->wheels[i] = (float)(shared->packet % 1000 + 1);
            spin();
        }
        pause_ms(3);
    }
}

static void idle(void)
{
    while (!stopping)
        pause_ms(1);
}

static void flood(Telemetry *shared)
{
    char line[4096];
    memset(line, '#', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    while (!stopping) {
        shared->packet++;
        for (int i = 0; i < 64; i++)
            fwrite(line, 1, sizeof line, stdout);
    }
}

static int ran_before(const char *file)
{
    FILE *mark = fopen(file, "r");
    if (mark == NULL && (mark = fopen(file, "w")) != NULL) {
        fclose(mark);
        return 0;
    }
    if (mark != NULL)
        fclose(mark);
    return 1;
}

/* The next release has a field more in front of the speed. */
typedef struct NextTelemetry {
    uint32_t version;
    uint32_t packet;
    uint64_t session;
    double speed;
    float wheels[4];
    int16_t gear;
    char driver[10];
    uint32_t checksum;
} NextTelemetry;

static void share_next_release(const char *name)
{
    NextTelemetry *shared = share(name, sizeof *shared);
    shared->version = 3;
    shared->session = 77;
    shared->speed = 120.5;
    shared->gear = 4;
    strcpy(shared->driver, "Ada");
    shared->checksum = 0xC0FFEE;
    while (!stopping) {
        shared->packet++;
        pause_ms(1);
    }
}

#ifndef _WIN32
static void leave_a_child(void)
{
    if (fork() == 0) {
        signal(SIGTERM, SIG_IGN);
        for (;;)
            pause();
    }
}
#endif

int main(int count, char **words)
{
    const char *name = count > 1 ? words[1] : "/samebytes-telemetry";
    const char *behaviour = count > 2 ? words[2] : "good";
    Telemetry *shared;

    signal(SIGTERM, is(behaviour, "deaf") ? SIG_IGN : on_stop);
    if (is(behaviour, "broken")) {
        fprintf(stderr, "license server not found\n");
        return 7;
    }
    if (is(behaviour, "never")) {
        puts("waiting for the game");
        fflush(stdout);
        idle();
        return 0;
    }
    if (is(behaviour, "other-name")) {
        char other[256];
        snprintf(other, sizeof other, "%s-2", name);
        share(other, sizeof *shared);
        idle();
        shared_remove(other);
        return 0;
    }
    if (is(behaviour, "small")) {
        memset(share(name, 24), 1, 8);
        idle();
        shared_remove(name);
        return 0;
    }
    if (is(behaviour, "other-layout") && ran_before(words[3])) {
        share_next_release(name);
        shared_remove(name);
        return 0;
    }
    shared = share(name, sizeof *shared);
    if (is(behaviour, "dies"))
        return 5;
    if (is(behaviour, "crashes")) {
        fill(shared);
        pause_ms(100);
        abort();
    }
    if (is(behaviour, "silent")) {
        idle();
        shared_remove(name);
        return 0;
    }
    if (is(behaviour, "half")) {
        shared->version = 3;
        shared->speed = 120.5;
        while (!stopping) {
            shared->packet++;
            pause_ms(1);
        }
        shared_remove(name);
        return 0;
    }
    fill(shared);
    if (is(behaviour, "past-the-end"))
        memset((char *)(shared + 1) + 4, 0xAB, 3);
#ifndef _WIN32
    if (is(behaviour, "child"))
        leave_a_child();
#endif
    if (is(behaviour, "flood"))
        flood(shared);
    else if (is(behaviour, "slow-stores"))
        drive_slowly(shared);
    else
        drive(shared);
    if (!is(behaviour, "leaves-the-name") && !is(behaviour, "child"))
        shared_remove(name);
    return 0;
}
