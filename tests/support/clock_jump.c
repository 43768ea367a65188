/* SPDX-License-Identifier: MIT
 *
 * Preloaded into remuda: its wall clock is ahead (or behind) by as many seconds as a file says.
 *
 *   CLOCK_JUMP_FILE  the file; while it is missing the clock is right
 *
 * The monotonic clock is left alone, as it is by whoever sets the clock. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long seconds_ahead(void) {
    char text[32] = "";
    const char* path = getenv("CLOCK_JUMP_FILE");
    const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    return length > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    /* Not by dlsym: sanitizers ask for the time before it works. */
    const int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += seconds_ahead();
    return result;
}
