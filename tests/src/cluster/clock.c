// A clock on the wall that a test sets: loaded into a server, it shifts the time of day, and nothing else, by the
// milliseconds that stand in the file named by CLOCK_SHIFT_FILE.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *shift_ms;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    real = dlsym(RTLD_NEXT, "clock_gettime");
    const char *path = getenv("CLOCK_SHIFT_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *page = file < 0 ? MAP_FAILED : mmap(0, sizeof *shift_ms, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) shift_ms = page;
    if (file >= 0) close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, time);
    if (!failed && clock == CLOCK_REALTIME && shift_ms) {
        int64_t nanos = time->tv_nsec + (*shift_ms % 1000) * 1000000;
        time->tv_sec += *shift_ms / 1000 + nanos / 1000000000;
        time->tv_nsec = nanos % 1000000000;
        if (time->tv_nsec < 0) {
            time->tv_nsec += 1000000000;
            time->tv_sec -= 1;
        }
    }
    return failed;
}
