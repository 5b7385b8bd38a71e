// Loading an execution: the root at once, frames and payloads when the interpreter asks for them.
// What a change under way has written is taken before what the store has.
#include "flow/live_impl.h"

#include "core/hex.h"
#include "core/scope.h"
#include "flow/token.h"
#include "store/record.h"
#include "sys/world.h"

#include <assert.h>

enum { QUERY_FROM = 4 }; // so many frames and more are read by range

struct live *live_new(struct scope *s, struct flow *f, struct change *c)
{
    struct live *l = scope_new(s, struct live);

    l->flow = f;
    l->scope = s;
    l->change = c;
    l->now_us = world_now_us(f->world);
    l->timer_at_us = INT64_MAX;
    return l;
}

static struct held **held_at(struct live *l, uint32_t id)
{
    struct held **at = &l->frames[id % (sizeof l->frames / sizeof *l->frames)];

    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

static struct held *hold(struct live *l, uint32_t id, struct frame *frame)
{
    struct held **at = held_at(l, id);

    if (!*at)
        *at = scope_new(l->scope, struct held);
    (*at)->id = id;
    (*at)->frame = frame;
    return *at;
}

// What is kept of a frame: {"f": frame, "t": token_wait, "n": next event when it was put}.
static enum status hold_json(struct live *l, uint32_t id, struct json j)
{
    struct frame *frame = scope_new(l->scope, struct frame);

    TRY(frame_from_json(l->scope, json_member(j, "f"), frame));
    frame->id = id; // 0 is left out
    struct held *h = hold(l, id, frame);
    h->stored = true;
    h->token_wait = (uint32_t)member_i64(j, "t");
    return OK;
}

static enum status hold_text(struct live *l, uint32_t id, struct str content)
{
    struct json j = {0};
    struct json newer = {0};

    TRY(json_read_stored(l->scope, content, &j));
    TRY(pack_find(l, id, member_i64(j, "n"), &newer));
    return hold_json(l, id, json_is(newer, JSON_NONE) ? j : newer);
}

static enum status hold_packed(struct live *l, uint32_t id)
{
    struct json packed = {0};

    TRY(pack_find(l, id, -1, &packed));
    if (!json_is(packed, JSON_NONE))
        return hold_json(l, id, packed);
    (void)hold(l, id, NULL);
    return OK;
}

static enum link_kind link_kind_of(struct str text)
{
    return str_is(text, "map")     ? LINK_MAP
           : str_is(text, "sync2") ? LINK_SYNC_2
           : str_is(text, "sync")  ? LINK_SYNC
                                   : LINK_NONE;
}

static enum status read_root(struct live *l, struct str content)
{
    struct json j = {0};

    TRY(json_read_stored(l->scope, content, &j));
    TRY(execution_from_json(l->scope, json_member(j, "x"), &l->x));
    struct json parent = json_member(j, "parent");
    l->tenant = member_str(j, "tenant");
    l->account = member_str(j, "account");
    l->definition_key = member_str(j, "definition");
    l->list_of = member_str(j, "list");
    if (l->list_of.bytes == 0)
        l->list_of = l->x.machine_name;
    l->pending = json_is(json_member(j, "pending"), JSON_TRUE);
    l->token_waits = (uint32_t)member_i64(j, "tokens");
    l->token_since_us = member_i64(j, "since");
    l->frames_written = json_is(json_member(j, "more"), JSON_TRUE);
    l->pack_digest = member_str(j, "pack");
    l->parent = (struct link){link_kind_of(member_str(parent, "kind")), member_str(parent, "x"),
                              (uint32_t)member_i64(parent, "f"), (uint32_t)member_i64(parent, "w")};
    struct json frame = json_member(j, "f");
    return json_is(frame, JSON_NONE) ? OK : hold_json(l, 0, frame);
}

static enum status read_stored_root(struct live *l, struct str id)
{
    struct record r = {0};

    TRY(record_get(l->scope, l->flow->store, &flow_executions_table, id, (struct str){0}, &r));
    if (record_expired(&r, l->now_us))
        return fail(l->scope, NOT_FOUND, "there is no such execution");
    l->version = r.version;
    return read_root(l, r.content);
}

enum status live_peek(struct scope *s, struct flow *f, struct str id, struct live **out)
{
    struct live *l = live_new(s, f, NULL);

    TRY(read_stored_root(l, id));
    *out = l;
    return OK;
}

static enum status load_root(struct live *l, struct str id)
{
    struct str content = {0};

    if (!turn_find(l->scope, l->turn, &flow_executions_table, (struct str){0}, &content,
                   &l->version))
        return read_stored_root(l, id);
    return l->version ? read_root(l, content)
                      : fail(l->scope, NOT_FOUND, "there is no such execution");
}

enum status live_load(struct scope *s, struct flow *f, struct change *c, struct str id,
                      struct live **out)
{
    struct live *l = live_new(s, f, c);

    TRY(turn_take(s, f->turns, c, id, &l->turn));
    enum status e = load_root(l, id);
    if (e != OK)
        turn_give(l->turn);
    *out = l;
    return e;
}

struct str frame_sort(struct scope *s, uint32_t id)
{
    return str_format(s, "%08x", id);
}

// Takes what is under way; false: it must be read.
static enum status hold_under_way(struct live *l, uint32_t id, bool *found)
{
    struct str content = {0};
    uint64_t version = 0;

    *found = l->turn && turn_find(l->scope, l->turn, &flow_frames_table, frame_sort(l->scope, id),
                                  &content, &version);
    if (*found && version)
        return hold_text(l, id, content);
    if (*found)
        (void)hold(l, id, NULL);
    return OK;
}

static enum status load_one(struct live *l, uint32_t id)
{
    struct record r = {0};
    bool found = false;

    TRY(hold_under_way(l, id, &found));
    if (found)
        return OK;
    if (l->version)
        TRY(record_find(l->scope, l->flow->store, &flow_frames_table, l->x.id,
                        frame_sort(l->scope, id), &r));
    return r.version ? hold_text(l, id, r.content) : hold_packed(l, id);
}

uint32_t frame_number(struct str sort)
{
    uint32_t id = 0;

    for (size_t i = 0; i < sort.bytes; i++)
        id = id << 4 | (uint32_t)hex_digit(sort.data[i]);
    return id;
}

static enum status hold_page(struct live *l, const struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        uint32_t id = frame_number(page->records[i].sort);
        if (!*held_at(l, id))
            TRY(hold_text(l, id, page->records[i].content));
    }
    return OK;
}

static enum status load_range(struct live *l, uint32_t first, uint32_t count)
{
    struct query query = {.table = &flow_frames_table,
                          .partition = l->x.id,
                          .sort_from = frame_sort(l->scope, first),
                          .sort_to = frame_sort(l->scope, first + count),
                          .limit = 1000};
    bool found = false;

    for (uint32_t id = first; id < first + count; id++)
        if (!*held_at(l, id))
            TRY(hold_under_way(l, id, &found));
    do {
        struct page page = {0};
        TRY(record_query(l->scope, l->flow->store, &query, &page));
        TRY(hold_page(l, &page));
        query.cursor = page.cursor;
    } while (query.cursor.bytes);
    for (uint32_t id = first; id < first + count; id++)
        if (!*held_at(l, id))
            TRY(hold_packed(l, id));
    return OK;
}

static enum status load_frames(struct live *l, uint32_t first, uint32_t count)
{
    uint32_t missing = 0;

    for (uint32_t id = first; id < first + count; id++)
        missing += !*held_at(l, id);
    if (missing >= QUERY_FROM && l->version)
        return load_range(l, first, count);
    for (uint32_t id = first; missing && id < first + count; id++)
        if (!*held_at(l, id))
            TRY(load_one(l, id));
    return OK;
}

static enum status give_frames(struct scope *s, void *context, uint32_t first, uint32_t count,
                               struct frame **out)
{
    struct live *l = context;

    (void)s;
    TRY(load_frames(l, first, count));
    for (uint32_t i = 0; i < count; i++) {
        const struct held *h = *held_at(l, first + i);
        assert(h);
        out[i] = h->ended ? NULL : h->frame;
    }
    return OK;
}

enum status live_frame(struct live *l, uint32_t id, struct frame **out)
{
    return give_frames(l->scope, l, id, 1, out);
}

static struct frame *make_frame(struct scope *s, void *context, uint32_t id)
{
    struct live *l = context;
    struct frame *frame = scope_new(s, struct frame);

    frame->id = id;
    struct held *h = hold(l, id, frame);
    h->changed = true;
    l->changed++;
    return frame;
}

static struct held *change(struct live *l, const struct frame *f)
{
    struct held *h = *held_at(l, f->id);

    assert(h && h->frame == f);
    l->changed += !h->changed;
    h->changed = true;
    return h;
}

static void note_changed(void *context, struct frame *f)
{
    (void)change(context, f);
}

static void note_ended(void *context, struct frame *f)
{
    change(context, f)->ended = true;
}

static enum status give_payload(struct scope *s, void *context, struct payload *p)
{
    struct live *l = context;

    return payload_read(s, l->flow, l->x.id, p->digest, &p->value);
}

static struct str give_token(struct scope *s, void *context, uint32_t frame, uint32_t wait)
{
    struct live *l = context;

    return token_make(s, l->flow, TOKEN_OF_TASK, l->tenant, l->x.id, frame, wait);
}

struct flow_memory live_memory(struct live *l)
{
    return (struct flow_memory){
        .frames = give_frames,
        .frame_new = make_frame,
        .frame_changed = note_changed,
        .frame_ended = note_ended,
        .payload = give_payload,
        .token = give_token,
        .context = l,
    };
}

void live_note_token(struct live *l, uint32_t frame, uint32_t wait)
{
    struct held *h = *held_at(l, frame);

    if (!h)
        return;
    h->token_wait = wait + 1;
    if (l->token_waits++ == 0)
        l->token_since_us = l->now_us;
}
