// Work for those outside lies by activity or function and by when it may be taken: what was handed
// out is put again at the end of its lease. What nobody waits for any more is removed when it is
// met.
#include "core/scope.h"
#include "flow/arn.h"
#include "flow/outside.h"
#include "flow/resource.h"
#include "flow/take_impl.h"
#include "flow/task_impl.h"
#include "flow/token.h"
#include "store/record.h"
#include "sys/world.h"

enum { LOOKED_AT_MAX = 20, US_PER_S = 1000000, TIME_DIGITS = 16 };

static struct str place_of(struct scope *s, const char *kind, struct str tenant, struct str name)
{
    return str_format(s, "%s/%.*s/%.*s", kind, STR(tenant), STR(name));
}

// From when on it may be taken stands first.
static struct str sort_of(struct scope *s, int64_t at_us, struct json message)
{
    return str_format(s, "%016llx/%.*s/%08x/%08x", (unsigned long long)at_us,
                      STR(member_str(message, "x")), (unsigned)member_i64(message, "f"),
                      (unsigned)member_i64(message, "w"));
}

static void put(struct scope *s, struct change *c, struct str place, int64_t at_us,
                struct json message)
{
    struct record r = {
        .partition = place, .sort = sort_of(s, at_us, message), .content = json_to_str(s, message)};

    change_put(c, &flow_outside_table, &r, if_any());
}

static struct str watched(const char *kind, struct str name, struct json message)
{
    return kind[0] == 'a' ? member_str(message, "r") : name;
}

void outside_put(struct live *l, const char *kind, struct str name, struct json message)
{
    put(l->scope, l->change, place_of(l->scope, kind, l->tenant, name), l->now_us, message);
    live_notice(l, watched(kind, name, message));
}

struct offer {
    struct flow *flow;
    struct str what;
};

static void tell_offer(void *context, enum status e)
{
    const struct offer *o = context;

    if (e == OK && o->flow->changed)
        o->flow->changed(o->flow->changed_context, o->what);
}

void outside_offer(struct scope *s, struct flow *f, struct change *c, const char *kind,
                   struct str name, struct json message)
{
    struct offer *o = scope_new(s, struct offer);

    *o = (struct offer){f, watched(kind, name, message)};
    put(s, c, place_of(s, kind, member_str(message, "t"), name), world_now_us(f->world), message);
    change_follow(c, &(struct follower){NULL, tell_offer, o});
}

// -- taking --------------------------------------------------------------------------------------

// One who takes.
struct taker {
    struct scope *s;
    struct flow *f;
    struct change *c;
    const char *kind;
    struct str place;
    struct str worker;
    int64_t until_us;
    int64_t now_us;
};

static enum status read_input(struct taker *t, struct json message, struct str *out)
{
    struct str digest = member_str(message, "ind");
    struct json value = json_member(message, "in");

    if (digest.bytes)
        TRY(payload_read(t->s, t->f, member_str(message, "x"), digest, &value));
    *out = json_to_str(t->s, value);
    return OK;
}

static enum status find_frame(struct taker *t, struct json message, struct live **l,
                              struct frame **frame)
{
    *frame = NULL;
    enum status e = live_peek(t->s, t->f, member_str(message, "x"), l);
    if (e == NOT_FOUND) {
        scope_forgive(t->s);
        return OK;
    }
    TRY(e);
    if ((*l)->x.status != EXECUTION_RUNNING)
        return OK;
    TRY(live_frame(*l, (uint32_t)member_i64(message, "f"), frame));
    if (*frame && ((*frame)->wait != (uint32_t)member_i64(message, "w") ||
                   (*frame)->phase != FRAME_TASK || (*frame)->submitted))
        *frame = NULL;
    return OK;
}

// Its history says who took it, the first time.
static enum status record_started(struct taker *t, const struct live *l, const struct frame *frame,
                                  bool *stale)
{
    struct flow_event event = {
        .kind = EVENT_TASK_STARTED, .frame = frame->id, .wait = frame->wait, .worker = t->worker};

    *stale = false;
    if (frame->begun)
        return OK;
    return flow_advance(t->s, t->f, t->c, l->x.id, &event, stale);
}

static enum status hand_out(struct taker *t, const struct record *r, struct json message,
                            const struct live *l, const struct frame *frame,
                            struct outside_work *out, bool *stale)
{
    struct resource resource = {0};
    struct str id = l->x.id;

    TRY(record_started(t, l, frame, stale));
    if (*stale)
        return OK;
    // What makes the call only, as .waitForTaskToken has it, gets a token for the call.
    bool calls =
        resource_parse(member_str(message, "r"), &resource) && resource.pattern == PATTERN_TOKEN;
    out->token = token_make(t->s, t->f, calls ? TOKEN_OF_CALL : TOKEN_OF_TASK, l->tenant, id,
                            frame->id, frame->wait);
    out->id = str_format(t->s, "%.*s-%u-%u", STR(id), frame->id, frame->wait);
    out->deadline_us = frame->timeout_at_us;
    out->execution = l->x.arn;
    change_remove(t->c, &flow_outside_table, r->partition, r->sort, if_version(r->version));
    if (t->kind[0] == 'f') {
        put(t->s, t->c, t->place, t->until_us, message);
        out->lease = sort_of(t->s, t->until_us, message);
        out->function =
            str_format(t->s, "arn:aws:lambda:%.*s:%.*s:function:%.*s", STR(t->f->region),
                       STR(l->account), STR(member_str(message, "fn")));
    }
    return read_input(t, message, &out->input);
}

static enum status try_one(struct taker *t, const struct record *r, struct outside_work *out,
                           bool *taken)
{
    struct json message = {0};
    struct live *l = NULL;
    struct frame *frame = NULL;
    bool stale = true;

    TRY(json_read_stored(t->s, r->content, &message));
    TRY(find_frame(t, message, &l, &frame));
    if (frame)
        TRY(hand_out(t, r, message, l, frame, out, &stale));
    *taken = !stale;
    if (stale)
        change_remove(t->c, &flow_outside_table, r->partition, r->sort, if_version(r->version));
    return OK;
}

static enum status take_first(struct taker *t, struct outside_work *out, bool *taken)
{
    struct page page = {0};
    struct query query = {
        .table = &flow_outside_table,
        .partition = t->place,
        .sort_to = str_format(t->s, "%016llx", (unsigned long long)t->now_us + 1),
        .limit = LOOKED_AT_MAX,
    };

    do {
        TRY(record_query(t->s, t->f->store, &query, &page));
        query.cursor = page.cursor;
    } while (page.count == 0 && page.cursor.bytes);
    for (size_t i = 0; i < page.count && !*taken; i++)
        TRY(try_one(t, &page.records[i], out, taken));
    return OK;
}

// The first who asks for a function makes it known.
static enum status know_function(struct scope *s, struct flow *f, struct str tenant,
                                 struct str name)
{
    struct record r = {0};

    TRY(record_find(s, f->store, &flow_functions_table, tenant, name, &r));
    if (r.version)
        return OK;
    struct change *c = change_new(s);
    r = (struct record){.partition = tenant, .sort = name};
    change_put(c, &flow_functions_table, &r, if_any());
    return store_commit(s, f->store, c);
}

static enum status name_of(struct scope *s, struct flow *f, const struct owner *owner,
                           struct str text, const char **kind, struct str *name)
{
    struct arn a = {0};
    int64_t created_at_us = 0;

    *kind = "f";
    *name = text;
    if (!arn_read(text, &a))
        return know_function(s, f, owner->tenant, text);
    *kind = "a";
    return flow_activity_get(s, f, owner, text, name, &created_at_us);
}

enum status flow_take(struct scope *s, struct flow *f, const struct owner *owner, struct change *c,
                      struct str activity_or_function, struct str worker, int64_t lease_s,
                      struct outside_work *out)
{
    struct taker t = {.s = s, .f = f, .c = c, .worker = worker, .now_us = world_now_us(f->world)};
    struct str name = {0};
    bool taken = false;

    TRY(name_of(s, f, owner, activity_or_function, &t.kind, &name));
    t.place = place_of(s, t.kind, owner->tenant, name);
    t.until_us = t.now_us + lease_s * US_PER_S;
    *out = (struct outside_work){0};
    TRY(take_first(&t, out, &taken));
    return taken ? OK : fail(s, NOT_FOUND, "there is no work now");
}

// -- leases --------------------------------------------------------------------------------------

enum status flow_lease_move(struct scope *s, struct flow *f, const struct owner *owner,
                            struct change *c, struct str function, int64_t lease_s,
                            struct str *lease)
{
    struct str place = place_of(s, "f", owner->tenant, function);
    int64_t until_us = world_now_us(f->world) + lease_s * US_PER_S;
    struct offer *o = scope_new(s, struct offer);
    struct record r = {0};

    TRY(record_find(s, f->store, &flow_outside_table, place, *lease, &r));
    if (!r.version || lease->bytes <= TIME_DIGITS)
        return fail(s, NOT_FOUND, "the lease has ended");
    struct str moved = str_format(s, "%016llx%.*s", (unsigned long long)until_us,
                                  STR(str_slice(*lease, TIME_DIGITS, lease->bytes)));
    if (str_equal(moved, *lease))
        return OK;
    struct record put = {.partition = place, .sort = moved, .content = r.content};
    change_remove(c, &flow_outside_table, place, *lease, if_version(r.version));
    change_put(c, &flow_outside_table, &put, if_any());
    *lease = moved;
    *o = (struct offer){f, function};
    if (lease_s == 0)
        change_follow(c, &(struct follower){NULL, tell_offer, o});
    return OK;
}

void flow_lease_end(struct scope *s, const struct owner *owner, struct change *c,
                    struct str function, struct str lease)
{
    change_remove(c, &flow_outside_table, place_of(s, "f", owner->tenant, function), lease,
                  if_any());
}
