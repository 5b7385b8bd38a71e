// Pages of records: by partition, by index, or of a whole table.
#include "core/base64.h"
#include "core/scope.h"
#include "store/embedded/index.h"

#include <assert.h>

enum {
    FETCHED_AT_ONCE = 1000, // records of an index's entries
    HASH_BYTES = 4,
};

// A cursor is base64url of: hash of the query, then numbers and texts that say where it stands.
static uint32_t query_hash(const struct query *q)
{
    uint64_t hash = str_hash(str(q->table->name)) + q->descending;

    hash = hash * 31 + (q->index ? str_hash(str(q->index)) : 0);
    hash = hash * 31 + str_hash(q->partition);
    hash = hash * 31 + str_hash(q->sort_from);
    hash = hash * 31 + str_hash(q->sort_to);
    return (uint32_t)(hash ^ hash >> 32);
}

static struct pack cursor_start(uint32_t hash)
{
    struct pack p = {0};

    memcpy(pack_reserve(&p, HASH_BYTES), &hash, HASH_BYTES);
    return p;
}

// Encodes into the scope and frees.
static struct str cursor_end_text(struct scope *s, struct pack *p)
{
    struct str text = base64url_encode(s, pack_view(p));

    pack_fini(p);
    return text;
}

static enum status cursor_open(struct scope *s, struct str text, uint32_t hash, struct unpack *out)
{
    struct str bytes = {0};
    uint32_t is = 0;

    if (base64url_decode(s, text, &bytes) == OK && bytes.bytes > HASH_BYTES)
        memcpy(&is, bytes.data, HASH_BYTES);
    if (is != hash || bytes.bytes <= HASH_BYTES)
        return fail(s, INVALID, "the cursor is not one of this query's");
    *out = unpack_of(str_slice(bytes, HASH_BYTES, bytes.bytes));
    return OK;
}

static enum status cursor_check(struct scope *s, const struct unpack *u)
{
    return u->bad || u->at != u->end ? fail(s, INVALID, "the cursor is damaged") : OK;
}

// Whether the page may take one more record of any size.
static bool page_has_room(const struct scope *s, const struct page *page)
{
    return page->count == 0 || scope_has_room(s, 3 * (size_t)RECORD_BYTES_MAX);
}

static enum status add_row(struct scope *s, struct embedded *e, const struct table *t,
                           const struct row *row, bool keys_only, struct page *page)
{
    struct record *out = &page->records[page->count++];

    if (!keys_only)
        return record_of_row(s, e, t, row, out);
    *out = (struct record){.partition = str_copy(s, row->partition),
                           .sort = str_copy(s, row->sort),
                           .version = row->standing.version,
                           .expires_at_s = row->expires_at_s};
    return OK;
}

// Reads rows until the page is full; `*position` follows what was read.
static enum status fill_page(struct scope *s, struct embedded *e, struct table *t,
                             struct cursor *rows, const struct query *q, struct page *page,
                             struct scan_position *position, bool *more)
{
    *more = true;
    while (page->count < q->limit && page_has_room(s, page)) {
        struct row row;
        int64_t number = 0;
        TRY(cursor_next(s, rows, &row, &number, more));
        if (!*more)
            return OK;
        TRY(add_row(s, e, t, &row, q->keys_only, page));
        const struct record *last = &page->records[page->count - 1];
        if (number)
            position->arrival_number = number;
        else
            *position =
                (struct scan_position){position->arrival_number, last->partition, last->sort};
    }
    return OK;
}

// The range that is left behind the cursor.
static enum status rest_of_range(struct scope *s, const struct query *q, struct range *out)
{
    struct unpack u;

    *out = (struct range){q->partition, q->sort_from, {0}, q->descending};
    if (q->sort_to.bytes)
        out->to = q->sort_to;
    if (q->cursor.bytes == 0)
        return OK;
    TRY(cursor_open(s, q->cursor, query_hash(q), &u));
    struct str last = unpack_str(&u);
    TRY(cursor_check(s, &u));
    if (q->descending)
        out->to = last.data ? last : str("");
    else
        out->from = str_concat(s, 2, last, str_of("", 1)); // the next text in order
    return OK;
}

static enum status query_range(struct scope *s, struct embedded *e, struct session *session,
                               const struct query *q, struct page *out)
{
    struct table *t = embedded_table(e, q->table);
    struct scan_position ignored = {0};
    struct range range;
    struct cursor rows;
    bool more = true;

    TRY(rest_of_range(s, q, &range));
    enum status status = cursor_range(s, session, t, &range, &rows);
    if (status == OK)
        status = fill_page(s, e, t, &rows, q, out, &ignored, &more);
    cursor_end(&rows);
    if (status != OK || !more)
        return status;
    struct pack p = cursor_start(query_hash(q));
    pack_str(&p, out->records[out->count - 1].sort);
    out->cursor = cursor_end_text(s, &p);
    return OK;
}

static enum status read_entry(struct scope *s, struct embedded *e, struct session *session,
                              struct table *t, const struct index_entry *entry, bool keys_only,
                              struct page *page)
{
    struct row row;

    enum status status = rows_find(s, session, t, entry->key.partition, entry->key.sort, &row);
    if (status == OK && row.standing.version) // else it is gone, and the entry will go
        status = add_row(s, e, t, &row, keys_only, page);
    row_end(&row);
    return status;
}

// Reads the records of entries; `*used` says of how many, if not all had room.
static enum status read_entries(struct scope *s, struct embedded *e, struct session *session,
                                const struct query *q, const struct index_entry *entries,
                                size_t count, struct page *out, size_t *used)
{
    struct table *t = embedded_table(e, q->table);

    for (*used = 0; *used < count && page_has_room(s, out); ++*used)
        TRY(read_entry(s, e, session, t, &entries[*used], q->keys_only, out));
    return OK;
}

static enum status entry_of_cursor(struct scope *s, const struct query *q, struct index_entry *out)
{
    struct unpack u;

    TRY(cursor_open(s, q->cursor, query_hash(q), &u));
    out->partition = q->partition;
    out->sort = unpack_str(&u);
    out->key.partition = unpack_str(&u);
    out->key.sort = unpack_str(&u);
    return cursor_check(s, &u);
}

static struct index *find_index(struct embedded *e, const struct query *q)
{
    struct table *t = embedded_table(e, q->table);

    for (size_t i = 0; i < t->index_count; i++)
        if (str_is(str(t->indexes[i].def->name), q->index))
            return &t->indexes[i];
    assert(0 && "the table has this index");
    return NULL;
}

static enum status query_index(struct scope *s, struct embedded *e, struct session *session,
                               const struct query *q, struct page *out)
{
    struct index_entry *entries = scope_array(s, q->limit, sizeof *entries);
    struct index_entry after = {0};
    size_t count = 0;
    size_t used = 0;

    if (q->cursor.bytes)
        TRY(entry_of_cursor(s, q, &after));
    TRY(index_collect(s, session, find_index(e, q), q, q->cursor.bytes ? &after : NULL, entries,
                      q->limit, &count));
    TRY(read_entries(s, e, session, q, entries, count, out, &used));
    if (used == 0 || (used == count && count < q->limit))
        return OK;
    struct pack p = cursor_start(query_hash(q));
    pack_str(&p, entries[used - 1].sort);
    pack_str(&p, entries[used - 1].key.partition);
    pack_str(&p, entries[used - 1].key.sort);
    out->cursor = cursor_end_text(s, &p);
    return OK;
}

enum status embedded_record_query(struct scope *s, struct store *store, const struct query *query,
                                  struct page *out)
{
    struct embedded *e = embedded_of(store);
    struct session *session = NULL;

    out->records = scope_array(s, query->limit, sizeof *out->records);
    TRY(sessions_take(s, &e->readers, &session));
    enum status status = session_run(s, session, BEGIN_READ);
    if (status == OK) {
        status = query->index ? query_index(s, e, session, query, out)
                              : query_range(s, e, session, query, out);
        status = session_end_read(s, session, status);
    }
    sessions_give(&e->readers, session);
    return status;
}

static enum status scan_start(struct scope *s, const struct table *t, struct str after,
                              uint32_t hash, struct scan_position *out)
{
    struct unpack u;

    (void)t;
    *out = (struct scan_position){.arrival_number = INT64_MIN};
    if (after.bytes == 0)
        return OK;
    TRY(cursor_open(s, after, hash, &u));
    out->arrival_number = (int64_t)unpack_number(&u);
    out->partition = unpack_str(&u);
    out->sort = unpack_str(&u);
    return cursor_check(s, &u);
}

static enum status scan(struct scope *s, struct embedded *e, struct session *session,
                        const struct query *q, struct page *out)
{
    struct table *t = embedded_table(e, q->table);
    struct scan_position position;
    struct cursor rows;
    bool more = true;

    TRY(scan_start(s, t, q->cursor, query_hash(q), &position));
    enum status status = cursor_scan(s, session, t, &position, &rows);
    if (status == OK)
        status = fill_page(s, e, t, &rows, q, out, &position, &more);
    cursor_end(&rows);
    if (status != OK || !more)
        return status;
    struct pack p = cursor_start(query_hash(q));
    pack_number(&p, (uint64_t)position.arrival_number);
    pack_str(&p, position.partition);
    pack_str(&p, position.sort);
    out->cursor = cursor_end_text(s, &p);
    return OK;
}

enum status embedded_record_scan(struct scope *s, struct store *store,
                                 const struct table_def *table, size_t limit, struct str after,
                                 struct page *out)
{
    struct embedded *e = embedded_of(store);
    struct query q = {.table = table, .limit = limit, .cursor = after};
    struct session *session = NULL;

    out->records = scope_array(s, limit, sizeof *out->records);
    TRY(sessions_take(s, &e->readers, &session));
    enum status status = scan(s, e, session, &q, out);
    sessions_give(&e->readers, session);
    return status;
}
