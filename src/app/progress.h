// A line on the terminal about long work: how far it is, how fast, how long still. Nothing is shown
// when the error output is no terminal. One thread at a time.
#ifndef SHEAF_APP_PROGRESS_H
#define SHEAF_APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; // "Importing"
    bool shown;       // there is a terminal
    int64_t started_at_us;
    int64_t told_at_us;
};

// `what` is borrowed.
struct progress progress_start(const char *what);
// Shows a bar, at most ten times a second. `all` 0: not known. `items` (UINT64_MAX: none) is what
// is counted a second.
void progress_show(struct progress *p, uint64_t done, uint64_t all, uint64_t items);
// Wipes the line. Returns how many seconds have passed, as a fraction too.
double progress_end(struct progress *p);

#endif
