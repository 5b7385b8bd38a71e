// Hot receipts of a listing. Those of one client come from the index in their order; those of all
// clients have no index, so the keys of the whole table are collected and sorted first.
#include "services/receipts/listing_impl.h"

#include "core/scope.h"
#include "store/record.h"
#include "sys/helper.h"

#include <assert.h>
#include <stdlib.h>

enum {
    BODIES_BYTES_MAX = 192 << 20, // of a chunk
    STATES_BYTES_MAX = 384 << 20,
    KEYS_BYTES_MAX = 1 << 30, // of the keys of all clients: about 100 bytes each
    BATCH = 100,              // records read at once, of any size
    BATCH_BYTES_MAX = BATCH * RECORD_BYTES_MAX,
    PAGE_ROWS = 500,      // of the index, and of the table
    PAGE_BYTES = 8 << 20, // of a page, without contents
    PAGE_STATES_BYTES_MAX = PAGE_ROWS * RECEIPT_STATE_BYTES_MAX,
};

struct key {
    struct str client;
    struct str date;
    struct uuid id;
};

// Where a page of the index began, and what was looked at before it.
struct page_start {
    struct page_start *before;
    struct str cursor;
    const struct archived *last; // NULL: nothing in this chunk
};

struct hot_source {
    struct archive *archive;
    const struct listing_query *query;
    struct helper *helper;
    struct scope *bodies;    // of the chunk
    struct scope *states;    // the helper's while it has something to do
    struct str cursor;       // of the index: where the next chunk begins
    struct page_start *page; // the newest of the chunk
    struct scope *keys_scope;
    struct key *keys; // of all clients
    size_t key_count;
    size_t key_at;
    bool over;
};

static void close_source(void *source)
{
    struct hot_source *h = source;

    scope_close(h->bodies);
    scope_close(h->states);
    scope_close(h->keys_scope);
}

struct str hot_cursor(const struct hot_source *h, const struct place *at)
{
    const struct page_start *p = h->page;

    while (p && p->before && p->last && archive_order(p->last, &at->key) > 0)
        p = p->before;
    return p ? p->cursor : h->cursor;
}

static struct page_start *start_page(struct hot_source *h)
{
    struct page_start *p = scope_new(h->bodies, struct page_start);

    *p = (struct page_start){.before = h->page, .cursor = str_copy(h->bodies, h->cursor)};
    h->page = p;
    return p;
}

bool listing_wants_date(const struct listing_query *q, struct str date)
{
    return str_compare(date, q->date_from) >= 0 &&
           (q->date_to.bytes == 0 ||
            str_compare(str_slice(date, 0, q->date_to.bytes), q->date_to) <= 0);
}

// Reads the states of receipts whose documents are there or are not wanted. Those without a state
// have left meanwhile.
static enum status read_states(struct hot_source *h, const struct record *bodies, size_t count,
                               struct record *states)
{
    struct record_key keys[BATCH] = {{.sort = {0}}};

    for (size_t i = 0; i < count; i++)
        keys[i] = (struct record_key){.partition = bodies[i].partition};
    return record_get_many(h->states, h->archive->store, &receipt_states_table, keys, count,
                           states);
}

// Adds one receipt to the chunk, unless it has been listed or has left.
static enum status add_item(struct hot_source *h, const struct place *after,
                            const struct record *body, const struct record *state,
                            struct hot_chunk *out)
{
    struct archived *item = &out->items[out->count];
    struct receipt_glance g = {0};

    if (state->version == 0)
        return OK;
    TRY(receipt_glance(h->states, state, &g));
    *item = (struct archived){
        .client = h->query->client.bytes ? h->query->client
                                         : str_concat(h->states, 3, g.tenant, str("/"), g.client),
        .date = g.date,
        .id = state->partition,
        .version = state->version,
        .state = state->content,
        .document = body->content,
    };
    out->last = item;
    if (after->started && archive_order(item, &after->key) <= 0)
        return OK; // the next one takes its place, but for `last`
    out->count++;
    return OK;
}

static enum status add_batch(struct hot_source *h, const struct place *after,
                             const struct record *bodies, size_t count, struct hot_chunk *out)
{
    struct record states[BATCH] = {{.version = 0}};

    TRY(read_states(h, bodies, count, states));
    for (size_t i = 0; i < count; i++)
        TRY(add_item(h, after, &bodies[i], &states[i], out));
    out->rows += count;
    return OK;
}

static struct query index_query(struct scope *s, const struct hot_source *h, size_t limit)
{
    const struct listing_query *q = h->query;
    struct query query = {
        .table = &receipts_table,
        .index = "by_client",
        .partition = q->client,
        .sort_from = q->date_from,
        .keys_only = !q->documents,
        .limit = limit,
        .cursor = h->cursor,
    };

    if (q->date_to.bytes) // behind every date that starts so
        query.sort_to = str_concat(s, 2, q->date_to, str("\x7f"));
    return query;
}

// A page of the index on its way: its documents are read here, its states by the helper.
struct half {
    struct hot_source *source;
    const struct place *after;
    struct page page;
    struct page_start *start;
    struct hot_chunk *out;
    enum status status; // of the pages so far
};

// Adds the receipts of a page; on the helper's thread, while the next page is read.
static void add_page(void *half)
{
    struct half *p = half;
    struct hot_source *h = p->source;
    struct hot_chunk *out = p->out;
    size_t count = p->page.count;
    struct archived *items = scope_array(h->states, out->count + count + 1, sizeof *items);

    if (out->count)
        memcpy(items, out->items, out->count * sizeof *items);
    out->items = items;
    p->start->last = out->last;
    for (size_t i = 0; i < count && p->status == OK; i += BATCH)
        p->status =
            add_batch(h, p->after, &p->page.records[i], count - i < BATCH ? count - i : BATCH, out);
}

static enum status read_page(struct hot_source *h, size_t rows, struct page *page,
                             struct page_start **start)
{
    struct query query = index_query(h->bodies, h, rows);

    *page = (struct page){0};
    *start = start_page(h);
    TRY(record_query(h->bodies, h->archive->store, &query, page));
    h->cursor = page->cursor;
    return OK;
}

// Of the page that is read and of the one on its way.
static bool has_room(const struct hot_source *h)
{
    return scope_has_room(h->bodies, PAGE_BYTES) &&
           scope_has_room(h->states, 2 * (PAGE_BYTES + PAGE_STATES_BYTES_MAX));
}

// The next receipts of one client, by pages of the index.
static enum status next_by_index(struct scope *s, struct hot_source *h, const struct place *after,
                                 size_t limit, struct hot_chunk *out)
{
    struct half half = {.source = h, .after = after, .out = out};
    bool more = !h->over;
    bool room = true;
    size_t coming = 0; // with the page on its way
    enum status e = OK;

    while (more && room && coming < limit) {
        struct page page;
        struct page_start *start;
        e = read_page(h, limit - coming < PAGE_ROWS ? limit - coming : PAGE_ROWS, &page, &start);
        helper_end(h->helper);
        if (e != OK || half.status != OK)
            break;
        more = page.cursor.bytes > 0;
        room = has_room(h);
        coming = out->count + page.count;
        half.page = page;
        half.start = start;
        helper_begin(h->helper, add_page, &half);
        if (more && room && coming < limit)
            continue;
        helper_end(h->helper);
        coming = half.status == OK ? out->count : limit;
    }
    helper_end(h->helper);
    h->over = !more;
    h->cursor = str_copy(s, h->cursor);
    if (e != OK)
        return scope_pass(s, e, h->bodies);
    return half.status == OK ? OK : scope_pass(s, half.status, h->states);
}

static int key_order(const void *a, const void *b)
{
    const struct key *first = a;
    const struct key *second = b;
    int order = str_compare(month_of(first->date), month_of(second->date));

    if (order == 0)
        order = str_compare(first->client, second->client);
    if (order == 0)
        order = str_compare(first->date, second->date);
    return order ? order : uuid_compare(first->id, second->id);
}

static struct key *key_room(struct hot_source *h, size_t *room)
{
    if (h->key_count < *room)
        return &h->keys[h->key_count++];
    size_t grown = *room ? *room * 2 : PAGE_ROWS;
    struct key *keys = scope_array(h->keys_scope, grown, sizeof *keys);
    if (h->key_count)
        memcpy(keys, h->keys, h->key_count * sizeof *keys);
    h->keys = keys;
    *room = grown;
    return &h->keys[h->key_count++];
}

static enum status collect_page(struct hot_source *h, struct scope *s, const struct page *page,
                                size_t *room)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct record *state = &page->records[i];
        struct receipt_glance g = {0};
        TRY(receipt_glance(s, state, &g));
        if (!str_equal(g.tenant, h->query->tenant) || !listing_wants_date(h->query, g.date))
            continue;
        if (!scope_has_room(h->keys_scope, 2 * *room * sizeof(struct key) + PAGE_BYTES))
            return fail(s, TOO_LARGE, "more hot receipts than an export of all clients can sort");
        struct key *key = key_room(h, room);
        key->client = str_concat(h->keys_scope, 3, g.tenant, str("/"), g.client);
        key->date = str_copy(h->keys_scope, g.date);
        (void)uuid_read(state->partition, &key->id);
    }
    return OK;
}

static enum status collect_keys(struct scope *s, struct hot_source *h)
{
    struct scope *page_scope = scope_open(STATES_BYTES_MAX);
    struct str cursor = {0};
    size_t room = 0;
    enum status e;

    h->keys_scope = scope_open(KEYS_BYTES_MAX);
    do {
        struct page page = {0};
        e = record_scan(page_scope, h->archive->store, &receipt_states_table, PAGE_ROWS, cursor,
                        &page);
        if (e == OK)
            e = collect_page(h, page_scope, &page, &room);
        (void)scope_pass(s, e, page_scope);
        cursor = str_copy(s, page.cursor);
        scope_reset(page_scope);
    } while (e == OK && cursor.bytes);
    scope_close(page_scope);
    if (h->key_count)
        qsort(h->keys, h->key_count, sizeof *h->keys, key_order);
    return e;
}

static bool is_listed(const struct key *key, const struct place *after)
{
    struct key last = {.client = after->key.client, .date = after->key.date};

    return after->started && uuid_read(after->key.id, &last.id) && key_order(key, &last) <= 0;
}

// Reads the documents of the next keys, where they are wanted.
static enum status read_bodies(struct hot_source *h, const struct key *keys, size_t count,
                               struct record *bodies)
{
    struct record_key at[BATCH] = {{.sort = {0}}};

    for (size_t i = 0; i < count; i++)
        at[i] = (struct record_key){.partition = uuid_to_str(h->bodies, keys[i].id)};
    for (size_t i = 0; i < count; i++)
        bodies[i] = (struct record){.partition = at[i].partition};
    if (!h->query->documents)
        return OK;
    TRY(record_get_many(h->bodies, h->archive->store, &receipts_table, at, count, bodies));
    for (size_t i = 0; i < count; i++)
        bodies[i].partition = at[i].partition; // also of those that have left
    return OK;
}

static enum status next_by_keys(struct scope *s, struct hot_source *h, const struct place *after,
                                size_t limit, struct hot_chunk *out)
{
    if (!h->keys_scope)
        TRY(collect_keys(s, h));
    while (h->key_at < h->key_count && is_listed(&h->keys[h->key_at], after))
        h->key_at++;
    out->items = scope_array(h->states, limit + BATCH + 1, sizeof *out->items);
    while (h->key_at < h->key_count && out->count < limit &&
           scope_has_room(h->bodies, BATCH_BYTES_MAX) &&
           scope_has_room(h->states, BATCH_BYTES_MAX)) {
        struct record bodies[BATCH];
        size_t left = h->key_count - h->key_at;
        size_t count = left < BATCH ? left : BATCH;
        enum status e = read_bodies(h, &h->keys[h->key_at], count, bodies);
        if (e != OK)
            return scope_pass(s, e, h->bodies);
        e = add_batch(h, after, bodies, count, out);
        if (e != OK)
            return scope_pass(s, e, h->states);
        h->key_at += count;
    }
    h->over = h->key_at == h->key_count;
    return OK;
}

enum status hot_open(struct scope *s, struct archive *a, const struct listing_query *q,
                     struct helper *helper, struct str cursor, struct hot_source **out)
{
    struct hot_source *h = scope_new(s, struct hot_source);

    h->archive = a;
    h->query = q;
    h->helper = helper;
    h->cursor = cursor;
    h->bodies = scope_open(BODIES_BYTES_MAX);
    h->states = scope_open(STATES_BYTES_MAX);
    scope_defer(s, close_source, h);
    *out = h;
    return OK;
}

enum status hot_next(struct scope *s, struct hot_source *h, const struct place *after, size_t limit,
                     struct hot_chunk *out)
{
    *out = (struct hot_chunk){0};
    h->page = NULL;
    scope_reset(h->bodies);
    scope_reset(h->states);
    assert(limit > 0 && limit <= HOT_CHUNK_MAX);
    enum status e = h->query->client.bytes ? next_by_index(s, h, after, limit, out)
                                           : next_by_keys(s, h, after, limit, out);
    out->more = !h->over;
    return e;
}
