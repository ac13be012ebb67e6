/* A disk whose sync takes longer: preloaded (LD_PRELOAD) into a process under measurement, it makes fsync and
   fdatasync wait for as many milliseconds as the file named by BODYCAM_SYNC_DELAY says at that moment. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_as_told(void)
{
    const char *path = getenv("BODYCAM_SYNC_DELAY");
    char text[16] = {0};
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    long ms = got > 0 ? strtol(text, NULL, 10) : 0;
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    while (ms > 0 && nanosleep(&pause, &pause) != 0)
        ;
}

int fsync(int fd)
{
    wait_as_told();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    wait_as_told();
    return (int)syscall(SYS_fdatasync, fd);
}

/* The gateway asks the handle of the C library itself for fsync (.NET's LibraryImport), which never looks here:
   so whoever asks by name is answered with the two above. The real dlsym has its version of the C library's
   first release for the processor, or that of glibc 2.34, where it moved into libc. */
void *dlsym(void *handle, const char *name)
{
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5", "GLIBC_2.0"};
    static void *(*asked)(void *, const char *);
    for (size_t at = 0; !asked && at < sizeof versions / sizeof *versions; at++)
        asked = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[at]);
    if (strcmp(name, "fsync") == 0)
        return (void *)fsync;
    if (strcmp(name, "fdatasync") == 0)
        return (void *)fdatasync;
    return asked ? asked(handle, name) : NULL;
}
