// Reading records: the newest from memory, everything else from a snapshot of the database.
#include "core/scope.h"
#include "store/embedded/embedded_impl.h"

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

// Reads one record; version 0 when there is none.
static enum status read_record(struct scope *s, struct embedded *e, struct session *session,
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

static enum status get_from_database(struct scope *s, struct embedded *e, struct table *t,
                                     struct record_key key, struct record *out)
{
    struct session *session = NULL;

    TRY(sessions_take(s, &e->readers, &session));
    enum status status = read_record(s, e, session, t, key, out);
    sessions_give(&e->readers, session);
    return status;
}

enum status embedded_record_get(struct scope *s, struct store *store, const struct table_def *table,
                                struct str partition, struct str sort, struct record *out)
{
    struct embedded *e = embedded_of(store);
    struct table *t = embedded_table(e, table);
    struct record_key key = {partition, sort};

    if (!cache_get(s, e->cache, table_number(e, t), partition, sort, out))
        TRY(get_from_database(s, e, t, key, out));
    return out->version ? OK
                        : fail(s, NOT_FOUND, "%s has no record %.*s %.*s", table->name,
                               STR(partition), STR(sort));
}
