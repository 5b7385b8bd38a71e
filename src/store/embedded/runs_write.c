// Runs on the disk: they are sorted and packed into blocks on the keeper's thread, written a
// portion with each batch, and removed in portions when their records are gone.
#include "store/embedded/runs.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/pack.h"
#include "store/embedded/runs_impl.h"

enum {
    RUN_SORT_BYTES_MAX = 1 << 28,
    BLOCKS_SWEPT_AT_ONCE = 200,
};

// Sorting, on the keeper's thread.

static struct block *block_new(struct str entries)
{
    struct block *block = heap_alloc(sizeof *block + entries.bytes);

    memcpy(block + 1, entries.data, entries.bytes);
    block->entries = str_of(block + 1, entries.bytes);
    return block;
}

static struct index_entry entry_copy(struct scope *s, const struct index_entry *entry)
{
    return (struct index_entry){str_copy(s, entry->partition),
                                str_copy(s, entry->sort),
                                {str_copy(s, entry->key.partition), str_copy(s, entry->key.sort)}};
}

// Packs sorted entries into blocks; the run has the first of each.
static struct run *pack_run(const struct index_entry *const *entries, size_t count, int64_t number,
                            struct block **blocks)
{
    struct run *run = run_new(number, count); // room for the worst case
    struct pack p = {0};

    run->block_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct index_entry *before = p.bytes ? entries[i - 1] : NULL;
        if (!before)
            run->firsts[run->block_count++] = entry_copy(run->scope, entries[i]);
        run_write_entry(&p, before, entries[i]);
        if (p.bytes < RUN_BLOCK_BYTES && i + 1 < count)
            continue;
        *blocks = block_new(pack_view(&p));
        blocks = &(*blocks)->next;
        p.bytes = 0;
    }
    pack_fini(&p);
    return run;
}

bool runs_sort(struct runs *r)
{
    mutex_lock(&r->lock);
    struct tail *frozen = r->unwritten ? NULL : r->frozen;
    int64_t number = r->next_number;
    mutex_unlock(&r->lock);
    if (!frozen)
        return false;
    struct scope *s = scope_open(RUN_SORT_BYTES_MAX);
    struct block *blocks = NULL;
    struct run *run = pack_run(tail_sorted(s, frozen), tail_count(frozen), number, &blocks);
    struct record_key greatest = tail_greatest(frozen);
    run->greatest = (struct record_key){str_copy(run->scope, greatest.partition),
                                        str_copy(run->scope, greatest.sort)};
    scope_close(s);
    mutex_lock(&r->lock);
    r->unwritten = run;
    r->blocks = blocks;
    mutex_unlock(&r->lock);
    return true;
}

// Writing, a portion with each batch.

static enum status write_block(struct batch *b, struct runs *r, int64_t id, struct str entries)
{
    sqlite3_stmt *put = NULL;

    TRY(session_statement(b->scope, b->session, BLOCK_PUT, r->index->owner, &put));
    (void)sqlite3_bind_int64(put, 1, id);
    sql_bind(put, 2, entries);
    return sql_done(b->scope, put);
}

static enum status write_directory(struct batch *b, struct runs *r, const struct run *run)
{
    sqlite3_stmt *put = NULL;
    struct pack firsts = {0};
    struct pack greatest = {0};

    TRY(session_statement(b->scope, b->session, RUN_PUT, (struct owner){0}, &put));
    for (size_t i = 0; i < run->block_count; i++)
        run_write_entry(&firsts, i ? &run->firsts[i - 1] : NULL, &run->firsts[i]);
    sql_bind(put, 1, str(r->index->owner.name));
    (void)sqlite3_bind_int64(put, 2, run->number);
    (void)sqlite3_bind_int64(put, 3, (int64_t)run->block_count);
    sql_bind(put, 4, run_pack_key(&greatest, &run->greatest));
    sql_bind(put, 5, pack_view(&firsts));
    enum status e = sql_done(b->scope, put);
    pack_fini(&firsts);
    pack_fini(&greatest);
    return e;
}

static enum status forget_late(struct batch *b, struct runs *r)
{
    sqlite3_stmt *forget = NULL;

    TRY(session_statement(b->scope, b->session, LATE_REMOVE, r->index->owner, &forget));
    (void)sqlite3_bind_int64(forget, 1, r->frozen_late);
    return sql_done(b->scope, forget);
}

enum status runs_write(struct batch *b, struct runs *r, bool *more)
{
    mutex_lock(&r->lock);
    struct run *run = r->unwritten;
    struct block *block = r->blocks;
    mutex_unlock(&r->lock);
    if (!run)
        return OK;
    for (int n = 0; block && n < RUN_BLOCKS_AT_ONCE; n++, block = block->next) {
        int64_t id = run_block_id(run->number, r->blocks_written + (size_t)n);
        TRY(write_block(b, r, id, block->entries));
    }
    r->wrote = true;
    *more |= block != NULL;
    if (block)
        return OK;
    TRY(forget_late(b, r));
    return write_directory(b, r, run);
}

// Dropping.

static enum status oldest_key(struct batch *b, struct runs *r, bool *found, struct record_key *out)
{
    struct scan_position start = {.arrival_number = INT64_MIN};
    struct cursor rows;
    struct row row;
    int64_t number = 0;

    enum status e = cursor_scan(b->scope, b->session, r->table, &start, &rows);
    if (e == OK)
        e = cursor_next(b->scope, &rows, &row, &number, found);
    if (e == OK && *found)
        *out = (struct record_key){str_copy(b->scope, row.partition), str_copy(b->scope, row.sort)};
    cursor_end(&rows);
    return e;
}

// Returns the place of a run of which no record is left, NULL: there is none. Only the writer
// changes the list, so it reads it without the lock.
static struct run **find_empty(struct runs *r, bool any_record, const struct record_key *oldest)
{
    for (struct run **at = &r->newest; *at; at = &(*at)->next)
        if (!any_record || record_key_compare(oldest, &(*at)->greatest) > 0)
            return at;
    return NULL;
}

static enum status forget_run(struct batch *b, struct runs *r, struct run **at)
{
    sqlite3_stmt *forget = NULL;
    struct run *run = *at;

    TRY(session_statement(b->scope, b->session, RUN_REMOVE, (struct owner){0}, &forget));
    sql_bind(forget, 1, str(r->index->owner.name));
    (void)sqlite3_bind_int64(forget, 2, run->number);
    TRY(sql_done(b->scope, forget));
    // If the batch is not committed, the run is back after the next start, and goes again.
    mutex_lock(&r->lock);
    *at = run->next;
    mutex_unlock(&r->lock);
    run_free(run);
    return OK;
}

enum status runs_sweep(struct batch *b, struct runs *r, bool *more)
{
    struct record_key oldest = {0};
    sqlite3_stmt *remove = NULL;
    bool any_record = false;

    *more = false;
    if (!r->newest)
        return OK;
    TRY(oldest_key(b, r, &any_record, &oldest));
    struct run **at = find_empty(r, any_record, &oldest);
    if (!at || !*at)
        return OK;
    *more = true;
    TRY(session_statement(b->scope, b->session, BLOCKS_REMOVE, r->index->owner, &remove));
    (void)sqlite3_bind_int64(remove, 1, run_block_id((*at)->number, 0));
    (void)sqlite3_bind_int64(remove, 2, run_block_id((*at)->number + 1, 0) - 1);
    (void)sqlite3_bind_int64(remove, 3, BLOCKS_SWEPT_AT_ONCE);
    TRY(sql_done(b->scope, remove));
    if (sqlite3_changes(b->session->db) == BLOCKS_SWEPT_AT_ONCE)
        return OK;
    return forget_run(b, r, at);
}
