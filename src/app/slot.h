// A slot of a worker: one process of the command, and a thread that takes invocations for it, one
// at a time, and brings its answers to the server. A process that ends is started again, after a
// pause that grows until an invocation ends well; the invocation it had fails, as with Lambda.
// While a process works its invocation's lease is kept, so that nobody else gets it; when this
// program is lost, another worker gets it at the end of the lease, with the same id.
#ifndef SHEAF_APP_SLOT_H
#define SHEAF_APP_SLOT_H

#include "core/str.h"

#include <stdint.h>

struct command_line;
struct slot;

// Borrowed as long as the slot.
struct slot_options {
    const struct command_line *line; // says where the server is
    struct str function;
    struct str worker; // who takes, for the history
    char *const *arguments;
    char *const *environment;
    int64_t timeout_us; // of an invocation
    int stop_fd;        // readable: end the invocation at hand and take no more
    int hurry_fd;       // readable: give it back and end at once
    int ended_fd;       // gets a byte when the slot has ended
};

struct slot *slot_start(const struct slot_options *options);
// Waits until it has ended.
void slot_join(struct slot *slot);

#endif
