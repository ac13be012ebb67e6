/* Stands between a process and its C library (LD_PRELOAD): counts the calls that change files below one folder, and lets the n-th of a kind
   kill the process, be torn, fail or hang. Told and read through a mapped file that the test holds (FaultPlan.cs has the same layout). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { K_WRITE, K_FSYNC, K_FDATASYNC, K_RENAME, K_UNLINK, K_CREATE, K_MKDIR, K_MODE, K_COUNT };
enum action { A_NONE, A_KILL, A_KILL_AFTER, A_TEAR, A_ERROR, A_STALL };

struct plan {
    volatile int64_t nth;      /*   0: the n-th call that fits from now on is the first to be hit; 0 = none */
    volatile int32_t kinds;    /*   8: bit mask of kinds */
    volatile int32_t action;   /*  12 */
    volatile int32_t argument; /*  16: errno, or milliseconds */
    volatile int32_t times;    /*  20: calls that are hit, one after the other; -1 = all from then on */
    volatile int64_t fitted;   /*  24: calls that fitted since the plan was made */
    volatile int64_t fired;    /*  32: calls that were hit */
    volatile int64_t counts[K_COUNT]; /*  40: calls that fit by their path, by kind */
    volatile int64_t clock_us; /* 104: added to the wall clock */
    char hit[400];             /* 112: path of the newest call that was hit */
    char part[512];            /* 512: only paths with this in them are counted; empty = all */
    char below[1024];          /* 1024: only paths that begin so are counted */
};

static struct plan *plan;

__attribute__((constructor)) static void attach(void)
{
    const char *path = getenv("BODYCAM_FAULTS");
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    if (file < 0)
        return;
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (at != MAP_FAILED)
        plan = at;
}

/* True when the call goes on; false when it is to fail with errno set. *torn says that half of the bytes are to be written before the end. */
static int passes(enum kind kind, const char *path, int *torn, int *after)
{
    if (!plan || !path || strncmp(path, plan->below, strlen(plan->below)) != 0)
        return 1;
    if (plan->part[0] && !strstr(path, plan->part))
        return 1;
    __atomic_add_fetch(&plan->counts[kind], 1, __ATOMIC_SEQ_CST);
    int64_t nth = plan->nth;
    if (nth == 0 || !(plan->kinds >> kind & 1))
        return 1;
    int64_t at = __atomic_add_fetch(&plan->fitted, 1, __ATOMIC_SEQ_CST);
    if (at < nth || (plan->times >= 0 && at >= nth + plan->times))
        return 1;
    strncpy(plan->hit, path, sizeof plan->hit - 1);
    __atomic_add_fetch(&plan->fired, 1, __ATOMIC_SEQ_CST);
    switch (plan->action) {
    case A_KILL:
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    case A_KILL_AFTER:
        *after = 1;
        return 1;
    case A_TEAR:
        *torn = 1;
        return 1;
    case A_ERROR:
        errno = plan->argument;
        return 0;
    case A_STALL: {
        struct timespec wait = { plan->argument / 1000, plan->argument % 1000 * 1000000L };
        while (nanosleep(&wait, &wait) != 0 && errno == EINTR)
            ;
        return 1;
    }
    default:
        return 1;
    }
}

static void finish(int after)
{
    if (!after)
        return;
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static const char *of_descriptor(int file, char *buffer, size_t size)
{
    char link[40];
    if (!plan)
        return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, buffer, size - 1);
    if (length < 0)
        return NULL;
    buffer[length] = 0;
    return buffer;
}


#define GUARDED(kind, path, call) \
    int torn = 0, after = 0; \
    if (!passes(kind, path, &torn, &after)) \
        return -1; \
    long result = call; \
    finish(after || torn); \
    return result;

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset)
{
    char path[1024];
    int torn = 0, after = 0;
    if (!passes(K_WRITE, of_descriptor(file, path, sizeof path), &torn, &after))
        return -1;
    ssize_t result = syscall(SYS_pwrite64, file, bytes, torn ? count / 2 : count, offset);
    finish(after || torn);
    return result;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) { return pwrite64(file, bytes, count, offset); }

ssize_t write(int file, const void *bytes, size_t count)
{
    char path[1024];
    int torn = 0, after = 0;
    if (file > 2 && !passes(K_WRITE, of_descriptor(file, path, sizeof path), &torn, &after))
        return -1;
    ssize_t result = syscall(SYS_write, file, bytes, torn ? count / 2 : count);
    finish(after || torn);
    return result;
}

ssize_t pwritev64(int file, const struct iovec *vectors, int count, off64_t offset)
{
    char path[1024];
    GUARDED(K_WRITE, of_descriptor(file, path, sizeof path), syscall(SYS_pwritev, file, vectors, count, offset, 0))
}

ssize_t pwritev(int file, const struct iovec *vectors, int count, off_t offset) { return pwritev64(file, vectors, count, offset); }

int ftruncate64(int file, off64_t length)
{
    char path[1024];
    GUARDED(K_WRITE, of_descriptor(file, path, sizeof path), syscall(SYS_ftruncate, file, length))
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int fsync(int file)
{
    char path[1024];
    GUARDED(K_FSYNC, of_descriptor(file, path, sizeof path), syscall(SYS_fsync, file))
}

int fdatasync(int file)
{
    char path[1024];
    GUARDED(K_FDATASYNC, of_descriptor(file, path, sizeof path), syscall(SYS_fdatasync, file))
}

int rename(const char *from, const char *to) { GUARDED(K_RENAME, to, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0)) }

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
    GUARDED(K_RENAME, to, syscall(SYS_renameat2, from_folder, from, to_folder, to, flags))
}

int link(const char *from, const char *to) { GUARDED(K_RENAME, to, syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0)) }

int unlink(const char *path) { GUARDED(K_UNLINK, path, syscall(SYS_unlinkat, AT_FDCWD, path, 0)) }

int rmdir(const char *path) { GUARDED(K_UNLINK, path, syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR)) }

int mkdir(const char *path, mode_t mode) { GUARDED(K_MKDIR, path, syscall(SYS_mkdirat, AT_FDCWD, path, mode)) }

int chmod(const char *path, mode_t mode) { GUARDED(K_MODE, path, syscall(SYS_fchmodat, AT_FDCWD, path, mode)) }

int fchmod(int file, mode_t mode)
{
    char path[1024];
    GUARDED(K_MODE, of_descriptor(file, path, sizeof path), syscall(SYS_fchmod, file, mode))
}

static int open_any(const char *path, int flags, mode_t mode)
{
    if (flags & O_CREAT) {
        GUARDED(K_CREATE, path, syscall(SYS_openat, AT_FDCWD, path, flags, mode))
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; }

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_any(path, flags, mode);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    long result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && plan && plan->clock_us != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t us = time->tv_sec * 1000000LL + time->tv_nsec / 1000 + plan->clock_us;
        time->tv_sec = us / 1000000;
        time->tv_nsec = us % 1000000 * 1000;
    }
    return (int)result;
}

/* A library that asks libc itself for a function by its name gets the ones above too: folders are synced and names changed that way. */
void *dlsym(void *handle, const char *name)
{
    static void *(*real)(void *, const char *);
    if (!real)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!real)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", sizeof(void *) == 8 ?
#if defined(__aarch64__)
            "GLIBC_2.17"
#else
            "GLIBC_2.2.5"
#endif
            : "GLIBC_2.0");
    if (handle != RTLD_NEXT && strcmp(name, "fsync") == 0)
        return (void *)fsync;
    if (handle != RTLD_NEXT && strcmp(name, "open") == 0)
        return (void *)open;
    if (handle != RTLD_NEXT && strcmp(name, "link") == 0)
        return (void *)link;
    if (handle != RTLD_NEXT && strcmp(name, "rename") == 0)
        return (void *)rename;
    if (handle != RTLD_NEXT && strcmp(name, "renameat2") == 0)
        return (void *)renameat2;
    return real(handle, name);
}
