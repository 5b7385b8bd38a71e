// What the files of a slot share: what its process is given, and how an invocation ends in the
// words of Lambda.
#ifndef SHEAF_APP_SLOT_IMPL_H
#define SHEAF_APP_SLOT_IMPL_H

#include "app/invocation.h"
#include "app/runtime.h"
#include "app/slot.h"
#include "sys/child.h"

struct thread;

struct slot {
    const struct slot_options *options;
    struct thread *thread;
    struct scope *scope;
    struct scope *each; // of one invocation
    struct scope *link; // of the connection to the server; NULL: there is none
    struct remote *remote;
    struct runtime *runtime;
    char **environment;
    struct child child;
    unsigned failures; // of the process, since an invocation ended well
    unsigned troubles; // with the server, one after the other
};

// What the process finds around it.
char **slot_environment(struct slot *w);
void slot_give(struct slot *w, const struct invocation *i, int64_t left_us);

// How it ended. Each fills `end`; slot_end_told() returns false while the process works on it.
bool slot_end_told(struct slot *w, const struct invocation *i, struct invocation_end *end);
void slot_end_died(struct slot *w, const struct invocation *i, struct str how,
                   struct invocation_end *end);
void slot_end_late(struct slot *w, const struct invocation *i, struct invocation_end *end);
void slot_end_unfit(struct slot *w, const struct invocation *i, struct str why,
                    struct invocation_end *end);

#endif
