/* Linux: files that live exactly as long as somebody holds a shared flock on them. Included by mapping.c alone.

   Whoever finds, under the guard (an exclusive flock on the directory), that nobody holds a segment, unlinks it.
   A new segment gets its name only when it has its memory and its creator's lock, so no half-made one is ever seen. */
#include "mapping_linux_place.h"
#include "mapping_linux_global.h"

struct BufferFile {
    Place place;
    int fd; /* carries the shared lock; views are mapped through descriptions of their own */
    pid_t owner;
    int64_t capacity;
    int32_t created;
    int read_only;
};

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;

static void system_lock(void)
{
    pthread_mutex_lock(&registry);
}

static void system_unlock(void)
{
    pthread_mutex_unlock(&registry);
}

static int64_t system_granularity(void)
{
    return sysconf(_SC_PAGESIZE);
}

/* ---- segments, under the guard ---- */

static int is_at_path(int directory, const char *name, int fd)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static int check_segment(const Place *place, int fd, int writing)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode) || (!place->global && status.st_uid != geteuid()))
        return EACCES;
    /* Its creator made it read-only; the kernel would let root write all the same. */
    return writing && (status.st_mode & S_IWUSR) == 0 ? EACCES : 0;
}

/* Opens the segment if somebody holds it. A dead one is unlinked, and not found. */
static int32_t open_live(const Place *place, int directory, int writing, int *segment)
{
    int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = openat(directory, place->name, (writing ? O_RDWR : O_RDONLY) | flags);
    if (fd < 0 && errno == EACCES && writing) /* who may not write may still see that it is dead */
        fd = openat(directory, place->name, O_RDONLY | flags);
    if (fd < 0)
        return fail_with(errno);
    int code = check_segment(place, fd, 0);
    int locked = code == 0 ? lock_alone(place, fd) : -1;
    if (locked == 1)
        code = !is_at_path(directory, place->name, fd) || unlinkat(directory, place->name, 0) == 0 || place->global ? ENOENT : errno;
    else if (code == 0)
        code = locked == 0 ? check_segment(place, fd, writing) : errno;
    if (code == 0 && writing && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR)
        code = EACCES;
    if (code != 0) {
        unlock_and_close(fd);
        return fail_with(code);
    }
    *segment = fd;
    return MAPPING_OK;
}

/* Opens the living segment of the name: the file itself, or in the global directory one beside it, but not `except`. */
static int32_t find_live(Place *place, int directory, int writing, const char *except, int *segment)
{
    int32_t refused = MAPPING_NOT_FOUND, result = MAPPING_NOT_FOUND;
    Beside beside = {0};
    Place found = *place;
    do {
        if (strcmp(found.name, except) == 0)
            continue;
        result = open_live(&found, directory, writing, segment);
        if (result == MAPPING_OK) {
            strcpy(place->name, found.name);
            break;
        }
        if (result != MAPPING_NOT_FOUND && (!place->global || may_live(directory, found.name)))
            refused = result;
    } while (place->global && next_beside(&beside, directory, place->base, found.name));
    end_beside(&beside);
    return result == MAPPING_OK ? result : refused == MAPPING_NOT_FOUND ? fail_with(ENOENT) : refused;
}

static int32_t hold(const Place *place, int fd, int created, int read_only, BufferFile **result)
{
    struct stat status;
    BufferFile *file = malloc(sizeof *file);
    if (file == NULL || fstat(fd, &status) != 0) {
        free(file);
        return fail_with(ENOMEM);
    }
    int64_t page = system_granularity();
    file->place = *place;
    file->fd = fd;
    file->owner = getpid();
    file->capacity = (status.st_size + page - 1) / page * page;
    file->created = created;
    file->read_only = read_only;
    *result = file;
    return MAPPING_OK;
}

/* MAPPING_EXISTS here means: alive, but not to be joined just now (a foreign exclusive lock, or the name moved on). */
static int32_t join_once(const Place *place, int writing, BufferFile **file)
{
    int directory, fd = -1;
    Place found = *place;
    int32_t result = open_directory(place, 0, &directory);
    if (result != MAPPING_OK)
        return result;
    result = enter_guard(place, directory);
    if (result == MAPPING_OK)
        result = find_live(&found, directory, writing, "", &fd);
    if (result == MAPPING_OK) {
        int joined = flock(fd, LOCK_SH | LOCK_NB) == 0 && is_at_path(directory, found.name, fd);
        result = joined ? hold(&found, fd, 0, !writing, file) : MAPPING_EXISTS;
        if (result != MAPPING_OK)
            unlock_and_close(fd);
    }
    unlock_and_close(directory);
    return result;
}

/* A file without a name, with all its memory (a sparse one would kill its users with SIGBUS) and its creator's lock. */
static int32_t make_segment(int directory, int64_t size, int *segment)
{
    int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_with(errno);
    int64_t page = system_granularity();
    int code = fchmod(fd, 0600) == 0 ? 0 : errno; /* the umask may have taken the owner's bits */
    if (code == 0)
        do
            code = posix_fallocate(fd, 0, (off_t)((size + page - 1) / page * page));
        while (code == EINTR);
    if (code == 0 && flock(fd, LOCK_SH) != 0)
        code = errno;
    if (code != 0) {
        close(fd);
        return fail_with(code);
    }
    *segment = fd;
    return MAPPING_OK;
}

/* MAPPING_NOT_FOUND here means: somebody gave the name at the same time, and neither has it. */
static int32_t publish(Place *place, int directory, int fd)
{
    int other;
    char path[32];
    Place found = *place;
    int32_t result = find_live(&found, directory, 0, "", &other);
    if (result == MAPPING_OK) {
        unlock_and_close(other);
        return fail_with(EEXIST);
    }
    if (result != MAPPING_NOT_FOUND)
        return result;
    if (place->global)
        beside_the_dead(place, directory);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, directory, place->name, AT_SYMLINK_FOLLOW) != 0)
        return fail_with(errno);
    if (!place->global)
        return MAPPING_OK;
    strcpy(found.name, place->base);
    if (find_live(&found, directory, 0, place->name, &other) != MAPPING_OK)
        return MAPPING_OK;
    unlock_and_close(other);
    unlinkat(directory, place->name, 0);
    return fail_with(ENOENT);
}

/* MAPPING_NOT_FOUND here means: the directory itself was removed meanwhile. */
static int32_t create_once(const Place *place, int64_t size, BufferFile **file)
{
    int directory, fd = -1;
    int32_t result = open_directory(place, 1, &directory);
    if (result != MAPPING_OK)
        return result;
    result = make_segment(directory, size, &fd);
    if (result == MAPPING_OK && (result = hold(place, fd, 1, 0, file)) == MAPPING_OK) {
        result = enter_guard(place, directory);
        if (result == MAPPING_OK)
            result = publish(&(*file)->place, directory, fd);
        if (result != MAPPING_OK) {
            free(*file);
            *file = NULL;
        }
    }
    if (result != MAPPING_OK && fd >= 0)
        unlock_and_close(fd);
    unlock_and_close(directory);
    return result;
}

/* ---- what mapping.c asks for ---- */

static int32_t system_open(const char *name, int64_t size, int32_t mode, BufferFile **file)
{
    Place place;
    int32_t result = find_place(name, &place);
    if (result != MAPPING_OK)
        return result;
    int64_t deadline = now_milliseconds() + PATIENCE_SECONDS * 1000;
    for (int attempt = 0; now_milliseconds() <= deadline; attempt++) {
        int32_t blocked = MAPPING_NOT_FOUND;
        if (mode != SEGMENT_CREATE_NEW) {
            result = join_once(&place, mode != SEGMENT_OPEN_READ, file);
            blocked = MAPPING_EXISTS;
        }
        if (mode == SEGMENT_CREATE_NEW || (mode == SEGMENT_CREATE_OR_OPEN && result == MAPPING_NOT_FOUND)) {
            result = create_once(&place, size, file);
            blocked = mode == SEGMENT_CREATE_OR_OPEN && result == MAPPING_EXISTS ? MAPPING_EXISTS : MAPPING_NOT_FOUND;
        }
        if (result != blocked)
            return result;
        pause_briefly(attempt);
    }
    return fail_with(ETIMEDOUT);
}

static void system_close(BufferFile *file)
{
    int directory;
    if (file->owner != getpid()) { /* a forked child's copy: unlocking it would take the parent's lock away */
        close(file->fd);
    } else if (open_directory(&file->place, 0, &directory) != MAPPING_OK) {
        unlock_and_close(file->fd);
    } else {
        /* Without the guard only the lock goes; the next to come finds the dead segment and unlinks it. */
        if (enter_guard(&file->place, directory) == MAPPING_OK && lock_alone(&file->place, file->fd) == 1 &&
            is_at_path(directory, file->place.name, file->fd))
            unlinkat(directory, file->place.name, 0);
        unlock_and_close(file->fd);
        unlock_and_close(directory);
    }
    free(file);
}

/* Mapped through a description of its own: a view must not keep the name alive. */
static int32_t system_map(BufferFile *file, int64_t offset, int64_t size, int32_t access, char **base)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file->fd);
    int writing = access == VIEW_WRITE || access == VIEW_READ_WRITE;
    int protection = access == VIEW_READ ? PROT_READ : PROT_READ | PROT_WRITE;
    int fd = open(path, (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (fd < 0)
        return fail_with(errno);
    int64_t page = system_granularity();
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size <= (offset + size - 1) / page * page) {
        close(fd); /* somebody cut the file: touching what is gone would be a SIGBUS */
        return fail(MAPPING_RANGE, EINVAL);
    }
    void *mapped = mmap(NULL, (size_t)size, protection, access == VIEW_COPY ? MAP_PRIVATE : MAP_SHARED, fd,
                        (off_t)offset);
    int code = errno;
    close(fd);
    if (mapped == MAP_FAILED)
        return fail_with(code);
    *base = mapped;
    return MAPPING_OK;
}

static void system_unmap(char *base, int64_t size)
{
    munmap(base, (size_t)size);
}
