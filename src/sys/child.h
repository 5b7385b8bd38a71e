// A program that runs as a child of this one, in a process group of its own: what a terminal sends
// to this program does not reach it, and what it starts itself ends with it. It is killed when the
// thread that started it ends, however that happens.
#ifndef SHEAF_SYS_CHILD_H
#define SHEAF_SYS_CHILD_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <sys/types.h>

struct scope;

// Zeroed: there is none.
struct child {
    pid_t pid;
    int fd; // readable when it has ended
};

// Starts `arguments[0]`, which is looked for in PATH, with this environment; both end with NULL.
// Its input is empty, its outputs are this program's. Errors: NOT_FOUND there is no such program;
// DENIED it may not be run; TEMPORARY no process.
enum status child_start(struct scope *s, char *const *arguments, char *const *environment,
                        struct child *out);

static inline bool child_runs(const struct child *c)
{
    return c->pid > 0;
}

// Sends a signal to it and what it has started.
void child_signal(const struct child *c, int signal);

// Waits until it has ended, ends what it has started, and tells how it ended, as Lambda does:
// "exit status 1", "signal: killed"; empty: with 0. The child is zeroed.
struct str child_end(struct scope *s, struct child *c);

// The environment with one more variable, in place of one of that name unless `keep`.
char **environment_with(struct scope *s, char *const *environment, const char *name,
                        struct str value, bool keep);

#endif
