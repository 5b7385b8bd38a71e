// What a record is found under follows from its packed attributes, before and after a change.
#include "store/embedded/index.h"

#include "core/scope.h"
#include "store/embedded/runs.h"

// What a record is found under. `there` is false when it lacks an attribute.
struct place {
    bool there;
    struct str partition;
    struct str sort;
};

bool table_needs_old(const struct table *t)
{
    for (size_t i = 0; i < t->index_count; i++)
        if (!t->indexes[i].runs)
            return true;
    return false;
}

// Finds an attribute in its packed form; false: there is none.
static bool find_attribute(struct str packed, const char *name, struct str *out)
{
    struct unpack u = unpack_of(packed);

    while (!unpack_ended(&u)) {
        struct str is = unpack_str(&u);
        struct str value = unpack_str(&u);
        if (!u.bad && str_is(is, name)) {
            *out = value;
            return true;
        }
    }
    return false;
}

bool index_place(const struct index *index, struct str packed, struct str *partition,
                 struct str *sort)
{
    const struct index_def *def = index->def;

    *sort = (struct str){0};
    return packed.bytes > 0 && find_attribute(packed, def->partition_attribute, partition) &&
           (!def->sort_attribute || find_attribute(packed, def->sort_attribute, sort));
}

static struct place place_of(const struct index *index, struct str packed)
{
    struct place place = {0};

    place.there = index_place(index, packed, &place.partition, &place.sort);
    return place;
}

static bool place_equal(const struct place *a, const struct place *b)
{
    return a->there == b->there && str_equal(a->partition, b->partition) &&
           str_equal(a->sort, b->sort);
}

static enum status run_entry(struct scope *s, struct session *session, const struct index *index,
                             enum statement kind, const struct place *place,
                             const struct record_key *key)
{
    sqlite3_stmt *statement = NULL;

    if (!place->there)
        return OK;
    TRY(session_statement(s, session, kind, index->owner, &statement));
    sql_bind(statement, 1, place->partition);
    sql_bind(statement, 2, place->sort);
    sql_bind(statement, 3, key->partition);
    sql_bind(statement, 4, key->sort);
    return sql_done(s, statement);
}

static enum status write_tree(struct batch *b, const struct index *index, const struct record *keys,
                              struct str old_packed, struct str new_packed)
{
    struct place before = place_of(index, old_packed);
    struct place after = place_of(index, new_packed);

    struct record_key key = {keys->partition, keys->sort};

    if (place_equal(&before, &after))
        return OK;
    TRY(run_entry(b->scope, b->session, index, INDEX_REMOVE, &before, &key));
    return run_entry(b->scope, b->session, index, INDEX_PUT, &after, &key);
}

static enum status build_from(struct scope *s, struct session *session, struct cursor *rows,
                              const struct index *index)
{
    for (;;) {
        struct row row;
        int64_t number = 0;
        bool got = false;
        TRY(cursor_next(s, rows, &row, &number, &got));
        if (!got)
            return OK;
        struct place place = place_of(index, row.attributes);
        struct record_key key = {row.partition, row.sort};
        TRY(run_entry(s, session, index, INDEX_PUT, &place, &key));
    }
}

enum status index_build(struct scope *s, struct session *session, struct table *t,
                        const struct index *index)
{
    struct scan_position start = {.arrival_number = INT64_MIN};
    struct cursor rows;

    enum status e = cursor_scan(s, session, t, &start, &rows);
    if (e == OK)
        e = build_from(s, session, &rows, index);
    cursor_end(&rows);
    return e;
}

static enum status note_new(struct batch *b, const struct index *index, const struct record *keys,
                            struct str packed)
{
    struct index_entry entry = {.key = {keys->partition, keys->sort}};

    if (!index_place(index, packed, &entry.partition, &entry.sort))
        return OK;
    return runs_note(b, index->runs, &entry);
}

enum status indexes_write(struct batch *b, struct table *t, const struct record *keys,
                          struct str old_packed, struct str new_packed)
{
    for (size_t i = 0; i < t->index_count; i++) {
        const struct index *index = &t->indexes[i];
        if (!index->runs)
            TRY(write_tree(b, index, keys, old_packed, new_packed));
        else if (keys->version == 1)
            TRY(note_new(b, index, keys, new_packed));
    }
    return OK;
}

// An ascending walk starts behind (sort, partition, sort of the record), a descending one before
// it.
static void bind_walk(sqlite3_stmt *statement, const struct query *query,
                      const struct index_entry *after)
{
    struct str none = str("");
    struct str end = query->sort_to.bytes ? query->sort_to : rows_sort_end();
    struct str start = query->descending ? end : query->sort_from;

    sql_bind(statement, 1, query->partition);
    sql_bind(statement, 2, after ? after->sort : start);
    sql_bind(statement, 3, after ? after->key.partition : none);
    sql_bind(statement, 4, after ? after->key.sort : none);
    sql_bind(statement, 5, query->descending ? query->sort_from : end);
}

static enum status collect_tree(struct scope *s, struct session *session, const struct index *index,
                                const struct query *query, const struct index_entry *after,
                                struct index_entry *out, size_t limit, size_t *count)
{
    sqlite3_stmt *rows = NULL;
    enum status e = OK;
    bool row = true;

    TRY(session_statement(s, session, query->descending ? INDEX_DOWN : INDEX_UP, index->owner,
                          &rows));
    bind_walk(rows, query, after);
    while (*count < limit && row && e == OK) {
        e = sql_step(s, rows, &row);
        if (row) {
            out[(*count)++] = (struct index_entry){
                query->partition,
                str_copy(s, sql_column(rows, 0)),
                {str_copy(s, sql_column(rows, 1)), str_copy(s, sql_column(rows, 2))}};
        }
    }
    (void)sqlite3_reset(rows);
    return e;
}

enum status index_collect(struct scope *s, struct session *session, struct index *index,
                          const struct query *query, const struct index_entry *after,
                          struct index_entry *out, size_t limit, size_t *count)
{
    *count = 0;
    if (index->runs)
        return runs_collect(s, session, index->runs, query, after, out, limit, count);
    return collect_tree(s, session, index, query, after, out, limit, count);
}

// Gives the steady indexes of all tables one after another. Start with NULL; NULL: the end.
static struct runs *next_runs(const struct embedded *e, const struct runs *last)
{
    bool passed = !last;

    for (size_t i = 0; i < e->table_count; i++) {
        for (size_t j = 0; j < e->tables[i].index_count; j++) {
            struct runs *runs = e->tables[i].indexes[j].runs;
            if (passed && runs)
                return runs;
            passed |= runs == last;
        }
    }
    return NULL;
}

enum status indexes_write_runs(struct batch *b, bool *more)
{
    for (struct runs *r = next_runs(b->e, NULL); r; r = next_runs(b->e, r))
        TRY(runs_write(b, r, more));
    return OK;
}

bool indexes_commit(struct batch *b)
{
    bool sort = false;

    for (struct runs *r = next_runs(b->e, NULL); r; r = next_runs(b->e, r))
        sort |= runs_commit(r);
    return sort;
}

void indexes_rollback(struct batch *b)
{
    for (struct runs *r = next_runs(b->e, NULL); r; r = next_runs(b->e, r))
        runs_rollback(r);
}
