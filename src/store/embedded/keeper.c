// Two wishes and a thread that fulfils them.
#include "store/embedded/keeper.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/index.h"
#include "store/embedded/runs.h"
#include "store/embedded/writer.h"

#include <stdlib.h>

struct keeper {
    struct embedded *e;
    struct session *session;
    struct thread *thread;
    struct mutex lock; // guards the rest
    struct condition wake;
    bool closing;
    bool sort;
    bool copy;
    int pages;  // of the log, when the copying was asked for
    int copied; // of them
};

static void sort(struct embedded *e)
{
    bool sorted = false;

    for (size_t i = 0; i < e->table_count; i++) {
        for (size_t j = 0; j < e->tables[i].index_count; j++)
            if (e->tables[i].indexes[j].runs)
                sorted |= runs_sort(e->tables[i].indexes[j].runs);
    }
    if (sorted)
        writer_poke(e->writer);
}

// Copies what was in the log when it starts, while the writer goes on. A failure is the writer's to
// meet: it cannot begin the log anew. What readers keep from being copied counts as copied, so that
// it is tried again only when the log has grown.
static void copy(struct keeper *k)
{
    (void)sqlite3_wal_checkpoint_v2(k->session->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    mutex_lock(&k->lock);
    k->copied = k->pages;
    k->copy = false;
    mutex_unlock(&k->lock);
}

static void run(void *argument)
{
    struct keeper *k = argument;

    mutex_lock(&k->lock);
    while (!k->closing) {
        bool wants_sort = k->sort;
        bool wants_copy = k->copy;
        if (!wants_sort && !wants_copy) {
            condition_wait(&k->wake, &k->lock);
            continue;
        }
        k->sort = false;
        mutex_unlock(&k->lock);
        if (wants_copy)
            copy(k);
        if (wants_sort)
            sort(k->e);
        mutex_lock(&k->lock);
    }
    mutex_unlock(&k->lock);
}

struct keeper *keeper_start(struct embedded *e, struct session *session)
{
    struct keeper *k = heap_new(struct keeper);

    k->e = e;
    k->session = session;
    mutex_init(&k->lock);
    condition_init(&k->wake);
    k->thread = thread_start("sheaf-keeper", run, k);
    return k;
}

void keeper_stop(struct keeper *k)
{
    if (!k)
        return;
    mutex_lock(&k->lock);
    k->closing = true;
    condition_signal(&k->wake);
    mutex_unlock(&k->lock);
    thread_join(k->thread);
    k->thread = NULL;
}

void keeper_free(struct keeper *k)
{
    if (!k)
        return;
    session_close(k->session);
    condition_fini(&k->wake);
    mutex_fini(&k->lock);
    free(k);
}

void keeper_sort(struct keeper *k)
{
    mutex_lock(&k->lock);
    k->sort = true;
    condition_signal(&k->wake);
    mutex_unlock(&k->lock);
}

void keeper_copy_log(struct keeper *k, int pages)
{
    mutex_lock(&k->lock);
    k->copy = true;
    k->pages = pages;
    condition_signal(&k->wake);
    mutex_unlock(&k->lock);
}

bool keeper_is_copying(struct keeper *k)
{
    mutex_lock(&k->lock);
    bool copying = k->copy;
    mutex_unlock(&k->lock);
    return copying;
}

int keeper_copied(struct keeper *k)
{
    mutex_lock(&k->lock);
    int copied = k->copied;
    mutex_unlock(&k->lock);
    return copied;
}

void keeper_log_is_new(struct keeper *k)
{
    mutex_lock(&k->lock);
    k->copied = 0;
    mutex_unlock(&k->lock);
}
