// Workers: threads that take messages from queues and run a task for each. A task is straight-line
// code: it looks at the message, fills the change with what it found out, and returns. The worker
// adds the settlement, submits, and goes on with the next message without waiting for the flush.
//
// What the task returns decides: OK commits the change with the settlement. A status that may pass
// (status_may_retry) gives the message back with a growing delay; any other sets it aside in the
// dead-letter queue with the sentence of its scope. When the commit is answered CONFLICT over a
// record the task is run again on the same message, a few times at once, then later; INVALID sets
// the message aside. A task may therefore run twice for one message; its change is committed once.
#ifndef SHEAF_STORE_WORKER_H
#define SHEAF_STORE_WORKER_H

#include "store/change.h"
#include "store/queue.h"

struct workers;

struct work {
    struct store *store;
    const struct message *message;
    struct change *change;         // to be filled; the settlement is added by the worker
    const struct record *obstacle; // when run again after CONFLICT: the record in the way, or NULL
    unsigned attempt;              // of this receive, from 1
    void *context;                 // of the worker_def
};

struct worker_def {
    const struct queue_def *queue;
    enum status (*run)(struct scope *s, struct work *work);
    void *context;
    unsigned threads; // several for tasks that wait for partners
    // Messages taken and not yet answered by the store, per thread: a hundred or more for tasks
    // that only compute, a few for tasks that wait.
    unsigned in_flight_max;
    // Messages taken at once; 0: as many as fit. 1 for tasks that wait, so that what one thread
    // took does not wait behind its first while other threads are idle.
    unsigned take_max;
    size_t memory_bytes_max; // budget of the scope of one task
    int64_t retry_s_first; // delay of the first retry; doubles each time, the half of it by chance
    int64_t retry_s_max;   // at most LEASE_S_MAX
};

// Starts threads for all definitions (ended by one without a queue). The definitions are borrowed
// until the workers stop. Leases are extended while a task runs or waits for its commit.
struct workers *workers_start(struct store *store, const struct worker_def *defs);

// Stops taking, waits for the tasks that run and for the changes that were submitted, gives back
// what was taken and not begun, and frees. NULL is fine.
void workers_stop(struct workers *w);

// Counted since the start, over the threads of the queue.
struct worker_stats {
    uint64_t runs;       // of tasks, repeated ones too
    uint64_t conflicts;  // commits answered CONFLICT over a record
    uint64_t lost;       // commits that came after the lease had ended, or of a second delivery
    uint64_t given_back; // to be tried again later
    uint64_t set_aside;  // as hopeless; what was given back too often is not in this
};
void workers_stats(struct workers *w, const struct queue_def *queue, struct worker_stats *out);

// For simulations, without threads: takes and runs up to `count_max` messages of any of the queues
// on this thread and waits for their commits; returns how many ran. Leases are not extended.
unsigned workers_run(struct store *store, const struct worker_def *defs, unsigned count_max);

#endif
