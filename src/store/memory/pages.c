// Pages of records. A cursor says of which query it is and behind which record to go on, or, when
// an empty page came before any record, that nothing was read yet.
#include "store/memory/operations_impl.h"

#include "core/buf.h"
#include "core/scope.h"

#include <stdlib.h>

enum { CURSOR_BYTES_MAX = 8192, SCRATCH_BYTES_MAX = 1 << 30 };

// A record in the order of the query. `rank` is its sort key, or its value in the index.
struct candidate {
    const struct memory_record *record;
    struct str rank;
};

struct candidates {
    struct candidate *items;
    size_t count;
};

// What a cursor says.
struct place {
    bool started;
    struct str rank;
    struct record key;
};

static uint64_t query_mark(struct scope *s, const struct query *q)
{
    struct str name =
        str_format(s, "%s %s %d ", q->table->name, q->index ? q->index : "", q->descending);

    return str_hash(str_concat(s, 2, name, q->partition));
}

static void put_field(struct buf *b, struct str field)
{
    buf_put_u64(b, field.bytes);
    buf_put_byte(b, ':');
    buf_put(b, field);
}

static struct str write_cursor(struct scope *s, uint64_t mark, const struct place *place)
{
    struct buf b = buf_make(s, CURSOR_BYTES_MAX);

    buf_put_u64(&b, mark);
    buf_put_byte(&b, place->started ? '+' : '-');
    if (place->started) {
        put_field(&b, place->rank);
        put_field(&b, place->key.partition);
        put_field(&b, place->key.sort);
    }
    return buf_str(&b);
}

static bool take_field(struct str *rest, struct str *field)
{
    uint64_t bytes = 0;

    if (!str_to_u64(str_cut(rest, ':'), rest->bytes, &bytes))
        return false;
    *field = str_slice(*rest, 0, bytes);
    *rest = str_slice(*rest, bytes, rest->bytes);
    return true;
}

static enum status read_cursor(struct scope *s, uint64_t mark, struct str cursor,
                               struct place *place)
{
    struct str wanted = str_format(s, "%llu", (unsigned long long)mark);
    struct str rest = str_slice(cursor, wanted.bytes, cursor.bytes);

    *place = (struct place){0};
    if (cursor.bytes == 0)
        return OK;
    if (!str_starts(cursor, wanted) || rest.bytes == 0)
        return fail(s, INVALID, "the cursor is not one of this query's");
    if (str_is(rest, "-"))
        return OK;
    place->started = true;
    rest = str_slice(rest, 1, rest.bytes);
    if (!take_field(&rest, &place->rank) || !take_field(&rest, &place->key.partition) ||
        !take_field(&rest, &place->key.sort) || rest.bytes)
        return fail(s, INVALID, "the cursor is not one of this query's");
    return OK;
}

static int place_order(const struct candidate *c, const struct place *place)
{
    int order = str_compare(c->rank, place->rank);

    return order ? order : record_order(c->record, &place->key);
}

static int candidate_order(const void *a, const void *b)
{
    const struct candidate *second = b;
    struct place place = {.rank = second->rank, .key = second->record->record};

    return place_order(a, &place);
}

static struct candidates of_partition(struct scope *s, const struct memory_table *t,
                                      struct str partition)
{
    struct record from = {.partition = partition};
    size_t first = list_find(&t->records, &from, record_order);
    size_t end = first;

    while (end < t->records.count &&
           str_equal(((struct memory_record *)t->records.items[end])->record.partition, partition))
        end++;
    struct candidates found = {scope_array(s, end - first, sizeof *found.items), end - first};
    for (size_t i = 0; i < found.count; i++) {
        const struct memory_record *r = t->records.items[first + i];
        found.items[i] = (struct candidate){r, r->record.sort};
    }
    return found;
}

static bool in_index(const struct index_def *index, const struct memory_record *r,
                     struct str partition, struct str *rank)
{
    struct str value = record_attribute(&r->record, index->partition_attribute);

    *rank = (struct str){0};
    if (!str_equal(value, partition))
        return false;
    if (!index->sort_attribute)
        return true;
    for (size_t i = 0; i < r->record.attribute_count; i++) {
        if (str_is(r->record.attributes[i].name, index->sort_attribute)) {
            *rank = r->record.attributes[i].value;
            return true;
        }
    }
    return false;
}

// What the index knows by now.
static struct candidates of_index(struct scope *s, const struct memory *m,
                                  const struct memory_table *t, const struct query *q)
{
    const struct index_def *index = table_index(t->def, q->index);
    struct candidates found = {scope_array(s, t->records.count, sizeof *found.items), 0};

    for (size_t i = 0; i < t->records.count; i++) {
        const struct memory_record *r = t->records.items[i];
        struct str rank;
        if (r->hidden_until <= m->calls && in_index(index, r, q->partition, &rank))
            found.items[found.count++] = (struct candidate){r, rank};
    }
    qsort(found.items, found.count, sizeof *found.items, candidate_order);
    return found;
}

static void turn_round(struct candidates *c)
{
    for (size_t i = 0; i < c->count / 2; i++) {
        struct candidate first = c->items[i];
        c->items[i] = c->items[c->count - 1 - i];
        c->items[c->count - 1 - i] = first;
    }
}

static bool wanted(const struct query *q, const struct place *after, const struct candidate *c)
{
    if (str_compare(c->rank, q->sort_from) < 0)
        return false;
    if (q->sort_to.bytes && str_compare(c->rank, q->sort_to) >= 0)
        return false;
    if (!after->started)
        return true;
    int order = place_order(c, after);
    return q->descending ? order < 0 : order > 0;
}

static struct record give(struct scope *s, const struct query *q, const struct record *r)
{
    struct record key = *r;

    if (!q->keys_only)
        return record_copy(s, r);
    key.content = (struct str){0};
    key.attribute_count = 0;
    return record_copy(s, &key);
}

static void fill_page(struct scope *s, struct memory *m, const struct query *q,
                      const struct candidates *found, struct place *place, struct page *out)
{
    size_t limit = memory_page_size(m, q->limit);
    bool more = false;

    out->records =
        scope_array(s, limit < found->count ? limit : found->count, sizeof *out->records);
    for (size_t i = 0; i < found->count && !more; i++) {
        const struct candidate *c = &found->items[i];
        if (!wanted(q, place, c))
            continue;
        more = out->count == limit;
        if (!more)
            out->records[out->count++] = give(s, q, &c->record->record);
        if (!more)
            *place = (struct place){true, c->rank, c->record->record};
    }
    if (more)
        out->cursor = write_cursor(s, query_mark(s, q), place);
}

enum status memory_record_query(struct scope *s, struct store *store, const struct query *query,
                                struct page *out)
{
    struct place place;

    TRY(read_cursor(s, query_mark(s, query), query->cursor, &place));
    struct memory *m = memory_enter(store);
    struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
    const struct memory_table *t = memory_table(m, query->table);
    struct candidates found =
        query->index ? of_index(scratch, m, t, query) : of_partition(scratch, t, query->partition);
    if (query->descending)
        turn_round(&found);
    fill_page(s, m, query, &found, &place, out);
    scope_close(scratch);
    memory_leave(m);
    return OK;
}

enum status memory_record_scan(struct scope *s, struct store *store, const struct table_def *table,
                               size_t limit, struct str after, struct page *out)
{
    struct query whole = {.table = table, .index = "(scan)", .limit = limit};
    struct place place;

    TRY(read_cursor(s, query_mark(s, &whole), after, &place));
    struct memory *m = memory_enter(store);
    const struct memory_table *t = memory_table(m, table);
    size_t first = place.started ? list_find(&t->records, &place.key, record_order) : 0;
    limit = memory_page_size(m, limit);
    out->records =
        scope_array(s, limit < t->records.count ? limit : t->records.count, sizeof *out->records);
    for (size_t i = first; i < t->records.count; i++) {
        const struct memory_record *r = t->records.items[i];
        if (place.started && i == first && record_order(r, &place.key) == 0)
            continue;
        if (out->count == limit) {
            out->cursor = write_cursor(s, query_mark(s, &whole), &place);
            break;
        }
        out->records[out->count++] = record_copy(s, &r->record);
        place = (struct place){.started = true, .key = r->record};
    }
    memory_leave(m);
    return OK;
}
