// Reading records: limits, then the backend.
#include "store/record.h"

#include "core/scope.h"
#include "store/backend_impl.h"

enum { US_PER_S = 1000000 };

struct str record_attribute(const struct record *r, const char *name)
{
    for (size_t i = 0; i < r->attribute_count; i++)
        if (str_is(r->attributes[i].name, name))
            return r->attributes[i].value;
    return (struct str){0};
}

bool record_expired(const struct record *r, int64_t now_us)
{
    return r->expires_at_s != 0 && r->expires_at_s <= now_us / US_PER_S;
}

struct record record_copy(struct scope *s, const struct record *r)
{
    struct record copy = *r;
    struct attribute *attributes = NULL;

    copy.partition = str_copy(s, r->partition);
    copy.sort = str_copy(s, r->sort);
    copy.content = str_copy(s, r->content);
    if (r->attribute_count)
        attributes = scope_array(s, r->attribute_count, sizeof *attributes);
    for (size_t i = 0; i < r->attribute_count; i++) {
        attributes[i].name = str_copy(s, r->attributes[i].name);
        attributes[i].value = str_copy(s, r->attributes[i].value);
    }
    copy.attributes = attributes;
    return copy;
}

static enum status check_key(struct scope *s, const char *table, struct str partition,
                             struct str sort)
{
    if (partition.bytes == 0 || partition.bytes > PARTITION_BYTES_MAX)
        return fail(s, INVALID, "%s: a partition key has 1 to %d bytes", table,
                    PARTITION_BYTES_MAX);
    if (sort.bytes > SORT_BYTES_MAX)
        return fail(s, INVALID, "%s: a sort key is longer than %d bytes", table, SORT_BYTES_MAX);
    return OK;
}

static enum status check_list(struct scope *s, const struct table_def *table, size_t limit)
{
    if (table->keep_s > 0)
        return fail(s, UNSUPPORTED, "%s: records that live %lld s are not listed", table->name,
                    (long long)table->keep_s);
    if (limit == 0 || limit > QUERY_LIMIT_MAX)
        return fail(s, INVALID, "%s: a page has 1 to %d records", table->name, QUERY_LIMIT_MAX);
    return OK;
}

enum status record_get(struct scope *s, struct store *store, const struct table_def *table,
                       struct str partition, struct str sort, struct record *out)
{
    TRY(check_key(s, table->name, partition, sort));
    return store->ops->record_get(s, store, table, partition, sort, out);
}

enum status record_get_many(struct scope *s, struct store *store, const struct table_def *table,
                            const struct record_key *keys, size_t count, struct record *out)
{
    if (count > QUERY_LIMIT_MAX)
        return fail(s, INVALID, "%s: more than %d records at once", table->name, QUERY_LIMIT_MAX);
    for (size_t i = 0; i < count; i++)
        TRY(check_key(s, table->name, keys[i].partition, keys[i].sort));
    return store->ops->record_get_many(s, store, table, keys, count, out);
}

const struct index_def *table_index(const struct table_def *table, const char *name)
{
    for (const struct index_def *i = table->indexes; i->name; i++)
        if (str_is(str(i->name), name))
            return i;
    return NULL;
}

enum status record_query(struct scope *s, struct store *store, const struct query *query,
                         struct page *out)
{
    const char *table = query->table->name;

    TRY(check_key(s, table, query->partition, (struct str){0}));
    TRY(check_list(s, query->table, query->limit));
    if (query->index && !table_index(query->table, query->index))
        return fail(s, INVALID, "%s has no index %s", table, query->index);
    *out = (struct page){0};
    return store->ops->record_query(s, store, query, out);
}

enum status record_scan(struct scope *s, struct store *store, const struct table_def *table,
                        size_t limit, struct str after, struct page *out)
{
    TRY(check_list(s, table, limit));
    *out = (struct page){0};
    return store->ops->record_scan(s, store, table, limit, after, out);
}
