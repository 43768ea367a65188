/* SPDX-License-Identifier: MIT
 *
 * Preloaded into SSH servers that know no other place for authorized_keys than the home in the
 * password file: the home is then what REMUDA_TEST_HOME says, for every user. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *home;

/* Servers clear their environment before they look up the user. */
__attribute__((constructor)) static void keep_home(void) {
    const char *value = getenv("REMUDA_TEST_HOME");
    if (value != NULL) home = strdup(value);
}

static struct passwd *with_home(struct passwd *entry) {
    if (entry != NULL && home != NULL) entry->pw_dir = home;
    return entry;
}

struct passwd *getpwnam(const char *name) {
    struct passwd *(*next)(const char *);
    *(void **)&next = dlsym(RTLD_NEXT, "getpwnam");
    return with_home(next(name));
}

struct passwd *getpwuid(uid_t uid) {
    struct passwd *(*next)(uid_t);
    *(void **)&next = dlsym(RTLD_NEXT, "getpwuid");
    return with_home(next(uid));
}

/* tinysshd lets nobody in whose home has a folder above it that others may write to. Where the sticky
 * bit keeps them from each other's entries, as in /tmp, a test may have its home below. */
int stat(const char *restrict path, struct stat *restrict info) {
    int (*next)(const char *restrict, struct stat *restrict);
    *(void **)&next = dlsym(RTLD_NEXT, "stat");
    const int result = next(path, info);
    if (result == 0 && (info->st_mode & S_ISVTX) != 0) info->st_mode &= ~(mode_t)022;
    return result;
}
