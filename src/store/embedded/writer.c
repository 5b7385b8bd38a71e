// The cycle of a batch: wait, collect, apply, commit, answer, tidy up.
#include "store/embedded/writer.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "store/embedded/checkpoint.h"
#include "store/embedded/index.h"
#include "store/embedded/keeper.h"
#include "sys/world.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    BATCH_CHANGES_MAX = 500,
    BATCH_BYTES_MAX = 16 << 20,
    GATHER_US = 2000, // from the beginning of one batch to that of the next
    GATHER_CHANGES_MIN = 8,
    TIDY_AGAIN_US = 100000,
    BATCH_SCOPE_BYTES_MAX = 256 << 20,
    LOG_BYTES_DEFAULT = 16 << 20,
};

struct change_list {
    struct change *first;
    struct change *last;
};

struct writer {
    struct embedded *e;
    struct thread *thread;
    _Atomic(struct change *) submitted; // newest first
    struct mutex lock;
    struct condition wake;
    bool closing;       // under the lock
    _Atomic bool poked; // there may be messages to count, or runs to write
    struct errands errands;
    _Atomic bool dead;
    // The writer's own.
    struct batch batch;
    struct change_list backlog; // taken, not yet in a batch
    struct checkpoint checkpoint;
    size_t batch_changes;  // in the last batch
    size_t alone;          // changes of the backlog to be tried one a batch
    int64_t begun_us;      // when it was begun; real and monotonic
    bool untidy;           // what it was poked for is not committed yet
    bool tidies;           // this batch does it
    int64_t tidy_after_us; // it failed: when to try it again, by itself; 0: share the next batch
    // What it tells.
    _Atomic uint64_t changes;
    _Atomic uint64_t conflicts;
    _Atomic uint64_t batches;
    _Atomic uint64_t waiting;
    _Atomic uint64_t commit_us_last;
};

static void wake(struct writer *w)
{
    mutex_lock(&w->lock);
    condition_signal(&w->wake);
    mutex_unlock(&w->lock);
}

void writer_submit(struct writer *w, struct change *c)
{
    struct change *newest = atomic_load_explicit(&w->submitted, memory_order_relaxed);

    atomic_fetch_add_explicit(&w->waiting, 1, memory_order_relaxed);
    do {
        c->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&w->submitted, &newest, c, memory_order_release,
                                                    memory_order_relaxed));
    if (!newest)
        wake(w);
}

void writer_poke(struct writer *w)
{
    if (!atomic_exchange(&w->poked, true))
        wake(w);
}

bool writer_is_dead(const struct writer *w)
{
    return atomic_load_explicit(&w->dead, memory_order_acquire);
}

static void list_append(struct change_list *list, struct change *c)
{
    c->next = NULL;
    if (list->last)
        list->last->next = c;
    else
        list->first = c;
    list->last = c;
}

static struct change *list_take(struct change_list *list)
{
    struct change *c = list->first;

    if (!c)
        return NULL;
    list->first = c->next;
    if (!list->first)
        list->last = NULL;
    c->next = NULL;
    return c;
}

// Moves what was submitted to the end of the backlog, oldest first.
static void collect(struct writer *w)
{
    struct change *newest = atomic_exchange_explicit(&w->submitted, NULL, memory_order_acquire);
    struct change *oldest = NULL;

    while (newest) {
        struct change *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        struct change *next = oldest->next;
        list_append(&w->backlog, oldest);
        oldest = next;
    }
}

static void answer(struct writer *w, struct change_list *list)
{
    uint64_t count = 0;

    for (struct change *c = list->first; c; c = c->next) {
        change_release(c);
        count++;
        if (c->status == OK)
            atomic_fetch_add_explicit(&w->changes, 1, memory_order_relaxed);
        else if (c->status == CONFLICT)
            atomic_fetch_add_explicit(&w->conflicts, 1, memory_order_relaxed);
    }
    atomic_fetch_sub_explicit(&w->waiting, count, memory_order_relaxed);
    if (list->first)
        change_answer(list->first);
    *list = (struct change_list){0};
}

static void answer_all(struct writer *w, struct change_list *list, enum status e, struct str why)
{
    for (struct change *c = list->first; c; c = c->next) {
        c->status = e;
        c->why = str_copy(c->scope, why);
    }
    answer(w, list);
}

enum status writer_do(struct scope *s, struct writer *w, const struct errand *errand)
{
    struct errand_post post;

    errands_post(&w->errands, &post, errand);
    wake(w);
    return errands_wait(s, &post);
}

// Takes changes into the batch, which fails or is committed with all of them.
static void take_changes(struct writer *w, struct change_list *taken)
{
    size_t count_max = w->alone ? 1 : BATCH_CHANGES_MAX;
    size_t count = 0;
    size_t bytes = 0;

    w->alone -= w->alone > 0;
    while (w->backlog.first && count < count_max && bytes < BATCH_BYTES_MAX) {
        struct change *c = list_take(&w->backlog);
        list_append(taken, c);
        count++;
        bytes += c->bytes;
    }
    w->batch_changes = count;
}

// A change that is answered CONFLICT stays in the list: its answer, too, rests on what is being
// committed.
static enum status apply_changes(struct batch *b, const struct change_list *taken)
{
    for (struct change *c = taken->first; c; c = c->next) {
        bool passed = false;
        TRY(batch_check(b, c, &passed));
        if (passed)
            TRY(batch_write(b, c));
    }
    return OK;
}

// Does what the writer was poked for.
static enum status tidy(struct writer *w)
{
    bool more = false;

    TRY(mail_count(&w->batch, &more));
    TRY(indexes_write_runs(&w->batch, &more));
    if (more)
        atomic_store(&w->poked, true);
    return OK;
}

static enum status fill_batch(struct writer *w, struct errand_post *errands,
                              const struct change_list *taken)
{
    struct batch *b = &w->batch;

    TRY(session_run(b->scope, b->session, BEGIN));
    TRY(errands_run(b, errands));
    if (w->tidies)
        TRY(tidy(w));
    TRY(apply_changes(b, taken));
    return journal_write(b);
}

static void die(struct writer *w, struct change_list *taken, struct str why)
{
    const struct embedded_options *o = &w->e->options;

    atomic_store_explicit(&w->dead, true, memory_order_release);
    embedded_queue_wake(&w->e->store);
    mail_rollback(&w->batch); // whatever was committed is found again after the next start
    answer_all(w, taken, TIMEOUT, why);
    if (!o->on_fatal)
        abort();
    o->on_fatal(o->on_fatal_context, why);
}

// Undoes the batch; it is certain that nothing of it was committed. False: not even that worked.
static bool roll_back(struct writer *w)
{
    struct batch *b = &w->batch;

    if (!sqlite3_get_autocommit(b->session->db) &&
        session_run(b->scope, b->session, ROLLBACK) != OK)
        return false;
    mail_rollback(b);
    journal_end(b, false);
    indexes_rollback(b);
    return batch_forget(b) == OK;
}

// Puts changes back in front of the backlog, to be tried one a batch: one of them fails for a
// reason of its own, such as a damaged page, which must not be the reason of its neighbours.
static void retry_alone(struct writer *w, struct change_list *taken)
{
    struct change *last = taken->last;

    w->alone = 0;
    for (struct change *c = taken->first; c; c = c->next) {
        c->status = OK;
        c->obstacle = NULL;
        w->alone++;
    }
    last->next = w->backlog.first;
    if (!w->backlog.last)
        w->backlog.last = last;
    w->backlog.first = taken->first;
    *taken = (struct change_list){0};
}

static void fail_batch(struct writer *w, struct change_list *taken, enum status e)
{
    struct str why = str_copy(w->batch.scope, scope_why(w->batch.scope));

    if (w->tidies)
        w->tidy_after_us = w->begun_us + TIDY_AGAIN_US;
    if (!roll_back(w))
        die(w, taken, why);
    else if (e != TEMPORARY && taken->first != taken->last)
        retry_alone(w, taken);
    else
        answer_all(w, taken, e, why);
}

static bool is_full(const struct session *session)
{
    return (sqlite3_extended_errcode(session->db) & 0xFF) == SQLITE_FULL;
}

static enum status commit_batch(struct writer *w, struct change_list *taken)
{
    struct batch *b = &w->batch;
    int64_t start_us = world_monotonic_us(w->e->store.world);
    enum status e = session_run(b->scope, b->session, COMMIT);

    // A full disk is noticed before the page that makes the batch valid is written. Any other
    // failure may have come after it.
    if (e != OK && is_full(b->session)) {
        fail_batch(w, taken, e);
        return e;
    }
    if (e != OK) {
        die(w, taken, str_copy(b->scope, scope_why(b->scope)));
        return TIMEOUT;
    }
    atomic_store_explicit(&w->commit_us_last,
                          (uint64_t)(world_monotonic_us(w->e->store.world) - start_us),
                          memory_order_relaxed);
    atomic_fetch_add_explicit(&w->batches, 1, memory_order_relaxed);
    if (w->tidies) {
        w->untidy = false;
        w->tidy_after_us = 0;
    }
    cache_commit(w->e->cache, b->number);
    mail_commit(b);
    journal_end(b, true);
    if (indexes_commit(b))
        keeper_sort(w->e->keeper);
    answer(w, taken);
    return OK;
}

// Whether it is time to do what the writer was poked for.
static bool is_tidy_due(const struct writer *w, int64_t now_us)
{
    return w->untidy && now_us >= w->tidy_after_us;
}

// What the writer was poked for shares a batch with changes. When that batch fails it is done
// again after a while, and by itself: the changes must not fail with it for ever.
static void run_batch(struct writer *w)
{
    struct batch *b = &w->batch;
    struct change_list taken = {0};

    b->number++;
    w->begun_us = world_monotonic_us(world_real());
    b->now_us = world_now_us(w->e->store.world);
    struct errand_post *errands = errands_take(&w->errands);
    w->untidy |= atomic_exchange(&w->poked, false);
    w->tidies = is_tidy_due(w, w->begun_us);
    if (!w->tidies || w->tidy_after_us == 0)
        take_changes(w, &taken);
    enum status e = fill_batch(w, errands, &taken);
    if (e == OK)
        e = commit_batch(w, &taken);
    else
        fail_batch(w, &taken, e);
    errands_answer(b, errands, e);
    scope_reset(b->scope);
}

// Under the lock.
static bool has_work(struct writer *w)
{
    return w->backlog.first || atomic_load(&w->submitted) || atomic_load(&w->poked) ||
           errands_waiting(&w->errands) || is_tidy_due(w, world_monotonic_us(world_real()));
}

// Under the lock.
static void wait_a_while(struct writer *w)
{
    int64_t left_us = w->tidy_after_us - world_monotonic_us(world_real());

    if (!w->untidy)
        condition_wait(&w->wake, &w->lock);
    else if (left_us > 0)
        (void)condition_wait_us(&w->wake, &w->lock, left_us);
}

// Under the lock. When many submit, but fewer than make a good batch, it is worth a moment to let
// more come: a flush costs the same for one change as for hundreds.
static void gather(struct writer *w)
{
    uint64_t waiting = atomic_load_explicit(&w->waiting, memory_order_relaxed);
    int64_t left_us = w->begun_us + GATHER_US - world_monotonic_us(world_real());

    if (w->batch_changes >= GATHER_CHANGES_MIN && waiting < BATCH_CHANGES_MAX / 2 && left_us > 0)
        (void)condition_wait_us(&w->wake, &w->lock, left_us);
}

// Returns whether there is anything to do; false: the store is closing and all is done.
static bool wait_for_work(struct writer *w)
{
    mutex_lock(&w->lock);
    while (!has_work(w) && !w->closing)
        wait_a_while(w);
    bool work = has_work(w);
    if (work && !w->closing)
        gather(w);
    mutex_unlock(&w->lock);
    collect(w);
    return work;
}

// Answers what comes after a failed flush.
static void refuse(struct writer *w)
{
    struct str why = str("the store stopped: a flush failed");

    (void)fail(w->batch.scope, TIMEOUT, "%.*s", STR(why));
    answer_all(w, &w->backlog, TIMEOUT, why);
    errands_answer(&w->batch, errands_take(&w->errands), TIMEOUT);
    atomic_store(&w->poked, false);
    w->untidy = false;
}

static void run(void *argument)
{
    struct writer *w = argument;

    while (wait_for_work(w)) {
        if (writer_is_dead(w)) {
            refuse(w);
            continue;
        }
        run_batch(w);
        checkpoint_turn(&w->checkpoint);
    }
}

void writer_start(struct embedded *e, struct session *session)
{
    struct writer *w = heap_new(struct writer);

    w->e = e;
    mutex_init(&w->lock);
    condition_init(&w->wake);
    w->batch = (struct batch){
        .e = e, .session = session, .scope = scope_open(BATCH_SCOPE_BYTES_MAX), .number = 1};
    errands_init(&w->errands);
    checkpoint_init(&w->checkpoint, e->store.world, e->keeper, session->db,
                    e->options.log_bytes_max ? e->options.log_bytes_max : LOG_BYTES_DEFAULT);
    e->writer = w;
    w->thread = thread_start("sheaf-writer", run, w);
}

void writer_stop(struct writer *w)
{
    if (!w)
        return;
    mutex_lock(&w->lock);
    w->closing = true;
    condition_signal(&w->wake);
    mutex_unlock(&w->lock);
    thread_join(w->thread);
    assert(!atomic_load(&w->submitted));
    session_close(w->batch.session);
    pack_fini(&w->batch.feed);
    pack_fini(&w->batch.audit);
    scope_close(w->batch.scope);
    errands_fini(&w->errands);
    condition_fini(&w->wake);
    mutex_fini(&w->lock);
    free(w);
}

void writer_stats(struct writer *w, struct store_stats *out)
{
    out->changes = atomic_load(&w->changes);
    out->conflicts = atomic_load(&w->conflicts);
    out->batches = atomic_load(&w->batches);
    out->waiting = atomic_load(&w->waiting);
    out->commit_us_last = atomic_load(&w->commit_us_last);
}
