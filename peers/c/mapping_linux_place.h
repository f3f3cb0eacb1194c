/* Linux: where a name's file stands, and the guard that all who look at it agree on. For mapping_linux.h alone. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SYSTEM_INVALID EINVAL
#define SYSTEM_DENIED EACCES
#define SYSTEM_OUTSIDE EINVAL
#define SYSTEM_NO_MEMORY ENOMEM

/* The guard is held for microseconds; who holds it for seconds is stopped, and must not stop everybody. */
#define PATIENCE_SECONDS 5

typedef struct Place {
    char directory[PATH_MAX];
    char name[NAME_MAX + 1]; /* the file */
    char base[NAME_MAX + 1]; /* the file that the name alone says; `name` may be one beside it */
    int global;
} Place;

static int32_t fail_with(int code)
{
    switch (code) {
    case EEXIST:
        return fail(MAPPING_EXISTS, code);
    case ENOENT:
        return fail(MAPPING_NOT_FOUND, code);
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:   /* a symbolic link stands at the path */
    case EISDIR:  /* a directory */
    case ENXIO:   /* a socket */
    case ENOTDIR: /* something else stands where the directory should */
        return fail(MAPPING_ACCESS, code);
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
        return fail(MAPPING_NO_SPACE, code);
    case EFBIG:
        return fail(MAPPING_INVALID_SIZE, code);
    case ENAMETOOLONG:
    case EILSEQ:
        return fail(MAPPING_INVALID_NAME, code);
    case ETIMEDOUT:
        return fail(MAPPING_TIMEOUT, code);
    default:
        return fail(MAPPING_FAILED, code);
    }
}

static int64_t now_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t now_milliseconds(void)
{
    return now_nanoseconds() / 1000000;
}

static void pause_briefly(int attempt)
{
    if (attempt < 20) {
        sched_yield();
        return;
    }
    struct timespec pause = {0, attempt < 200 ? 50000 : 1000000};
    nanosleep(&pause, NULL);
}

/* ---- names ---- */

/* How many bytes the well-formed UTF-8 sequence at `at` has; 0 if it is none. Windows refuses such names, so do we. */
static int utf8_length(const unsigned char *at)
{
    int length = at[0] < 0x80 ? 1 : at[0] >= 0xC2 && at[0] < 0xE0 ? 2 : at[0] >= 0xE0 && at[0] < 0xF0 ? 3
               : at[0] >= 0xF0 && at[0] < 0xF5 ? 4 : 0;
    for (int i = 1; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    int overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    int beyond = (at[0] == 0xED && at[1] >= 0xA0) || (at[0] == 0xF4 && at[1] >= 0x90);
    return overlong || beyond ? 0 : length;
}

static int stays_as_it_is(unsigned char byte, int first)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '~' || byte == '-' || (byte == '.' && !first);
}

static int32_t encode_name(const char *name, char *encoded)
{
    const unsigned char *at = (const unsigned char *)name;
    size_t length = 0;
    for (int left = 0; *at != '\0'; at++, left--) {
        if (left == 0 && (left = utf8_length(at)) == 0)
            return fail_with(EILSEQ);
        if (*at == '\\')
            return fail(MAPPING_INVALID_NAME, EINVAL);
        int plain = stays_as_it_is(*at, length == 0);
        if (length + (plain ? 1 : 3) > NAME_MAX)
            return fail_with(ENAMETOOLONG);
        length += (size_t)sprintf(encoded + length, plain ? "%c" : "%%%02X", *at);
    }
    return length == 0 ? fail(MAPPING_INVALID_NAME, EINVAL) : MAPPING_OK;
}

static int32_t find_place(const char *name, Place *place)
{
    if (*name == '/') /* a raw POSIX object has no lifetime to keep */
        return fail(MAPPING_UNSUPPORTED, EINVAL);
    place->global = strncmp(name, "Global\\", 7) == 0;
    if (place->global)
        name += 7;
    else if (strncmp(name, "Local\\", 6) == 0)
        name += 6;

    const char *root = getenv("SAMEBYTES_SHM_DIR");
    if (root == NULL || *root == '\0')
        root = "/dev/shm";
    char user[24] = "global";
    if (!place->global)
        snprintf(user, sizeof user, "%lu", (unsigned long)geteuid());
    if (snprintf(place->directory, PATH_MAX, "%s/samebytes-%s", root, user) >= PATH_MAX)
        return fail(MAPPING_FAILED, ENAMETOOLONG);
    int32_t result = encode_name(name, place->base);
    strcpy(place->name, place->base);
    return result;
}

/* ---- the directory and its guard ---- */

/* Mine must be mine alone. The global one must be root's or mine, and sticky, or somebody could replace what others have
   there; whoever made it may have died before saying so. */
static int check_directory(const Place *place, int directory)
{
    struct stat status;
    if (fstat(directory, &status) != 0)
        return errno;
    if (!place->global)
        return status.st_uid == geteuid() && (status.st_mode & 022) == 0 ? 0 : EACCES;
    if (status.st_uid == geteuid() && (status.st_mode & 07777) != 01777)
        return fchmod(directory, 01777) == 0 ? 0 : errno;
    if (status.st_uid != 0 && status.st_uid != geteuid())
        return EACCES;
    return (status.st_mode & 022) != 0 && (status.st_mode & S_ISVTX) == 0 ? EACCES : 0;
}

static int32_t open_directory(const Place *place, int create, int *directory)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = open(place->directory, flags);
    if (fd < 0 && errno == ENOENT && create) {
        if (mkdir(place->directory, 0700) != 0 && errno != EEXIST)
            return errno == ENOENT ? fail(MAPPING_FAILED, ENOENT) : fail_with(errno);
        fd = open(place->directory, flags);
    }
    if (fd < 0)
        return fail_with(errno);
    int code = check_directory(place, fd);
    if (code != 0) {
        close(fd);
        return fail_with(code);
    }
    *directory = fd;
    return MAPPING_OK;
}

/* Nobody is alone with the global directory: a lock on it is one that any user could take, and keep. */
static int32_t enter_guard(const Place *place, int directory)
{
    if (place->global)
        return MAPPING_OK;
    int64_t deadline = now_milliseconds() + PATIENCE_SECONDS * 1000;
    for (int attempt = 0; flock(directory, LOCK_EX | LOCK_NB) != 0; attempt++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail_with(errno);
        if (now_milliseconds() > deadline)
            return fail_with(ETIMEDOUT);
        pause_briefly(attempt);
    }
    return MAPPING_OK;
}

/* A fork in another thread may have copied the descriptor: closing alone would leave the lock with the copy. */
static void unlock_and_close(int fd)
{
    flock(fd, LOCK_UN);
    close(fd);
}
