// The writer's side of steady indexes, and what is read at the start.
#include "store/embedded/runs.h"

#include "core/heap.h"
#include "core/scope.h"
#include "store/embedded/pack.h"
#include "store/embedded/runs_impl.h"

#include <assert.h>
#include <stdlib.h>

enum { ROWS_DEFAULT = 20000, NOTED_FIRST = 256 };

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

// Keeps the key if it is greater than what was kept.
static void raise_greatest(struct runs *r, const struct record_key *key)
{
    struct record_key is = run_unpack_key(r->greatest);
    struct pack p = {0};

    if (r->greatest.bytes > 0 && record_key_compare(key, &is) <= 0)
        return;
    struct str greatest = heap_copy(run_pack_key(&p, key));
    free((void *)(uintptr_t)r->greatest.data);
    r->greatest = greatest;
    pack_fini(&p);
}

static bool is_late(const struct runs *r, const struct record_key *key)
{
    if (r->greatest.bytes == 0)
        return false;
    struct record_key greatest = run_unpack_key(r->greatest);
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
    run->greatest = run_unpack_key(greatest);
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
    struct record_key greatest = run_unpack_key(r->greatest);
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

// Under the lock, or before all threads: what was collected becomes a run, if it is enough. Returns
// whether there is something to be sorted.
static bool freeze(struct runs *r)
{
    if (r->frozen || tail_count(r->tail) < r->rows)
        return false;
    r->frozen = r->tail;
    r->frozen_late = r->newest_late;
    r->tail = tail_new();
    struct record_key greatest = tail_greatest(r->frozen);
    raise_greatest(r, &greatest);
    return true;
}

enum status runs_open(struct scope *s, struct session *session, struct runs *r)
{
    TRY(load_runs(s, session, r));
    TRY(remove_rest(s, session, r));
    TRY(load_late(s, session, r));
    TRY(load_tail(s, session, r));
    (void)freeze(r); // sorted as soon as the threads have started
    return OK;
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
        r->noted_room = r->noted_room ? 2 * r->noted_room : NOTED_FIRST;
        r->noted = heap_resize(r->noted, r->noted_room, sizeof *r->noted);
    }
    r->noted[r->noted_count++] = *entry;
    return OK;
}

// Under the lock: the blocks of the batch are on the disk.
static void advance(struct runs *r)
{
    for (int n = 0; r->blocks && n < RUN_BLOCKS_AT_ONCE; n++) {
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
    bool sort = freeze(r);
    mutex_unlock(&r->lock);
    r->wrote = false;
    r->noted_count = 0;
    return sort;
}

void runs_rollback(struct runs *r)
{
    r->wrote = false;
    r->noted_count = 0;
}
