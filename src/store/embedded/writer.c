#include "store/embedded/writer.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/batch_impl.h"
#include "store/embedded/hours.h"
#include "sys/world.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BATCH_CHANGES_MAX = 500,
    BATCH_BYTES_MAX = 16 << 20,
    BATCH_SCOPE_BYTES_MAX = 256 << 20,
    LOG_PAGES_MAX = 4096, // a checkpoint is made when the log is longer
};

struct change_list {
    struct change *first;
    struct change *last;
};

// An errand and who waits for it, on the waiter's stack.
struct errand_post {
    struct errand_post *next;
    struct errand errand;
    enum status status;
    char why[256];
    struct mutex lock;
    struct condition answered;
    bool done; // under the lock
};

struct writer {
    struct embedded *e;
    struct thread *thread;
    _Atomic(struct change *) submitted; // newest first
    struct mutex lock;
    struct condition wake;
    bool closing;                // under the lock
    struct errand_post *errands; // under the lock; newest first
    _Atomic bool poked;          // there may be messages to count
    _Atomic bool dead;
    // The writer's own.
    struct batch batch;
    struct change_list backlog; // taken, not yet in a batch
    int log_pages;
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

static void answer_errand(struct errand_post *post)
{
    mutex_lock(&post->lock);
    post->done = true;
    condition_signal(&post->answered); // under the lock: the post ends when the waiter has it
    mutex_unlock(&post->lock);
}

static void answer_errands(struct writer *w, struct errand_post *list, enum status e)
{
    for (struct errand_post *post = list, *next; post; post = next) {
        next = post->next;
        if (e != OK && post->status == OK) {
            struct str why = scope_why(w->batch.scope);
            post->status = e;
            (void)snprintf(post->why, sizeof post->why, "%.*s", STR(why));
        }
        if (post->status == OK && post->errand.committed)
            post->errand.committed(w->e, post->errand.context);
        answer_errand(post);
    }
}

static struct errand_post *take_errands(struct writer *w)
{
    mutex_lock(&w->lock);
    struct errand_post *list = w->errands;
    w->errands = NULL;
    mutex_unlock(&w->lock);
    return list;
}

// Runs each in a savepoint of its own; what fails is undone, and the batch goes on.
static enum status run_errands(struct batch *b, struct errand_post *list)
{
    for (struct errand_post *post = list; post; post = post->next) {
        TRY(session_run(b->scope, b->session, MARK));
        size_t feed_bytes = b->feed.bytes;
        post->status = post->errand.run(b, post->errand.context);
        if (post->status != OK) {
            (void)snprintf(post->why, sizeof post->why, "%.*s", STR(scope_why(b->scope)));
            b->feed.bytes = feed_bytes;
            cache_clear(b->e->cache);
            TRY(session_run(b->scope, b->session, UNDO));
        }
        TRY(session_run(b->scope, b->session, KEEP));
    }
    return OK;
}

enum status writer_do(struct scope *s, struct writer *w, const struct errand *errand)
{
    struct errand_post post = {.errand = *errand, .lock = MUTEX_INIT, .answered = CONDITION_INIT};

    mutex_lock(&w->lock);
    post.next = w->errands;
    w->errands = &post;
    condition_signal(&w->wake);
    mutex_unlock(&w->lock);
    mutex_lock(&post.lock);
    while (!post.done)
        condition_wait(&post.answered, &post.lock);
    mutex_unlock(&post.lock);
    condition_fini(&post.answered);
    mutex_fini(&post.lock);
    return post.status == OK ? OK : fail(s, post.status, "%s", post.why);
}

// Takes changes into the batch and applies each. A change that is answered CONFLICT is in the list
// all the same: its answer, too, rests on what is being committed.
static enum status apply_changes(struct writer *w, struct change_list *taken)
{
    struct batch *b = &w->batch;
    size_t count = 0;
    size_t bytes = 0;

    while (w->backlog.first && count < BATCH_CHANGES_MAX && bytes < BATCH_BYTES_MAX) {
        struct change *c = list_take(&w->backlog);
        bool passed = false;
        list_append(taken, c);
        count++;
        bytes += c->bytes;
        TRY(batch_check(b, c, &passed));
        if (passed)
            TRY(batch_write(b, c));
        else
            atomic_fetch_add_explicit(&w->conflicts, 1, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&w->changes, count, memory_order_relaxed);
    return OK;
}

static enum status fill_batch(struct writer *w, struct errand_post *errands,
                              struct change_list *taken)
{
    struct batch *b = &w->batch;
    bool more = false;

    TRY(session_run(b->scope, b->session, BEGIN));
    TRY(run_errands(b, errands));
    if (atomic_exchange(&w->poked, false)) {
        TRY(mail_count(b, &more));
        if (more)
            atomic_store(&w->poked, true);
    }
    TRY(apply_changes(w, taken));
    return journal_write(b);
}

static void die(struct writer *w, struct change_list *taken, struct str why)
{
    const struct embedded_options *o = &w->e->options;

    atomic_store_explicit(&w->dead, true, memory_order_release);
    embedded_queue_wake(&w->e->store);
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
    cache_clear(w->e->cache);
    mail_rollback(b);
    journal_end(b, false);
    for (size_t i = 0; i < w->e->table_count; i++)
        if (w->e->tables[i].hours && hours_load(b->scope, b->session, &w->e->tables[i]) != OK)
            return false;
    return true;
}

static void fail_batch(struct writer *w, struct change_list *taken, enum status e)
{
    struct str why = str_copy(w->batch.scope, scope_why(w->batch.scope));

    if (!roll_back(w))
        die(w, taken, why);
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
    cache_commit(w->e->cache, b->number);
    mail_commit(b);
    journal_end(b, true);
    answer(w, taken);
    return OK;
}

static void run_batch(struct writer *w)
{
    struct batch *b = &w->batch;
    struct change_list taken = {0};

    b->number++;
    b->now_us = world_now_us(w->e->store.world);
    struct errand_post *errands = take_errands(w);
    enum status e = fill_batch(w, errands, &taken);
    if (e == OK)
        e = commit_batch(w, &taken);
    else
        fail_batch(w, &taken, e);
    answer_errands(w, errands, e);
    scope_reset(b->scope);
}

// Under the lock.
static bool has_work(struct writer *w)
{
    return atomic_load(&w->submitted) || atomic_load(&w->poked) || w->errands;
}

// Returns whether there is anything to do; false: the store is closing and all is done.
static bool wait_for_work(struct writer *w)
{
    collect(w);
    if (w->backlog.first)
        return true;
    mutex_lock(&w->lock);
    while (!has_work(w) && !w->closing)
        condition_wait(&w->wake, &w->lock);
    bool work = has_work(w);
    mutex_unlock(&w->lock);
    collect(w);
    return work;
}

static void checkpoint(struct writer *w)
{
    if (w->log_pages < LOG_PAGES_MAX)
        return;
    (void)sqlite3_wal_checkpoint_v2(w->batch.session->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL,
                                    NULL);
}

// Answers what comes after a failed flush.
static void refuse(struct writer *w)
{
    struct str why = str("the store stopped: a flush failed");

    (void)fail(w->batch.scope, TIMEOUT, "%.*s", STR(why));
    answer_all(w, &w->backlog, TIMEOUT, why);
    answer_errands(w, take_errands(w), TIMEOUT);
    atomic_store(&w->poked, false);
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
        checkpoint(w);
    }
}

static int note_log(void *context, sqlite3 *db, const char *name, int pages)
{
    struct writer *w = context;

    (void)db;
    (void)name;
    w->log_pages = pages;
    return SQLITE_OK;
}

struct writer *writer_start(struct embedded *e, struct session *session)
{
    struct writer *w = heap_new(struct writer);

    w->e = e;
    mutex_init(&w->lock);
    condition_init(&w->wake);
    w->batch = (struct batch){
        .e = e, .session = session, .scope = scope_open(BATCH_SCOPE_BYTES_MAX), .number = 1};
    (void)sqlite3_wal_hook(session->db, note_log, w);
    w->thread = thread_start("sheaf-writer", run, w);
    return w;
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
