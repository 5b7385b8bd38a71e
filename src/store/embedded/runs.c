// The writer's side of steady indexes, and what is read at the start.
#include "store/embedded/runs.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/pack.h"
#include "store/embedded/runs_impl.h"

#include <assert.h>
#include <stdlib.h>

enum {
    ROWS_DEFAULT = 20000,
    RUN_BYTES_MAX = 1 << 28,
    BLOCKS_AT_ONCE = 16, // written with one batch
    BLOCKS_SWEPT_AT_ONCE = 200,
    SAME_PARTITION = 1,
    SAME_SORT = 2,
};

struct runs *runs_new(struct table *t, struct index *index, size_t rows)
{
    struct runs *r = heap_new(struct runs);

    r->table = t;
    r->index = index;
    r->rows = rows ? rows : ROWS_DEFAULT;
    r->tail = tail_new();
    mutex_init(&r->lock);
    return r;
}

static void run_free(struct run *run)
{
    if (run)
        scope_close(run->scope);
}

static void blocks_free(struct block *blocks)
{
    for (struct block *block = blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
}

void runs_free(struct runs *r)
{
    if (!r)
        return;
    for (struct run *run = r->newest, *next; run; run = next) {
        next = run->next;
        run_free(run);
    }
    run_free(r->unwritten);
    blocks_free(r->blocks);
    tail_free(r->tail);
    tail_free(r->frozen);
    free(r->noted);
    free((void *)(uintptr_t)r->greatest.data);
    mutex_fini(&r->lock);
    free(r);
}

static struct run *run_new(int64_t number, size_t block_count)
{
    struct scope *s = scope_open(RUN_BYTES_MAX);
    struct run *run = scope_new(s, struct run);

    run->scope = s;
    run->number = number;
    run->block_count = block_count;
    run->firsts = scope_array(s, block_count, sizeof *run->firsts);
    return run;
}

static void write_entry(struct pack *p, const struct index_entry *before,
                        const struct index_entry *entry)
{
    bool same_partition = before && str_equal(before->partition, entry->partition);
    bool same_sort = before && str_equal(before->sort, entry->sort);

    *pack_reserve(p, 1) =
        (char)((same_partition ? SAME_PARTITION : 0) | (same_sort ? SAME_SORT : 0));
    if (!same_partition)
        pack_str(p, entry->partition);
    if (!same_sort)
        pack_str(p, entry->sort);
    pack_str(p, entry->key.partition);
    pack_str(p, entry->key.sort);
}

bool run_read_entry(struct unpack *u, struct index_entry *out)
{
    struct str same = unpack_bytes(u, 1);

    if (u->bad)
        return false;
    if (!(*same.data & SAME_PARTITION))
        out->partition = unpack_str(u);
    if (!(*same.data & SAME_SORT))
        out->sort = unpack_str(u);
    out->key.partition = unpack_str(u);
    out->key.sort = unpack_str(u);
    return !u->bad;
}

static struct str pack_key(struct pack *p, const struct record_key *key)
{
    p->bytes = 0;
    pack_str(p, key->partition);
    pack_str(p, key->sort);
    return pack_view(p);
}

static struct record_key unpack_key(struct str packed)
{
    struct unpack u = unpack_of(packed);
    struct str partition = unpack_str(&u);

    return (struct record_key){partition, unpack_str(&u)};
}

// Keeps the key if it is greater than what was kept.
static void raise_greatest(struct runs *r, const struct record_key *key)
{
    struct record_key is = unpack_key(r->greatest);
    struct pack p = {0};

    if (r->greatest.bytes > 0 && record_key_compare(key, &is) <= 0)
        return;
    struct str greatest = heap_copy(pack_key(&p, key));
    free((void *)(uintptr_t)r->greatest.data);
    r->greatest = greatest;
    pack_fini(&p);
}

static bool is_late(const struct runs *r, const struct record_key *key)
{
    if (r->greatest.bytes == 0)
        return false;
    struct record_key greatest = unpack_key(r->greatest);
    return record_key_compare(key, &greatest) <= 0;
}

// What is read at the start.

static enum status load_run(struct scope *s, struct runs *r, sqlite3_stmt *row)
{
    struct run *run = run_new(sqlite3_column_int64(row, 0), (size_t)sqlite3_column_int64(row, 1));
    struct str greatest = str_copy(run->scope, sql_column(row, 2));
    struct unpack u = unpack_of(str_copy(run->scope, sql_column(row, 3)));
    struct index_entry entry = {0};

    run->next = r->newest;
    r->newest = run;
    r->next_number = run->number + 1;
    run->greatest = unpack_key(greatest);
    raise_greatest(r, &run->greatest);
    for (size_t i = 0; i < run->block_count; i++) {
        if (!run_read_entry(&u, &entry))
            return fail(s, CORRUPT, "run %lld of the index %s is damaged", (long long)run->number,
                        r->index->owner.name);
        run->firsts[i] = entry;
    }
    return OK;
}

static enum status load_runs(struct scope *s, struct session *session, struct runs *r)
{
    sqlite3_stmt *rows = NULL;
    enum status e = OK;
    bool row = true;

    TRY(session_statement(s, session, RUN_LOAD, (struct owner){0}, &rows));
    sql_bind(rows, 1, str(r->index->owner.name));
    while (row && e == OK) {
        e = sql_step(s, rows, &row);
        if (row)
            e = load_run(s, r, rows);
    }
    (void)sqlite3_reset(rows);
    return e;
}

// Removes blocks of a run that was not finished.
static enum status remove_rest(struct scope *s, struct session *session, struct runs *r)
{
    sqlite3_stmt *remove = NULL;

    TRY(session_statement(s, session, BLOCKS_REMOVE, r->index->owner, &remove));
    (void)sqlite3_bind_int64(remove, 1, run_block_id(r->next_number, 0));
    (void)sqlite3_bind_int64(remove, 2, INT64_MAX);
    (void)sqlite3_bind_int64(remove, 3, INT64_MAX);
    return sql_done(s, remove);
}

static enum status load_late(struct scope *s, struct session *session, struct runs *r)
{
    sqlite3_stmt *rows = NULL;
    enum status e = OK;
    bool row = true;

    TRY(session_statement(s, session, LATE_LOAD, r->index->owner, &rows));
    while (row && e == OK) {
        e = sql_step(s, rows, &row);
        if (!row || e != OK)
            break;
        struct index_entry entry = {
            sql_column(rows, 1), sql_column(rows, 2), {sql_column(rows, 3), sql_column(rows, 4)}};
        r->newest_late = sqlite3_column_int64(rows, 0);
        tail_add(r->tail, &entry);
    }
    (void)sqlite3_reset(rows);
    return e;
}

static enum status add_newer(struct scope *s, struct runs *r, struct cursor *rows)
{
    for (;;) {
        struct row row;
        struct index_entry entry;
        int64_t number = 0;
        bool got = false;
        TRY(cursor_next(s, rows, &row, &number, &got));
        if (!got)
            return OK;
        entry.key = (struct record_key){row.partition, row.sort};
        if (!is_late(r, &entry.key) &&
            index_place(r->index, row.attributes, &entry.partition, &entry.sort))
            tail_add(r->tail, &entry);
    }
}

// Reads the records behind the greatest key of all runs.
static enum status load_tail(struct scope *s, struct session *session, struct runs *r)
{
    struct record_key greatest = unpack_key(r->greatest);
    struct scan_position after = {INT64_MIN, greatest.partition, greatest.sort};
    int64_t id = arrival_id(r->table, greatest.partition, greatest.sort);
    struct cursor rows;

    if (id)
        after.arrival_number = id - 1; // another key may have the same number
    enum status e = cursor_scan(s, session, r->table, &after, &rows);
    if (e == OK)
        e = add_newer(s, r, &rows);
    cursor_end(&rows);
    return e;
}

enum status runs_open(struct scope *s, struct session *session, struct runs *r)
{
    TRY(load_runs(s, session, r));
    TRY(remove_rest(s, session, r));
    TRY(load_late(s, session, r));
    return load_tail(s, session, r);
}

// Noting new entries.

static enum status write_late(struct batch *b, struct runs *r, const struct index_entry *entry)
{
    sqlite3_stmt *put = NULL;

    TRY(session_statement(b->scope, b->session, LATE_PUT, r->index->owner, &put));
    sql_bind(put, 1, entry->partition);
    sql_bind(put, 2, entry->sort);
    sql_bind(put, 3, entry->key.partition);
    sql_bind(put, 4, entry->key.sort);
    TRY(sql_done(b->scope, put));
    r->newest_late = sqlite3_last_insert_rowid(b->session->db);
    return OK;
}

enum status runs_note(struct batch *b, struct runs *r, const struct index_entry *entry)
{
    if (is_late(r, &entry->key))
        TRY(write_late(b, r, entry));
    if (r->noted_count == r->noted_room) {
        r->noted_room = r->noted_room ? 2 * r->noted_room : 256;
        r->noted = heap_resize(r->noted, r->noted_room, sizeof *r->noted);
    }
    r->noted[r->noted_count++] = *entry;
    return OK;
}

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
        write_entry(&p, before, entries[i]);
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
    struct scope *s = scope_open(RUN_BYTES_MAX);
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
        write_entry(&firsts, i ? &run->firsts[i - 1] : NULL, &run->firsts[i]);
    sql_bind(put, 1, str(r->index->owner.name));
    (void)sqlite3_bind_int64(put, 2, run->number);
    (void)sqlite3_bind_int64(put, 3, (int64_t)run->block_count);
    sql_bind(put, 4, pack_key(&greatest, &run->greatest));
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
    for (int n = 0; block && n < BLOCKS_AT_ONCE; n++, block = block->next) {
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

// Under the lock: the blocks of the batch are on the disk.
static void advance(struct runs *r)
{
    for (int n = 0; r->blocks && n < BLOCKS_AT_ONCE; n++) {
        struct block *done = r->blocks;
        r->blocks = done->next;
        r->blocks_written++;
        free(done);
    }
    if (r->blocks)
        return;
    r->unwritten->next = r->newest;
    r->newest = r->unwritten;
    r->next_number = r->newest->number + 1;
    r->unwritten = NULL;
    r->blocks_written = 0;
    tail_free(r->frozen);
    r->frozen = NULL;
}

bool runs_commit(struct runs *r)
{
    if (!r->wrote && r->noted_count == 0)
        return false;
    mutex_lock(&r->lock);
    if (r->wrote)
        advance(r);
    for (size_t i = 0; i < r->noted_count; i++)
        tail_add(r->tail, &r->noted[i]);
    bool freeze = !r->frozen && tail_count(r->tail) >= r->rows;
    if (freeze) {
        r->frozen = r->tail;
        r->frozen_late = r->newest_late;
        r->tail = tail_new();
    }
    mutex_unlock(&r->lock);
    r->wrote = false;
    r->noted_count = 0;
    if (freeze) {
        struct record_key greatest = tail_greatest(r->frozen);
        raise_greatest(r, &greatest);
    }
    return freeze;
}

void runs_rollback(struct runs *r)
{
    r->wrote = false;
    r->noted_count = 0;
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
