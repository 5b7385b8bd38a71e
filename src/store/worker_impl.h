// What worker.c, job.c and lease.c share. A worker is one thread's part; a batch is what it took at
// once and whose text lies in one scope; a job is one message on its way through the task.
#ifndef SHEAF_STORE_WORKER_IMPL_H
#define SHEAF_STORE_WORKER_IMPL_H

#include "store/worker.h"
#include "sys/inbox.h"
#include "sys/thread.h"

#include <stdatomic.h>

enum { BATCH_MAX = 32 };

struct batch {
    struct scope *scope;
    struct message messages[BATCH_MAX];
    atomic_bool ended[BATCH_MAX];
    size_t count;
    size_t open;          // messages not yet ended
    int64_t extend_at_us; // by the world's monotonic clock
    struct batch *next;
};

struct job {
    struct worker *worker;
    struct batch *batch;
    size_t index; // of its message in the batch
    struct scope *scope;
    const struct record *obstacle;
    unsigned attempt;
    bool ending; // the change submitted gives the message back or sets it aside
    struct job *next;
};

struct worker {
    struct workers *all; // NULL: without threads
    struct store *store;
    const struct worker_def *def;
    struct thread *thread;
    struct inbox *inbox;
    struct job *jobs;    // in_flight_max of them
    struct job *idle;    // of these
    struct job *again;   // met a conflict, to be run once more
    struct batch *fresh; // batches that hold nothing
    struct mutex lock;   // guards what is below, which the keeper of leases reads
    struct batch *open;
    unsigned in_flight; // jobs; the thread's own
    atomic_ullong runs;
    atomic_ullong conflicts;
    atomic_ullong lost;
    atomic_ullong given_back;
    atomic_ullong set_aside;
};

struct workers {
    struct worker *list;
    size_t count;
    struct thread *keeper;
    struct mutex lock;
    struct condition ended; // a worker, or the wait of the keeper
    size_t running;
    atomic_bool stopping;
};

// job.c
// Runs the task on the message and submits what comes of it.
void job_run(struct job *job);
// Gives the message back (a status that may pass) or sets it aside.
void job_fail(struct job *job, enum status e, struct str why, int64_t delay_s);

// worker.c
// The job is over: its memory is used again, and so is its batch when all its messages are.
void job_end(struct job *job);
struct scope *job_scope(const struct worker_def *def);

// lease.c
void batch_open(struct worker *w, struct batch *batch);
void batch_close(struct worker *w, struct batch *batch);
// Extends the leases of all that is in flight and has used up half of its lease.
void workers_extend(struct workers *all);
// The keeper's thread.
void workers_keep(void *workers);

static inline void tally(atomic_ullong *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static inline const struct message *job_message(const struct job *job)
{
    return &job->batch->messages[job->index];
}

#endif
