#include "flow/gates.h"

#include "core/heap.h"
#include "core/scope.h"
#include "flow/live_impl.h"
#include "flow/timers.h"
#include "store/record.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdlib.h>

enum { ADMITTED_AT_ONCE = 50, SCANNED_AT_ONCE = 1000, COUNTED_AT_ONCE = 1000 };

struct gate {
    struct gate *next;
    char key[KEY_BYTES]; // of the machine
    uint64_t running;
    bool counted; // `running` was made of what the store has
    bool waiting; // some may be pending
};

struct gates {
    struct mutex lock;
    struct gate *list;
    bool scanned; // the pending ones of the life before are known
};

struct gates *gates_new(void)
{
    struct gates *g = heap_new(struct gates);

    mutex_init(&g->lock);
    return g;
}

void gates_free(struct gates *g)
{
    if (!g)
        return;
    for (struct gate *next; g->list; g->list = next) {
        next = g->list->next;
        free(g->list);
    }
    mutex_fini(&g->lock);
    free(g);
}

// Under the lock.
static struct gate *gate_of(struct gates *g, struct str key)
{
    for (struct gate *gate = g->list; gate; gate = gate->next)
        if (str_equal(str_of(gate->key, KEY_BYTES), key))
            return gate;
    struct gate *gate = heap_new(struct gate);
    memcpy(gate->key, key.data, KEY_BYTES);
    gate->next = g->list;
    g->list = gate;
    return gate;
}

static enum status count_rows(struct scope *s, struct flow *f, const struct query *query,
                              uint64_t *count)
{
    struct query q = *query;

    *count = 0;
    do {
        struct page page = {0};
        TRY(record_query(s, f->store, &q, &page));
        *count += page.count;
        q.cursor = page.cursor;
    } while (q.cursor.bytes);
    return OK;
}

// Those that run: all that are RUNNING but the pending ones.
static enum status count_running(struct scope *s, struct flow *f, struct str key, uint64_t *running)
{
    uint64_t pending = 0;
    struct query by_status = {.table = &flow_executions_table,
                              .index = "by_status",
                              .partition = str_concat(s, 2, key, str("#RUNNING")),
                              .keys_only = true,
                              .limit = COUNTED_AT_ONCE};
    struct query by_key = {.table = &flow_pending_table,
                           .partition = key,
                           .keys_only = true,
                           .limit = COUNTED_AT_ONCE};

    TRY(count_rows(s, f, &by_status, running));
    TRY(count_rows(s, f, &by_key, &pending));
    *running -= pending < *running ? pending : *running;
    return OK;
}

// Counts once; what begins or ends meanwhile may be counted twice or not at all, which later ends
// make good, because a count never falls below 0.
static enum status gate_count(struct scope *s, struct flow *f, struct str key)
{
    uint64_t running = 0;

    mutex_lock(&f->gates->lock);
    bool counted = gate_of(f->gates, key)->counted;
    mutex_unlock(&f->gates->lock);
    if (counted)
        return OK;
    TRY(count_running(s, f, key, &running));
    mutex_lock(&f->gates->lock);
    struct gate *gate = gate_of(f->gates, key);
    if (!gate->counted)
        gate->running = running;
    gate->counted = true;
    mutex_unlock(&f->gates->lock);
    return OK;
}

// A place that is held until its change is answered, or its scope ends without that.
struct place {
    struct flow *flow;
    struct str key;
    bool entered; // counts as running
    bool pending; // was put among those that wait
    bool answered;
};

static void place_leave(struct gates *g, struct str key)
{
    mutex_lock(&g->lock);
    struct gate *gate = gate_of(g, key);
    gate->running -= gate->running > 0;
    mutex_unlock(&g->lock);
}

static void place_answered(void *context, enum status e)
{
    struct place *p = context;

    p->answered = true;
    if (e != OK && p->entered)
        place_leave(p->flow->gates, p->key);
    if (e != OK || !p->pending)
        return;
    mutex_lock(&p->flow->gates->lock);
    gate_of(p->flow->gates, p->key)->waiting = true;
    mutex_unlock(&p->flow->gates->lock);
    timers_note(p->flow->timers, 0); // somebody may have ended since
}

static void place_over(void *context)
{
    struct place *p = context;

    if (!p->answered && p->entered)
        place_leave(p->flow->gates, p->key);
}

static struct place *place_make(struct live *l, struct str key)
{
    struct place *p = scope_new(l->scope, struct place);

    *p = (struct place){.flow = l->flow, .key = key};
    scope_defer(l->scope, place_over, p);
    change_follow(l->change, &(struct follower){.answered = place_answered, .context = p});
    return p;
}

static bool enter(struct flow *f, struct str key)
{
    mutex_lock(&f->gates->lock);
    struct gate *gate = gate_of(f->gates, key);
    bool may = gate->running < f->executions_max && !gate->waiting;
    gate->running += may;
    mutex_unlock(&f->gates->lock);
    return may;
}

static bool is_gated(const struct live *l)
{
    return l->flow->executions_max > 0 && str_equal(l->list_of, l->x.machine_name);
}

// {started}/{id}: the order of their turns.
static struct str pending_sort(struct live *l)
{
    return str_format(l->scope, "%016llx/%.*s", (unsigned long long)l->x.started_at_us,
                      STR(l->x.id));
}

enum status gate_enter(struct live *l, bool *may_run)
{
    struct str key = live_list_key(l->scope, l->tenant, l->x.machine_name);

    *may_run = true;
    if (!is_gated(l))
        return OK;
    TRY(gate_count(l->scope, l->flow, key));
    *may_run = enter(l->flow, key);
    struct place *p = place_make(l, key);
    p->entered = *may_run;
    p->pending = !*may_run;
    if (*may_run)
        return OK;
    struct record r = {.partition = key, .sort = pending_sort(l), .content = l->x.id};
    l->pending = true;
    change_put(l->change, &flow_pending_table, &r, if_any());
    return OK;
}

static void gate_moved(void *context, enum status e)
{
    const struct place *p = context;

    if (e != OK)
        return;
    mutex_lock(&p->flow->gates->lock);
    struct gate *gate = gate_of(p->flow->gates, p->key);
    if (p->entered)
        gate->running++;
    else
        gate->running -= gate->running > 0;
    bool wake = gate->waiting && !p->entered;
    mutex_unlock(&p->flow->gates->lock);
    if (wake)
        timers_note(p->flow->timers, 0);
}

void gate_note(struct live *l, bool ended)
{
    struct place *p = NULL;

    if (!is_gated(l))
        return;
    p = scope_new(l->scope, struct place);
    *p = (struct place){.flow = l->flow,
                        .key = live_list_key(l->scope, l->tenant, l->x.machine_name),
                        .entered = !ended};
    change_follow(l->change, &(struct follower){.answered = gate_moved, .context = p});
}

// -- admitting -----------------------------------------------------------------------------------

// Begins one; it is not there, or not pending, when it was stopped or begun before.
static enum status begin(struct scope *s, struct flow *f, struct str key, const struct record *row)
{
    struct change *c = change_new(s);
    struct flow_event event = {.kind = EVENT_START};
    struct live *l = NULL;
    bool stale = false;

    enum status e = live_load(s, f, c, str_copy(s, row->content), &l);
    if (e != OK && e != NOT_FOUND)
        return e;
    change_remove(c, &flow_pending_table, key, str_copy(s, row->sort), if_any());
    if (e == OK && l->pending && l->x.status == EXECUTION_RUNNING) {
        l->pending = false;
        place_make(l, key)->entered = true;
        mutex_lock(&f->gates->lock);
        gate_of(f->gates, key)->running++;
        mutex_unlock(&f->gates->lock);
        TRY(live_advance(l, &event, &stale));
    } else if (e == OK) {
        turn_give(l->turn);
    }
    return store_commit(s, f->store, c);
}

static uint64_t room_of(struct flow *f, struct str key, bool *waiting)
{
    mutex_lock(&f->gates->lock);
    const struct gate *gate = gate_of(f->gates, key);
    uint64_t room = gate->running < f->executions_max ? f->executions_max - gate->running : 0;
    *waiting = gate->waiting;
    mutex_unlock(&f->gates->lock);
    return room < ADMITTED_AT_ONCE ? room : ADMITTED_AT_ONCE;
}

static enum status admit_some(struct scope *s, struct flow *f, struct str key, bool *left)
{
    struct page page = {0};
    bool waiting = false;
    struct query query = {.table = &flow_pending_table, .partition = key};

    TRY(gate_count(s, f, key));
    query.limit = room_of(f, key, &waiting);
    if (!waiting || query.limit == 0)
        return OK;
    do {
        TRY(record_query(s, f->store, &query, &page));
        query.cursor = page.cursor;
    } while (page.count == 0 && page.cursor.bytes);
    for (size_t i = 0; i < page.count; i++)
        TRY(begin(s, f, key, &page.records[i]));
    *left = *left || page.count > 0;
    mutex_lock(&f->gates->lock);
    if (page.count == 0)
        gate_of(f->gates, key)->waiting = false;
    mutex_unlock(&f->gates->lock);
    return OK;
}

// After a start of the program: whose executions were pending.
static enum status scan(struct scope *s, struct flow *f)
{
    struct page page = {0};

    do {
        TRY(record_scan(s, f->store, &flow_pending_table, SCANNED_AT_ONCE, page.cursor, &page));
        mutex_lock(&f->gates->lock);
        for (size_t i = 0; i < page.count; i++)
            gate_of(f->gates, page.records[i].partition)->waiting = true;
        mutex_unlock(&f->gates->lock);
    } while (page.cursor.bytes);
    f->gates->scanned = true;
    return OK;
}

enum status gates_admit(struct scope *s, struct flow *f, bool *left)
{
    struct gate *gate = NULL;

    *left = false;
    if (f->executions_max == 0)
        return OK;
    if (!f->gates->scanned) // of flow_tend()'s thread only
        TRY(scan(s, f));
    mutex_lock(&f->gates->lock);
    gate = f->gates->list; // gates are put in front and stay
    mutex_unlock(&f->gates->lock);
    for (; gate; gate = gate->next)
        TRY(admit_some(s, f, str_of(gate->key, KEY_BYTES), left));
    return OK;
}
