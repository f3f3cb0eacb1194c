/* Linux: names that all users share. No lock on their directory means anything, and nobody can remove what another user's
   killed process left there: who creates such a name anew has a file beside it, NAME+USER. For mapping_linux.h alone. */
#include <dirent.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

/* How often a lock in the way is looked at again: who only looks has it for a microsecond, a holder for good. */
#define LOOKS 4

/* 1 locked exclusively: nobody else holds the file; 0 somebody does; -1 neither could be found out. */
static int lock_alone(const Place *place, int fd)
{
    for (int look = 0;; look++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 1;
        if (errno != EWOULDBLOCK)
            return -1;
        if (!place->global || look == LOOKS)
            return 0;
        struct timespec pause = {0, (now_nanoseconds() ^ getpid() * 7919L) % 100000};
        nanosleep(&pause, NULL);
    }
}

typedef struct Beside {
    DIR *entries;
} Beside;

/* The next file beside `base`; 0 when there is none. */
static int next_beside(Beside *beside, int directory, const char *base, char *file)
{
    if (beside->entries == NULL) {
        int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (again < 0 || (beside->entries = fdopendir(again)) == NULL) {
            if (again >= 0)
                close(again);
            return 0;
        }
    }
    size_t length = strlen(base);
    for (struct dirent *entry; (entry = readdir(beside->entries)) != NULL;) {
        const char *user = entry->d_name + length + 1;
        if (strncmp(entry->d_name, base, length) != 0 || entry->d_name[length] != '+')
            continue;
        if (*user != '\0' && user[strspn(user, "0123456789")] == '\0') {
            strcpy(file, entry->d_name);
            return 1;
        }
    }
    return 0;
}

static void end_beside(Beside *beside)
{
    if (beside->entries != NULL)
        closedir(beside->entries);
}

/* Whether a file that this user may not open can be alive: unless the system's list of locks says that it is not. */
static int may_live(int directory, const char *name)
{
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    FILE *locks = S_ISREG(status.st_mode) ? fopen("/proc/locks", "re") : NULL;
    if (locks == NULL)
        return 1;
    int found = 0;
    char line[256];
    while (!found && fgets(line, sizeof line, locks) != NULL) {
        unsigned major_number, minor_number;
        unsigned long long inode;
        if (sscanf(line, "%*d: FLOCK %*s %*s %*d %x:%x:%llu", &major_number, &minor_number, &inode) == 3)
            found = makedev(major_number, minor_number) == status.st_dev && inode == status.st_ino;
    }
    fclose(locks);
    return found;
}

/* Nobody is alive: takes the name's own file, or where a dead one cannot be removed, this user's beside it. */
static void beside_the_dead(Place *place, int directory)
{
    struct stat status;
    strcpy(place->name, place->base);
    size_t length = strlen(place->base);
    if (fstatat(directory, place->base, &status, AT_SYMLINK_NOFOLLOW) == 0)
        snprintf(place->name + length, sizeof place->name - length, "+%lu", (unsigned long)geteuid());
}
