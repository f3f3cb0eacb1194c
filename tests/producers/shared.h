/* Named shared memory in the plainest way each system has: shm_open, or CreateFileMapping. Header only. */
#ifndef SHARED_H
#define SHARED_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>

static void *shared_create(const char *name, size_t size)
{
    HANDLE map = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, (DWORD)size, name);
    return map ? MapViewOfFile(map, FILE_MAP_ALL_ACCESS, 0, 0, 0) : NULL;
}

static void shared_remove(const char *name) { (void)name; }
static void pause_ms(unsigned ms) { Sleep(ms); }

#else
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void *shared_create(const char *name, size_t size)
{
    int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    void *memory;
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
        return NULL;
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void shared_remove(const char *name) { shm_unlink(name); }

static void pause_ms(unsigned ms)
{
    struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
}
#endif
#endif
