// One turn of the archive: a portion of hot receipts becomes segments, is catalogued, and leaves
// the hot tables. A crash before the catalogue row leaves a blob that is swept; one after it leaves
// receipts in both places, whose removal the next turn finishes.
#include "services/receipts/archive_deed_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/blob.h"
#include "sys/world.h"

#include <stdlib.h>

enum {
    FORCED_WAIT_US = 30 * 1000000,
    RESCAN_PORTIONS = 32,  // after so many the left edge is looked at again
    RECOUNT_TIMES = 10,    // the count is mended when so many times what is hot was moved
    RECOUNT_MIN = 1000000, // but not more often
    SEGMENT_WRITE_BYTES_MAX = 64 << 20,
};

// Writes the receipts of one month as a segment.
static enum status write_segment(struct scope *s, struct archive *a, struct entry *values,
                                 struct archived *const *items, size_t count)
{
    struct blob_writer *blob = NULL;
    struct segment_writer *w = NULL;

    TRY(blob_create(s, a->store, &archive_bucket, entry_blob_key(s, values), NULL, &blob));
    TRY(segment_begin(s, blob, a->fast, &w));
    for (size_t i = 0; i < count; i++)
        TRY(segment_add(s, w, items[i]));
    TRY(segment_end(s, w, &values->summary));
    return blob_finish(s, blob, NULL);
}

// From here on the receipts of the month are archived, and hot too.
static enum status file_month(struct scope *s, struct archive *a, struct archived *const *items,
                              size_t count, struct entry **out)
{
    struct entry values = {
        .id = world_uuid(a->world, s), .month = month_of(items[0]->date), .deleting = true};
    struct change *c = change_new(s);

    values.run = values.id;
    a->swept = false; // until the catalogue names the blob
    TRY(write_segment(s, a, &values, items, count));
    entry_put_new(s, c, &values);
    TRY(store_commit(s, a->store, c));
    a->swept = true;
    *out = entry_new(&values);
    snapshot_replace(a, NULL, 0, out, 1);
    return OK;
}

static enum status file_portion(struct scope *s, struct archive *a, const struct portion *p,
                                struct entry **entries, size_t *entry_count)
{
    struct scope *write_scope = scope_open(SEGMENT_WRITE_BYTES_MAX);
    enum status e = OK;

    for (size_t from = 0, to = 0; from < p->count && e == OK; from = to) {
        struct str month = month_of(p->items[from]->date);
        while (to < p->count && str_equal(month_of(p->items[to]->date), month))
            to++;
        e = file_month(write_scope, a, &p->items[from], to - from, &entries[*entry_count]);
        *entry_count += e == OK;
        (void)scope_pass(s, e, write_scope);
        scope_reset(write_scope);
    }
    scope_close(write_scope);
    return e;
}

static size_t count_months(const struct portion *p)
{
    size_t months = 0;

    for (size_t i = 0; i < p->count; i++)
        months +=
            i == 0 || !str_equal(month_of(p->items[i]->date), month_of(p->items[i - 1]->date));
    return months;
}

static struct hot_receipt *receipts_of(struct scope *s, const struct portion *p)
{
    struct hot_receipt *receipts = scope_array(s, p->count, sizeof *receipts);

    for (size_t i = 0; i < p->count; i++)
        receipts[i] = (struct hot_receipt){p->items[i]->id, p->items[i]->version};
    return receipts;
}

// Remembers where to go on: what stayed before that place is not looked at each time.
static void scan_from(struct archive *a, const struct portion *p)
{
    bool from_edge = a->scan_after.bytes == 0;
    bool again = p->at_end || ++a->portions >= RESCAN_PORTIONS;

    free((void *)(uintptr_t)a->scan_after.data);
    a->scan_after = again ? (struct str){0} : heap_copy(p->scan_after);
    if (again)
        a->portions = 0;
    atomic_fetch_sub(&a->hot_final, (int_fast64_t)p->count);
    a->moved += p->count;
    uint64_t trusted = a->options.hot_receipts_max * RECOUNT_TIMES;
    if ((p->at_end && !from_edge) || a->moved > (trusted > RECOUNT_MIN ? trusted : RECOUNT_MIN))
        a->counted = false;
    else if (p->at_end)
        atomic_store(&a->hot_final, 0);
}

static enum status move_portion(struct scope *s, struct archive *a, uint64_t *moved)
{
    struct portion p = {0};
    size_t entry_count = 0;

    TRY(portion_read(s, a, &p));
    struct entry **entries = scope_array(s, count_months(&p), sizeof(struct entry *));
    TRY(file_portion(s, a, &p, entries, &entry_count));
    TRY(hot_remove(s, a, receipts_of(s, &p), p.count));
    if (entry_count)
        TRY(entries_settle(s, a, entries, entry_count));
    scan_from(a, &p);
    *moved = p.count;
    return OK;
}

static enum status finish_interrupted(struct scope *s, struct archive *a)
{
    for (size_t i = 0; i < a->current->count; i++)
        if (a->current->entries[i]->deleting)
            TRY(entry_finish(s, a, a->current->entries[i]));
    return OK;
}

// Nothing is to be archived: time to merge.
static enum status merge_next(struct scope *s, struct archive *a)
{
    bool merged = false;

    if (a->looked_at == a->changes)
        return OK;
    TRY(merge_due(s, a, &merged));
    if (!merged)
        a->looked_at = a->changes;
    return OK;
}

static enum status turn(struct scope *s, struct archive *a, bool force, uint64_t *moved)
{
    TRY(archive_tidy(s, a));
    if (a->looked_at != a->changes)
        TRY(finish_interrupted(s, a));
    if (!a->counted) {
        TRY(count_hot(s, a));
        a->counted = true;
        a->moved = 0;
    }
    int64_t hot = (int64_t)atomic_load(&a->hot_final);
    if (!force && hot <= (int64_t)a->options.hot_receipts_max)
        return merge_next(s, a);
    struct scope *portion_scope = scope_open(PORTION_SCOPE_BYTES_MAX);
    enum status e = move_portion(portion_scope, a, moved);
    if (e != OK)
        a->counted = false;
    (void)scope_pass(s, e, portion_scope);
    scope_close(portion_scope);
    return e;
}

enum status archive_turn(struct scope *s, struct archive *a, bool force, uint64_t *moved)
{
    *moved = 0;
    if (!deed_begin(a, force ? FORCED_WAIT_US : 0))
        return force ? fail(s, BUSY, "the archive is being changed: try again later") : OK;
    enum status e = turn(s, a, force, moved);
    deed_end(a);
    return e;
}
