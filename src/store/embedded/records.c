// Reading records by key: the newest from memory, everything else from a snapshot of the database.
#include "core/scope.h"
#include "store/embedded/embedded_impl.h"

#include <stdlib.h>

enum { SNAPSHOT_RECORDS = 500 }; // read in one transaction

static enum status open_content(struct scope *s, struct embedded *e, const struct table *t,
                                const struct row *row, struct record *out)
{
    struct sealer_place place = {
        .owner = t->def->name, .partition = row->partition, .sort = row->sort};

    return sealer_open(s, e->sealer, &place, row->content, &out->content);
}

enum status record_of_row(struct scope *s, struct embedded *e, const struct table *t,
                          const struct row *row, struct record *out)
{
    *out = (struct record){.version = row->standing.version, .expires_at_s = row->expires_at_s};
    TRY(open_content(s, e, t, row, out));
    TRY(rows_attributes(s, t, row->attributes, &out->attributes, &out->attribute_count));
    out->partition = str_copy(s, row->partition);
    out->sort = str_copy(s, row->sort);
    return OK;
}

enum status record_read(struct scope *s, struct embedded *e, struct session *session,
                        struct table *t, struct record_key key, struct record *out)
{
    struct row row;

    *out = (struct record){0};
    enum status status = rows_find(s, session, t, key.partition, key.sort, &row);
    if (status == OK && row.standing.version)
        status = record_of_row(s, e, t, &row, out);
    row_end(&row);
    return status;
}

enum status embedded_record_get(struct scope *s, struct store *store, const struct table_def *table,
                                struct str partition, struct str sort, struct record *out)
{
    struct embedded *e = embedded_of(store);
    struct table *t = embedded_table(e, table);
    struct record_key key = {partition, sort};

    if (!cache_get(s, e->cache, table_number(e, t), partition, sort, out)) {
        struct session *session = NULL;
        TRY(sessions_take(s, &e->readers, &session));
        enum status status = record_read(s, e, session, t, key, out);
        sessions_give(&e->readers, session);
        TRY(status);
    }
    return out->version ? OK
                        : fail(s, NOT_FOUND, "%s has no record %.*s %.*s", table->name,
                               STR(partition), STR(sort));
}

// A key that is to be read, and where its record goes.
struct wanted {
    struct record_key key;
    struct record *out;
};

static int by_key(const void *a, const void *b)
{
    const struct wanted *x = a;
    const struct wanted *y = b;
    int order = str_compare(x->key.partition, y->key.partition);

    return order ? order : str_compare(x->key.sort, y->key.sort);
}

static enum status read_wanted(struct scope *s, struct embedded *e, struct session *session,
                               struct table *t, const struct wanted *wanted, size_t count)
{
    TRY(session_run(s, session, BEGIN_READ));
    enum status status = OK;
    for (size_t i = 0; i < count && status == OK; i++)
        status = record_read(s, e, session, t, wanted[i].key, wanted[i].out);
    return session_end_read(s, session, status);
}

// Neighbours in key order lie on the same pages.
static enum status read_sorted(struct scope *s, struct embedded *e, struct table *t,
                               struct wanted *wanted, size_t count)
{
    struct session *session = NULL;
    enum status status = OK;

    qsort(wanted, count, sizeof *wanted, by_key);
    TRY(sessions_take(s, &e->readers, &session));
    for (size_t i = 0; i < count && status == OK; i += SNAPSHOT_RECORDS) {
        size_t some = count - i < SNAPSHOT_RECORDS ? count - i : SNAPSHOT_RECORDS;
        status = read_wanted(s, e, session, t, wanted + i, some);
    }
    sessions_give(&e->readers, session);
    return status;
}

enum status embedded_record_get_many(struct scope *s, struct store *store,
                                     const struct table_def *table, const struct record_key *keys,
                                     size_t count, struct record *out)
{
    struct embedded *e = embedded_of(store);
    struct table *t = embedded_table(e, table);
    struct wanted *wanted = scope_array(s, count, sizeof *wanted);
    size_t missing = 0;

    for (size_t i = 0; i < count; i++)
        if (!cache_get(s, e->cache, table_number(e, t), keys[i].partition, keys[i].sort, &out[i]))
            wanted[missing++] = (struct wanted){keys[i], &out[i]};
    return missing ? read_sorted(s, e, t, wanted, missing) : OK;
}
