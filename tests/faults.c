/* Loaded before the C library: has a call on files below a folder fail, as a bad disk would.

   qar_arm says which calls are counted and which of them fails; until then all is as ever. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, RENAMES = 4, OPENS = 8 };

static char below[PATH_MAX];
static int counted, number, from_then_on;
static long which, calls, failed;

void qar_arm(const char *folder, int operations, long at, int error, int on)
{
    calls = failed = 0;
    which = at, number = error, from_then_on = on, counted = operations;
    strncpy(below, folder, sizeof below - 1);
}

long qar_calls(void) { return calls; }

long qar_failed(void) { return failed; }

static int fails(int operation, const char *path)
{
    if (!(counted & operation) || !below[0] || strncmp(path, below, strlen(below)))
        return 0;
    long now = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (!which || now < which || (now > which && !from_then_on))
        return 0;
    __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
    errno = number;
    return 1;
}

static int fails_at(int operation, int file)
{
    char link[64], path[PATH_MAX];
    int before = errno;
    if (!(counted & operation))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0)
        return 0;
    path[length] = 0;
    return fails(operation, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *from, size_t size)
{
    return fails_at(WRITES, file) ? -1 : REAL(write)(file, from, size);
}

ssize_t pwrite(int file, const void *from, size_t size, off_t at)
{
    return fails_at(WRITES, file) ? -1 : REAL(pwrite)(file, from, size, at);
}

ssize_t pwrite64(int file, const void *from, size_t size, off64_t at)
{
    return fails_at(WRITES, file) ? -1 : REAL(pwrite64)(file, from, size, at);
}

int fsync(int file) { return fails_at(SYNCS, file) ? -1 : REAL(fsync)(file); }

int fdatasync(int file) { return fails_at(SYNCS, file) ? -1 : REAL(fdatasync)(file); }

int rename(const char *from, const char *to)
{
    return fails(RENAMES, to) ? -1 : REAL(rename)(from, to);
}

static int opens(const char *path, int flags)
{
    return (flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails(OPENS, path);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return opens(path, flags) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return opens(path, flags) ? -1 : REAL(open64)(path, flags, mode);
}
