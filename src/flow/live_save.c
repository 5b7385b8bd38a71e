// What an event has changed, as records of the change. The order matters: large values first, so
// that what names them knows their digests; the root last, because it says what else there is.
#include "core/buf.h"
#include "core/scope.h"
#include "flow/live_impl.h"

#include <assert.h>
#include <stdlib.h>

enum { ROOT_MEMBERS = 16, EVENT_MEMBERS = 8, HISTORY_BYTES_MAX = 8 << 20, US_PER_S = 1000000 };

// -- frames --------------------------------------------------------------------------------------

// A wait that somebody outside would have ended is over.
static void check_token(struct live *l, struct held *h)
{
    if (h->token_wait == 0)
        return;
    if (!h->ended && h->frame->phase == FRAME_TASK && h->frame->wait + 1 == h->token_wait)
        return;
    h->token_wait = 0;
    assert(l->token_waits > 0);
    if (--l->token_waits == 0)
        l->token_since_us = 0;
}

static struct json held_to_json(struct live *l, struct held *h)
{
    struct members o = members_make(l->scope, 3);

    members_add(&o, "f", frame_to_json(l->scope, h->frame));
    members_i64(&o, "t", h->token_wait);
    members_i64(&o, "n", (int64_t)l->x.next_event);
    return members_object(&o);
}

static void put_frame(struct live *l, uint32_t id, struct json j)
{
    struct record r = {.partition = l->x.id,
                       .sort = frame_sort(l->scope, id),
                       .content = json_to_str(l->scope, j)};

    change_put(l->change, &flow_frames_table, &r, if_any());
    if (l->turn)
        turn_note(l->turn, &flow_frames_table, r.sort, r.content, 1);
    l->frames_written = true;
}

static void remove_frame(struct live *l, uint32_t id)
{
    struct str sort = frame_sort(l->scope, id);

    change_remove(l->change, &flow_frames_table, l->x.id, sort, if_any());
    if (l->turn)
        turn_note(l->turn, &flow_frames_table, sort, (struct str){0}, 0);
}

struct sweep {
    uint32_t *ids;
    size_t count;
};

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

// Frames that have ended and that the change has no room for are removed afterwards: {"a", "b"} are
// the first and the last of each run of numbers.
static void send_sweep(struct live *l, struct sweep *w)
{
    enum { RUNS_MAX = 1000 };
    struct json *runs = scope_array(l->scope, 2 * RUNS_MAX, sizeof *runs);
    struct members o = members_make(l->scope, 3);
    size_t count = 0;

    qsort(w->ids, w->count, sizeof *w->ids, by_id);
    for (size_t i = 0, from = 0; i < w->count && count < RUNS_MAX; i++) {
        if (i + 1 < w->count && w->ids[i + 1] == w->ids[i] + 1)
            continue;
        runs[2 * count] = json_i64(l->scope, w->ids[from]);
        runs[2 * count + 1] = json_i64(l->scope, w->ids[i]);
        count++;
        from = i + 1;
    }
    members_str(&o, "k", str("sweep"));
    members_str(&o, "x", l->x.id);
    members_add(&o, "runs", json_array(runs, 2 * count));
    live_send(l, &flow_events_queue, members_object(&o));
}

static void end_frames(struct live *l, struct held *const *changed, size_t count)
{
    struct sweep sweep = {scope_array(l->scope, count, sizeof(uint32_t)), 0};

    for (size_t i = 0; i < count; i++) {
        struct held *h = changed[i];
        if (!h->ended || !h->stored || h->id == 0)
            continue;
        if (l->items_left > 0) {
            remove_frame(l, h->id);
            l->items_left--;
        } else {
            sweep.ids[sweep.count++] = h->id;
        }
    }
    if (sweep.count)
        send_sweep(l, &sweep);
}

// Frame 0 is the root's affair.
static enum status put_frames(struct live *l, struct held *const *changed, size_t count)
{
    struct json_member *packed = scope_array(l->scope, count, sizeof *packed);
    size_t packed_count = 0;
    size_t put = 0;

    for (size_t i = 0; i < count; i++) {
        struct held *h = changed[i];
        if (h->ended || h->id == 0)
            continue;
        struct json j = held_to_json(l, h);
        if (put++ < LIVE_FRAMES_MAX)
            put_frame(l, h->id, j);
        else
            packed[packed_count++] = (struct json_member){frame_sort(l->scope, h->id), j};
    }
    return packed_count ? pack_put(l, packed, packed_count) : OK;
}

static struct held **list_changed(struct live *l, size_t *count)
{
    struct held **list = scope_array(l->scope, l->changed, sizeof(struct held *));

    *count = 0;
    for (size_t b = 0; b < sizeof l->frames / sizeof *l->frames; b++) {
        for (struct held *h = l->frames[b]; h; h = h->next) {
            if (h->changed)
                list[(*count)++] = h;
        }
    }
    assert(*count == l->changed);
    return list;
}

static void keep_payloads(struct live *l, struct held *const *changed, size_t count)
{
    struct payload *payloads[FRAME_PAYLOADS];
    struct payload *of_execution[EXECUTION_PAYLOADS];

    for (size_t i = 0; i < count; i++) {
        if (changed[i]->ended)
            continue;
        frame_payloads(changed[i]->frame, payloads);
        for (size_t p = 0; p < FRAME_PAYLOADS; p++)
            payload_keep(l, payloads[p]);
    }
    execution_payloads(&l->x, of_execution);
    for (size_t p = 0; p < EXECUTION_PAYLOADS; p++)
        payload_keep(l, of_execution[p]);
}

// -- history -------------------------------------------------------------------------------------

// A large member of an event's details is named by "payloads": {"details.member": digest}.
static struct json shrink_details(struct live *l, struct str name, struct json details,
                                  struct json *payloads)
{
    for (uint32_t i = 0; i < details.count; i++) {
        struct json_member member = details.members[i];
        struct str digest = payload_digest(l, member.value);
        if (digest.bytes == 0)
            continue;
        struct str path = str_concat(l->scope, 3, name, str("."), member.name);
        *payloads = json_with(l->scope, *payloads, path, json_string(digest));
        details = json_with(l->scope, details, member.name, json_null());
    }
    return details;
}

static struct json shrink_event(struct live *l, struct json event)
{
    struct json payloads = json_object(NULL, 0);
    struct json out = event;

    for (uint32_t i = 0; i < event.count; i++) {
        struct json_member member = event.members[i];
        if (!json_is(member.value, JSON_OBJECT))
            continue;
        struct json details = shrink_details(l, member.name, member.value, &payloads);
        if (details.members != member.value.members)
            out = json_with(l->scope, out, member.name, details);
    }
    return payloads.count ? json_with(l->scope, out, str("payloads"), payloads) : out;
}

static void put_history_chunk(struct live *l, int64_t first, struct str text, int64_t expires_at_s)
{
    struct record r = {.partition = l->x.id, .content = text, .expires_at_s = expires_at_s};

    if (first > 1) {
        r.sort = str_format(l->scope, "%08x", (unsigned)first);
        l->frames_written = true;
    }
    change_put(l->change, &flow_history_table, &r, if_any());
}

static void put_history(struct live *l, const struct json *events, size_t count,
                        int64_t expires_at_s)
{
    for (size_t i = 0; i < count;) {
        struct buf b = buf_make(l->scope, HISTORY_BYTES_MAX);
        int64_t first = member_i64(events[i], "id");
        buf_put_byte(&b, '[');
        for (size_t n = 0; i < count && b.bytes < CHUNK_BYTES; i++, n++) {
            if (n)
                buf_put_byte(&b, ',');
            json_write(&b, events[i]);
        }
        buf_put_byte(&b, ']');
        put_history_chunk(l, first, buf_str(&b), expires_at_s);
    }
}

// -- the root ------------------------------------------------------------------------------------

static struct json parent_to_json(struct live *l)
{
    static const char *const kinds[] = {"", "sync", "sync2", "map"};
    struct members o = members_make(l->scope, 4);

    if (l->parent.kind == LINK_NONE)
        return (struct json){0};
    members_str(&o, "kind", str(kinds[l->parent.kind]));
    members_str(&o, "x", l->parent.execution);
    members_i64(&o, "f", l->parent.frame);
    members_i64(&o, "w", l->parent.wait);
    return members_object(&o);
}

// Frame 0 as it lies in the root; a large one has a record of its own.
static struct json root_frame(struct live *l)
{
    struct held *h = l->frames[0];

    while (h && h->id != 0)
        h = h->next;
    if (!h || !h->frame || h->ended)
        return (struct json){0};
    struct json j = held_to_json(l, h);
    if (json_to_str(l->scope, j).bytes <= FRAME_INLINE_BYTES_MAX)
        return j;
    if (h->changed)
        put_frame(l, 0, j);
    return (struct json){0};
}

static struct json root_to_json(struct live *l)
{
    struct members o = members_make(l->scope, ROOT_MEMBERS);
    struct json frame = root_frame(l);

    members_add(&o, "x", execution_to_json(l->scope, &l->x));
    members_str(&o, "tenant", l->tenant);
    members_str(&o, "account", l->account);
    members_str(&o, "definition", l->definition_key);
    if (!str_equal(l->list_of, l->x.machine_name))
        members_str(&o, "list", l->list_of);
    members_add(&o, "parent", parent_to_json(l));
    if (l->pending)
        members_add(&o, "pending", json_bool(true));
    members_i64(&o, "tokens", l->token_waits);
    members_i64(&o, "since", l->token_since_us);
    if (l->frames_written)
        members_add(&o, "more", json_bool(true));
    members_str(&o, "pack", l->pack_digest);
    members_add(&o, "f", frame);
    return members_object(&o);
}

struct str live_list_key(struct scope *s, struct str tenant, struct str of)
{
    struct str text = str_concat(s, 3, tenant, str("/"), of);

    return str_slice(digest_sha256_hex(s, text), 0, KEY_BYTES);
}

static struct str hex16(struct scope *s, int64_t number)
{
    return str_format(s, "%016llx", (unsigned long long)number);
}

static void put_root(struct live *l, int64_t expires_at_s)
{
    struct str list = live_list_key(l->scope, l->tenant, l->list_of);
    const char *status = execution_status_name(l->x.status);
    struct attribute attributes[5] = {
        {str("list"), list},
        {str("list_status"), str_concat(l->scope, 3, list, str("#"), str(status))},
        {str("started"), hex16(l->scope, l->x.started_at_us)},
        {str("waiting"), live_list_key(l->scope, l->tenant, l->x.machine_name)},
        {str("since"), hex16(l->scope, l->token_since_us)},
    };
    struct record r = {
        .partition = l->x.id,
        .content = json_to_str(l->scope, root_to_json(l)),
        .expires_at_s = expires_at_s,
        .attributes = attributes,
        .attribute_count = l->token_waits ? 5 : 3,
    };

    change_put(l->change, &flow_executions_table, &r, if_version(l->version));
    if (l->turn)
        turn_note(l->turn, &flow_executions_table, (struct str){0}, r.content, l->version + 1);
}

void live_shrink(struct live *l, struct flow_effects *effects)
{
    size_t count = 0;
    struct held **changed = list_changed(l, &count);

    keep_payloads(l, changed, count);
    for (size_t i = 0; i < effects->history_count; i++)
        effects->history[i] = shrink_event(l, effects->history[i]);
}

bool live_leaves_nothing(const struct live *l)
{
    return l->version == 0 && !l->frames_written && l->x.status == EXECUTION_SUCCEEDED &&
           str_equal(l->x.name, l->x.id);
}

enum status live_save(struct live *l, const struct flow_effects *effects)
{
    size_t count = 0;
    int64_t expires_at_s = 0;
    struct held **changed = list_changed(l, &count);

    for (size_t i = 0; i < count; i++)
        check_token(l, changed[i]);
    if (l->ended && live_leaves_nothing(l))
        expires_at_s = (l->now_us + l->flow->keep_us) / US_PER_S;
    end_frames(l, changed, count);
    TRY(put_frames(l, changed, count));
    put_history(l, effects->history, effects->history_count, expires_at_s);
    put_root(l, expires_at_s);
    TRY(live_send_rest(l));
    return payloads_put(l);
}
