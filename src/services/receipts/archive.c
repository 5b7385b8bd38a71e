// Opening the archive, and who may change it when.
#include "services/receipts/archive.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"
#include "services/receipts/archive_impl.h"
#include "store/compress.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum { COMPRESS_LEVEL_MERGED = 6 };

void retired_free(struct retired *r)
{
    for (size_t i = 0; i < r->entry_count; i++)
        entry_give(r->entries[i]);
    for (size_t i = 0; i < r->folded_count; i++)
        free((void *)(uintptr_t)r->folded[i].id.data);
    free(r->entries);
    free(r->folded);
    free(r);
}

static void close_archive(void *archive)
{
    struct archive *a = archive;

    while (a->retired) {
        struct retired *r = a->retired;
        a->retired = r->next;
        retired_free(r);
    }
    snapshot_give(a->current);
    id_set_fini(&a->overridden);
    compressor_free(a->fast);
    compressor_free(a->dense);
    condition_fini(&a->idle);
    mutex_fini(&a->lock);
    free((void *)(uintptr_t)a->scan_after.data);
}

enum status archive_open(struct scope *s, struct store *store,
                         const struct archive_options *options, struct archive **out)
{
    struct archive *a = scope_new(s, struct archive);

    a->store = store;
    a->world = store_world(store);
    a->options = *options;
    a->opened_at_us = world_now_us(a->world);
    a->fast = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    a->dense = compressor_new((struct str){0}, COMPRESS_LEVEL_MERGED);
    mutex_init(&a->lock);
    condition_init(&a->idle);
    id_set_init(&a->overridden);
    scope_defer(s, close_archive, a);
    TRY(snapshot_read(s, store, &a->current));
    a->changes = 1; // not looked at
    TRY(overrides_read(s, a));
    *out = a;
    return OK;
}

void archive_write_status(struct buf *out, struct archive *a)
{
    struct snapshot *n = snapshot_take(a);
    uint64_t receipts = 0;
    uint64_t bytes = 0;
    int64_t hot = (int64_t)atomic_load(&a->hot_final);

    for (size_t i = 0; i < n->count; i++) {
        receipts += n->entries[i]->summary.count;
        bytes += n->entries[i]->summary.bytes;
    }
    buf_format(out,
               "{\"hotFinal\":%lld,\"segments\":%zu,\"archivedReceipts\":%llu,"
               "\"archivedBytes\":%llu}",
               hot > 0 ? (long long)hot : 0, n->count, (unsigned long long)receipts,
               (unsigned long long)bytes);
    snapshot_give(n);
}

static void count_final(void *archive, enum status e)
{
    if (e == OK)
        atomic_fetch_add(&((struct archive *)archive)->hot_final, 1);
}

static void count_gone(void *archive, enum status e)
{
    if (e == OK)
        atomic_fetch_sub(&((struct archive *)archive)->hot_final, 1);
}

void archive_note_final(struct archive *a, struct change *c)
{
    change_follow(c, &(struct follower){.answered = count_final, .context = a});
}

void archive_note_gone(struct archive *a, struct change *c)
{
    change_follow(c, &(struct follower){.answered = count_gone, .context = a});
}

bool deed_begin(struct archive *a, int64_t wait_us)
{
    mutex_lock(&a->lock);
    while (a->busy && wait_us > 0 && condition_wait_us(&a->idle, &a->lock, wait_us))
        continue;
    bool ours = !a->busy;
    a->busy = true;
    mutex_unlock(&a->lock);
    return ours;
}

void deed_end(struct archive *a)
{
    mutex_lock(&a->lock);
    assert(a->busy);
    a->busy = false;
    condition_signal(&a->idle);
    mutex_unlock(&a->lock);
}

struct str month_of(struct str date)
{
    return str_slice(date, 0, MONTH_BYTES);
}

int archive_order(const struct archived *a, const struct archived *b)
{
    int order = str_compare(month_of(a->date), month_of(b->date));

    return order ? order : archived_order(a, b);
}
