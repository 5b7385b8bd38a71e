// The workers' threads. Each takes a batch, runs the task for every message and submits; while the
// store flushes, it takes the next. It waits only when nothing is there to be done: in the store
// for messages, or at its inbox for answers when it may not take more or there are none.
#include "store/worker.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/backend_impl.h"
#include "store/worker_impl.h"

#include <assert.h>
#include <stdlib.h>

enum {
    IDLE_WAIT_MS = 1000,
    FAULT_WAIT_MS = 100, // after the store failed to give messages
    STOP_WAIT_US = 2000,
    // Beyond the task's budget: an obstacle, the next one, a change that gives the message back.
    JOB_RESERVE_BYTES = 2 * RECORD_BYTES_MAX + 65536,
    MESSAGE_ROOM_BYTES = MESSAGE_BYTES_MAX + MESSAGE_ERROR_BYTES_MAX + 1024,
};

void job_end(struct job *job)
{
    struct worker *w = job->worker;
    struct batch *batch = job->batch;

    atomic_store_explicit(&batch->ended[job->index], true, memory_order_relaxed);
    scope_reset(job->scope);
    job->next = w->idle;
    w->idle = job;
    w->in_flight--;
    if (--batch->open == 0)
        batch_close(w, batch);
}

struct scope *job_scope(const struct worker_def *def)
{
    return scope_open(def->memory_bytes_max + JOB_RESERVE_BYTES);
}

static struct job *job_start(struct worker *w, struct batch *batch, size_t index)
{
    struct job *job = w->idle;

    w->idle = job->next;
    w->in_flight++;
    if (!job->scope)
        job->scope = job_scope(w->def);
    job->batch = batch;
    job->index = index;
    job->obstacle = NULL;
    job->attempt = 1;
    return job;
}

static struct batch *batch_fresh(struct worker *w)
{
    struct batch *batch = w->fresh;

    if (batch) {
        w->fresh = batch->next;
        return batch;
    }
    batch = heap_new(struct batch);
    batch->scope = scope_open((size_t)BATCH_MAX * MESSAGE_ROOM_BYTES);
    return batch;
}

static bool is_stopping(const struct worker *w)
{
    return w->all && atomic_load_explicit(&w->all->stopping, memory_order_relaxed);
}

static void run_batch(struct worker *w, struct batch *batch)
{
    size_t count = batch->count; // the batch may end with its last message

    for (size_t i = 0; i < count; i++) {
        struct job *job = job_start(w, batch, i);
        if (is_stopping(w) && job_message(job)->receives < w->def->queue->receives_max)
            job_fail(job, BUSY, str("the worker stopped"), 0);
        else
            job_run(job);
    }
}

// Takes up to `count_max` messages and runs them; returns how many.
static size_t take_and_run(struct worker *w, size_t count_max, int wait_ms)
{
    struct batch *batch = batch_fresh(w);
    size_t room = w->def->in_flight_max - w->in_flight;

    if (count_max > room)
        count_max = room;
    if (w->def->take_max && count_max > w->def->take_max)
        count_max = w->def->take_max;
    if (count_max > BATCH_MAX)
        count_max = BATCH_MAX;
    enum status e = queue_take(batch->scope, w->store, w->def->queue, count_max, 0, wait_ms,
                               batch->messages, &batch->count);
    if (e != OK || batch->count == 0) {
        scope_reset(batch->scope);
        batch->next = w->fresh;
        w->fresh = batch;
        if (e != OK)
            (void)inbox_wait(w->inbox, FAULT_WAIT_MS);
        return 0;
    }
    size_t count = batch->count;
    batch_open(w, batch);
    run_batch(w, batch);
    return count;
}

static void run_again(struct worker *w)
{
    struct job *job = w->again;

    w->again = NULL;
    for (struct job *next; job; job = next) {
        next = job->next;
        job_run(job);
    }
}

static void await_answers(struct worker *w)
{
    if (w->in_flight == 0)
        return;
    store_press(w->store);
    (void)inbox_wait(w->inbox, -1);
}

static void worker_turn(struct worker *w)
{
    (void)inbox_run(w->inbox);
    if (w->again) {
        run_again(w);
        return;
    }
    bool may_take = !is_stopping(w) && w->in_flight < w->def->in_flight_max;
    if (!may_take || take_and_run(w, BATCH_MAX, w->in_flight ? 0 : IDLE_WAIT_MS) == 0)
        await_answers(w);
}

static void worker_main(void *argument)
{
    struct worker *w = argument;

    while (!is_stopping(w) || w->in_flight)
        worker_turn(w);
    mutex_lock(&w->all->lock);
    w->all->running--;
    condition_broadcast(&w->all->ended);
    mutex_unlock(&w->all->lock);
}

static void worker_init(struct worker *w, struct store *store, const struct worker_def *def,
                        struct workers *all)
{
    assert(def->in_flight_max > 0 && def->queue->lease_s > 0);
    assert(def->retry_s_first >= 0 && def->retry_s_max <= LEASE_S_MAX);
    w->all = all;
    w->store = store;
    w->def = def;
    w->inbox = inbox_new();
    w->jobs = heap_array(def->in_flight_max, sizeof *w->jobs);
    mutex_init(&w->lock);
    for (unsigned i = 0; i < def->in_flight_max; i++) {
        w->jobs[i] = (struct job){.worker = w, .next = w->idle};
        w->idle = &w->jobs[i];
    }
}

static void worker_fini(struct worker *w)
{
    assert(w->in_flight == 0 && !w->open);
    inbox_free(w->inbox);
    for (unsigned i = 0; i < w->def->in_flight_max; i++)
        scope_close(w->jobs[i].scope);
    free(w->jobs);
    while (w->fresh) {
        struct batch *batch = w->fresh;
        w->fresh = batch->next;
        scope_close(batch->scope);
        free(batch);
    }
    mutex_fini(&w->lock);
}

static size_t count_threads(const struct worker_def *defs)
{
    size_t count = 0;

    for (const struct worker_def *def = defs; def->queue; def++)
        count += def->threads;
    return count;
}

struct workers *workers_start(struct store *store, const struct worker_def *defs)
{
    struct workers *all = heap_new(struct workers);
    size_t at = 0;

    mutex_init(&all->lock);
    condition_init(&all->ended);
    all->count = all->running = count_threads(defs);
    all->list = heap_array(all->count, sizeof *all->list);
    for (const struct worker_def *def = defs; def->queue; def++)
        for (unsigned i = 0; i < def->threads; i++)
            worker_init(&all->list[at++], store, def, all);
    for (at = 0; at < all->count; at++)
        all->list[at].thread = thread_start("worker", worker_main, &all->list[at]);
    all->keeper = thread_start("keeper", workers_keep, all);
    return all;
}

// Wakes them until all have ended: one may be on its way into the store just now.
static void await_end(struct workers *all)
{
    mutex_lock(&all->lock);
    while (all->running) {
        struct store *store = all->list[0].store;
        mutex_unlock(&all->lock);
        store->ops->queue_wake(store);
        mutex_lock(&all->lock);
        if (all->running)
            (void)condition_wait_us(&all->ended, &all->lock, STOP_WAIT_US);
    }
    mutex_unlock(&all->lock);
}

void workers_stop(struct workers *all)
{
    if (!all)
        return;
    atomic_store_explicit(&all->stopping, true, memory_order_relaxed);
    await_end(all);
    thread_join(all->keeper);
    for (size_t i = 0; i < all->count; i++) {
        thread_join(all->list[i].thread);
        worker_fini(&all->list[i]);
    }
    free(all->list);
    condition_fini(&all->ended);
    mutex_fini(&all->lock);
    free(all);
}

void workers_stats(struct workers *all, const struct queue_def *queue, struct worker_stats *out)
{
    *out = (struct worker_stats){0};
    for (size_t i = 0; i < all->count; i++) {
        struct worker *w = &all->list[i];
        if (w->def->queue != queue)
            continue;
        out->runs += atomic_load_explicit(&w->runs, memory_order_relaxed);
        out->conflicts += atomic_load_explicit(&w->conflicts, memory_order_relaxed);
        out->lost += atomic_load_explicit(&w->lost, memory_order_relaxed);
        out->given_back += atomic_load_explicit(&w->given_back, memory_order_relaxed);
        out->set_aside += atomic_load_explicit(&w->set_aside, memory_order_relaxed);
    }
}

static unsigned run_some(struct store *store, const struct worker_def *def, unsigned count_max)
{
    struct worker w = {0};

    worker_init(&w, store, def, NULL);
    unsigned count = (unsigned)take_and_run(&w, count_max, 0);
    while (w.in_flight) {
        if (w.again)
            run_again(&w);
        else
            await_answers(&w);
    }
    worker_fini(&w);
    return count;
}

unsigned workers_run(struct store *store, const struct worker_def *defs, unsigned count_max)
{
    unsigned count = 0;

    for (unsigned before = UINT32_MAX; count < count_max && count != before;) {
        before = count;
        for (const struct worker_def *def = defs; def->queue && count < count_max; def++)
            count += run_some(store, def, count_max - count);
    }
    return count;
}
