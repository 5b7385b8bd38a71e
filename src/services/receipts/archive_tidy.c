// What an interruption leaves behind, and what merges replace: blobs that no record names, receipts
// that are both hot and archived, overrides that lie in a segment.
#include "services/receipts/archive_deed_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/blob.h"
#include "sys/world.h"

#include <stdlib.h>

enum {
    PAGE_BLOBS = 1000,
    PAGE_BYTES_MAX = 32 << 20,
    FOLDED_US = 60 * 1000000, // no call that read before it was folded lasts so long
    RECEIPTS_AT_ONCE = 5000,
    RECEIPTS_BYTES_MAX = 16 << 20,
};

static bool names_blob(const struct entry *e, struct str key)
{
    return key.bytes > e->id.bytes && str_ends(key, e->id);
}

static int id_order(const void *a, const void *b)
{
    return str_compare((*(struct entry *const *)a)->id, (*(struct entry *const *)b)->id);
}

// All entries whose blobs are needed, sorted by id.
static struct entry **needed_entries(struct scope *s, const struct archive *a, size_t *count)
{
    const struct snapshot *n = a->current;
    size_t room = n->count;

    for (const struct retired *r = a->retired; r; r = r->next)
        room += r->entry_count;
    struct entry **all = scope_array(s, room, sizeof(struct entry *));
    *count = 0;
    for (size_t i = 0; i < n->count; i++)
        all[(*count)++] = n->entries[i];
    for (const struct retired *r = a->retired; r; r = r->next)
        for (size_t i = 0; i < r->entry_count; i++)
            all[(*count)++] = r->entries[i];
    qsort(all, *count, sizeof(struct entry *), id_order);
    return all;
}

static bool is_needed(struct entry *const *entries, size_t count, struct str key)
{
    struct str id = str_slice(key, MONTH_BYTES + 1, key.bytes);
    size_t from = 0;
    size_t end = count;

    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (str_compare(entries[middle]->id, id) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    return from < count && names_blob(entries[from], key);
}

static enum status remove_blob(struct scope *s, struct archive *a, struct str key)
{
    enum status e = blob_remove(s, a->store, &archive_bucket, key);

    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    return e;
}

static enum status sweep_page(struct scope *s, struct archive *a, struct entry *const *needed,
                              size_t count, struct str *cursor)
{
    struct blob_page page = {0};

    TRY(blob_list(s, a->store, &archive_bucket, (struct str){0}, PAGE_BLOBS, *cursor, &page));
    for (size_t i = 0; i < page.count; i++)
        if (!is_needed(needed, count, page.blobs[i].key))
            TRY(remove_blob(s, a, page.blobs[i].key));
    *cursor = page.cursor;
    return OK;
}

// Nothing is being written, since this is a deed: what the catalogue does not name is of no use.
static enum status sweep(struct scope *s, struct archive *a)
{
    struct scope *page_scope = scope_open(PAGE_BYTES_MAX);
    struct str cursor = {0};
    size_t count = 0;
    struct entry **needed = needed_entries(s, a, &count);
    enum status e;

    do {
        e = sweep_page(page_scope, a, needed, count, &cursor);
        (void)scope_pass(s, e, page_scope);
        cursor = str_copy(s, cursor);
        scope_reset(page_scope);
    } while (e == OK && cursor.bytes);
    scope_close(page_scope);
    a->swept = e == OK;
    return e;
}

static bool is_held(const struct retired *r)
{
    for (size_t i = 0; i < r->entry_count; i++)
        if (atomic_load(&r->entries[i]->references) > 1)
            return true;
    return false;
}

enum status overrides_remove(struct scope *s, struct archive *a, struct str id, uint64_t version)
{
    struct query q = {.table = &overrides_table, .partition = id, .limit = CHANGE_ITEMS_MAX};
    bool all = true;

    do {
        struct page page = {0};
        struct change *c = change_new(s);
        TRY(record_query(s, a->store, &q, &page));
        for (size_t i = 0; i < page.count; i++) {
            uint64_t is = UINT64_MAX;
            (void)str_to_u64(page.records[i].sort, UINT64_MAX, &is);
            all = all && is <= version;
            if (is <= version)
                change_remove(c, &overrides_table, id, page.records[i].sort, if_any());
        }
        TRY(store_commit(s, a->store, c));
        q.cursor = page.cursor;
    } while (q.cursor.bytes);
    if (all)
        id_set_remove(&a->overridden, id);
    return OK;
}

void archive_retire(struct archive *a, struct entry **entries, size_t entry_count,
                    struct folded *folded, size_t folded_count)
{
    struct retired *r = heap_new(struct retired);

    *r = (struct retired){
        .next = a->retired,
        .since_us = world_monotonic_us(a->world),
        .entries = entries,
        .entry_count = entry_count,
        .folded = folded,
        .folded_count = folded_count,
    };
    a->retired = r;
}

static enum status remove_blobs(struct scope *s, struct archive *a, struct retired *r)
{
    if (is_held(r))
        return OK;
    while (r->entry_count) {
        struct entry *e = r->entries[r->entry_count - 1];
        TRY(remove_blob(s, a, entry_blob_key(s, e)));
        entry_give(e);
        r->entry_count--;
    }
    return OK;
}

static enum status remove_folded(struct scope *s, struct archive *a, struct retired *r)
{
    if (world_monotonic_us(a->world) - r->since_us < FOLDED_US)
        return OK;
    while (r->folded_count) {
        struct folded *f = &r->folded[r->folded_count - 1];
        TRY(overrides_remove(s, a, f->id, f->version));
        free((void *)(uintptr_t)f->id.data);
        r->folded_count--;
    }
    return OK;
}

enum status archive_tidy(struct scope *s, struct archive *a)
{
    if (!a->swept)
        TRY(sweep(s, a));
    for (struct retired **at = &a->retired; *at;) {
        struct retired *r = *at;
        TRY(remove_blobs(s, a, r));
        TRY(remove_folded(s, a, r));
        if (r->entry_count || r->folded_count) {
            at = &r->next;
            continue;
        }
        *at = r->next;
        retired_free(r);
    }
    return OK;
}

// Removes the next receipts of the cursor from the hot tables.
static enum status finish_some(struct scope *s, struct archive *a, struct segment_cursor *c,
                               bool *more)
{
    struct hot_receipt *receipts = scope_array(s, RECEIPTS_AT_ONCE, sizeof *receipts);
    struct archived item = {0};
    size_t count = 0;

    while (*more && count < RECEIPTS_AT_ONCE) {
        TRY(segment_next(s, c, &item, more));
        if (*more)
            receipts[count++] = (struct hot_receipt){str_copy(s, item.id), item.version};
    }
    return hot_remove(s, a, receipts, count);
}

enum status entry_finish(struct scope *s, struct archive *a, struct entry *e)
{
    struct scope *segment_scope = scope_open(SEGMENT_SCOPE_BYTES_MAX);
    struct scope *some = scope_open(RECEIPTS_BYTES_MAX);
    struct segment *g = NULL;
    struct segment_cursor *c = NULL;
    bool more = true;
    enum status status = entry_open(segment_scope, a, e, &g);

    if (status == OK)
        status =
            segment_seek(segment_scope, g, (struct str){0}, (struct str){0}, (struct str){0}, &c);
    (void)scope_pass(s, status, segment_scope);
    while (status == OK && more) {
        status = finish_some(some, a, c, &more);
        (void)scope_pass(s, status, some);
        scope_reset(some);
    }
    scope_close(some);
    scope_close(segment_scope);
    return status == OK ? entries_settle(s, a, &e, 1) : status;
}

// The entries stay what they are, and are not replaced: who holds one of an older snapshot holds
// its blob.
enum status entries_settle(struct scope *s, struct archive *a, struct entry **entries, size_t count)
{
    for (size_t from = 0; from < count; from += CHANGE_ITEMS_MAX) {
        struct change *c = change_new(s);
        for (size_t i = from; i < count && i < from + CHANGE_ITEMS_MAX; i++)
            entry_put_settled(s, c, entries[i]);
        TRY(store_commit(s, a->store, c));
    }
    for (size_t i = 0; i < count; i++)
        entries[i]->deleting = false;
    a->changes++;
    return OK;
}
