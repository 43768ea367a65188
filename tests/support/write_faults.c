/* SPDX-License-Identifier: MIT
 *
 * Preloaded into remuda: the N-th change that it makes to files below a folder goes wrong.
 *
 *   WRITE_FAULTS_EXE    the program that is meant; those that it starts are left alone
 *   WRITE_FAULTS_UNDER  the folder, an absolute path without links
 *   WRITE_FAULTS_AT     N, from 1
 *   WRITE_FAULTS_KIND   kill-before, kill-after: SIGKILL instead of the change, or right after it
 *                       full: from the N-th on, whatever writes bytes fails with ENOSPC
 *
 * Changes are write, pwrite, ftruncate, rename, unlink, fsync and fdatasync. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char under[PATH_MAX];
static long fault_at;
static enum { NOTHING, KILL_BEFORE, KILL_AFTER, FULL } kind;
static atomic_long changes;

__attribute__((constructor)) static void read_orders(void) {
    const char *exe = getenv("WRITE_FAULTS_EXE");
    const char *folder = getenv("WRITE_FAULTS_UNDER");
    const char *at = getenv("WRITE_FAULTS_AT");
    const char *what = getenv("WRITE_FAULTS_KIND");
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0 || exe == NULL || folder == NULL || at == NULL || what == NULL) return;
    self[length] = '\0';
    if (strcmp(self, exe) != 0) return;
    snprintf(under, sizeof under, "%s/", folder);
    fault_at = atol(at);
    kind = strcmp(what, "kill-before") == 0  ? KILL_BEFORE
           : strcmp(what, "kill-after") == 0 ? KILL_AFTER
                                             : FULL;
}

static int is_meant_path(const char *path) {
    return kind != NOTHING && strncmp(path, under, strlen(under)) == 0;
}

static int is_meant(int fd) {
    char link[64];
    char path[PATH_MAX];
    if (kind == NOTHING) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    return is_meant_path(path);
}

/* The number of this change; 0 if it is none of those that are meant. */
static long count(int meant) {
    if (!meant) return 0;
    const long number = atomic_fetch_add(&changes, 1) + 1;
    if (kind == KILL_BEFORE && number == fault_at) kill(getpid(), SIGKILL);
    return number;
}

static void changed(long number) {
    if (kind == KILL_AFTER && number != 0 && number == fault_at) kill(getpid(), SIGKILL);
}

static int is_full(long number) { return kind == FULL && number != 0 && number >= fault_at; }

#define NEXT(name, type, parameters)          \
    static type(*next) parameters;            \
    if (next == NULL) {                       \
        *(void **)&next = dlsym(RTLD_NEXT, name); \
    }

#define REPLACEMENT(type, name, parameters, arguments, meant, writes_bytes) \
    type name parameters {                                                  \
        NEXT(#name, type, parameters)                                       \
        const int before = errno;                                           \
        const long number = count(meant);                                   \
        errno = before;                                                     \
        if ((writes_bytes) && is_full(number)) {                            \
            errno = ENOSPC;                                                 \
            return -1;                                                      \
        }                                                                   \
        const type result = next arguments;                                 \
        changed(number);                                                    \
        return result;                                                      \
    }

REPLACEMENT(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), is_meant(fd), 1)
REPLACEMENT(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at),
            is_meant(fd), 1)
REPLACEMENT(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at),
            (fd, data, size, at), is_meant(fd), 1)
REPLACEMENT(int, ftruncate, (int fd, off_t size), (fd, size), is_meant(fd), 0)
REPLACEMENT(int, ftruncate64, (int fd, off64_t size), (fd, size), is_meant(fd), 0)
REPLACEMENT(int, fsync, (int fd), (fd), is_meant(fd), 0)
REPLACEMENT(int, fdatasync, (int fd), (fd), is_meant(fd), 0)
REPLACEMENT(int, rename, (const char *from, const char *to), (from, to), is_meant_path(to), 0)
REPLACEMENT(int, unlink, (const char *path), (path), is_meant_path(path), 0)
