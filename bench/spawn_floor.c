/* SPDX-License-Identifier: MIT */
/* The least that running jobs can cost: spawn_floor JOBS AT_ONCE starts `sh -c true` JOBS times, at
 * most AT_ONCE at a time, and does nothing else. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char** environ;

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const long jobs = atol(argv[1]);
    const long at_once = atol(argv[2]);
    char* const words[] = {"sh", "-c", "true", NULL};
    long started = 0;
    for (long ended = 0; ended < jobs;) {
        if (started < jobs && started - ended < at_once) {
            pid_t pid;
            if (posix_spawn(&pid, "/bin/sh", NULL, NULL, words, environ) != 0) return 1;
            ++started;
            continue;
        }
        int status = 0;
        if (wait(&status) < 0 || status != 0) return 1;
        ++ended;
    }
    return 0;
}
