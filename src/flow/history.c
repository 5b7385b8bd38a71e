// History as it was kept: a record for each advance, large values apart.
#include "core/scope.h"
#include "flow/begin_impl.h"
#include "flow/executions.h"
#include "store/record.h"

enum { CHUNKS_AT_ONCE = 16, HISTORY_LIMIT_MAX = 10000 };

// What is read so far.
struct reading {
    struct scope *s;
    struct flow *f;
    struct str id;
    struct json *events;
    size_t count;
    size_t limit;
    uint64_t from; // first event wanted
    uint64_t next; // 0: there is nothing more
    bool reverse;
};

static enum status put_back(struct reading *r, struct json *event)
{
    struct json payloads = json_member(*event, "payloads");
    struct json whole = json_without(r->s, *event, str("payloads"));

    for (uint32_t i = 0; i < payloads.count; i++) {
        struct str member = payloads.members[i].name;
        struct str details = str_cut(&member, '.');
        struct json value = {0};
        TRY(payload_read(r->s, r->f, r->id, json_text(payloads.members[i].value), &value));
        value = json_with(r->s, json_get(whole, details), member, value);
        whole = json_with(r->s, whole, details, value);
    }
    *event = whole;
    return OK;
}

static enum status take_event(struct reading *r, struct json event)
{
    uint64_t id = (uint64_t)member_i64(event, "id");

    if (r->reverse ? id > r->from : id < r->from)
        return OK;
    if (r->count == r->limit) {
        if (r->next == 0)
            r->next = id;
        return OK;
    }
    if (json_is(json_member(event, "payloads"), JSON_OBJECT))
        TRY(put_back(r, &event));
    r->events[r->count++] = event;
    return OK;
}

static enum status take_chunk(struct reading *r, struct str content)
{
    struct json events = {0};

    TRY(json_read_stored(r->s, content, &events));
    for (uint32_t i = 0; i < events.count; i++)
        TRY(take_event(r, json_at(events, r->reverse ? events.count - 1 - i : i)));
    return OK;
}

static struct str chunk_sort(struct scope *s, uint64_t event)
{
    return event <= 1 ? (struct str){0} : str_format(s, "%08llx", (unsigned long long)event);
}

// The chunk that holds the first event wanted begins at or before it.
static enum status chunk_of(struct reading *r, struct str *sort)
{
    struct page page = {0};
    struct query query = {.table = &flow_history_table,
                          .partition = r->id,
                          .sort_to = chunk_sort(r->s, r->from + 1),
                          .descending = true,
                          .keys_only = true,
                          .limit = 1};

    *sort = (struct str){0};
    if (r->from <= 1)
        return OK;
    do {
        TRY(record_query(r->s, r->f->store, &query, &page));
        query.cursor = page.cursor;
    } while (page.count == 0 && page.cursor.bytes);
    if (page.count)
        *sort = page.records[0].sort;
    return OK;
}

static enum status read_chunks(struct reading *r)
{
    struct query query = {.table = &flow_history_table,
                          .partition = r->id,
                          .descending = r->reverse,
                          .limit = CHUNKS_AT_ONCE};

    if (!r->reverse)
        TRY(chunk_of(r, &query.sort_from));
    else if (r->from < UINT32_MAX)
        query.sort_to = chunk_sort(r->s, r->from + 1);
    do {
        struct page page = {0};
        TRY(record_query(r->s, r->f->store, &query, &page));
        for (size_t i = 0; i < page.count && r->next == 0; i++)
            TRY(take_chunk(r, page.records[i].content));
        query.cursor = page.cursor;
    } while (query.cursor.bytes && r->next == 0);
    return OK;
}

enum status flow_history(struct scope *s, struct flow *f, const struct owner *owner,
                         const struct history_query *q, struct json **events, size_t *count,
                         struct str *next)
{
    struct reading r = {.s = s,
                        .f = f,
                        .limit = q->limit < HISTORY_LIMIT_MAX ? q->limit : HISTORY_LIMIT_MAX,
                        .from = q->reverse ? UINT32_MAX : 1,
                        .reverse = q->reverse};

    TRY(execution_find(s, f, owner, q->arn, &r.id));
    if (q->cursor.bytes && !str_to_u64(q->cursor, UINT32_MAX, &r.from))
        return fail(s, INVALID, "Invalid Token: 'Invalid token'");
    r.events = scope_array(s, r.limit, sizeof *r.events);
    TRY(read_chunks(&r));
    *events = r.events;
    *count = r.count;
    *next = r.next ? str_format(s, "%llu", (unsigned long long)r.next) : (struct str){0};
    return OK;
}
