#include "flow/timers.h"

#include "core/heap.h"
#include "core/hex.h"
#include "core/scope.h"
#include "flow/forget_impl.h"
#include "flow/gates.h"
#include "flow/live_impl.h"
#include "flow/waits_impl.h"
#include "store/record.h"
#include "sys/inbox.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdlib.h>

enum {
    PAGE = 200,
    ROUNDS_MAX = 50, // of pages, of one call
    LOOK_AGAIN_US = 100000,
    SLEEP_US_MAX = 60000000,
    MEASURE_EVERY_US = 60000000,
    KEY_LENGTH = 16 + 1 + 36 + 1 + 8 + 1 + 8 + 1 + 1,
};

static const struct str partition = STR_INIT("t");

struct timers {
    struct mutex lock;
    struct condition changed;
    int64_t next_us; // the earliest that is known of
    bool stopping;
    struct thread *thread;
    struct flow *flow;
};

char timer_letter(enum flow_timer timer)
{
    return "wrthx"[timer];
}

struct str timer_key(struct scope *s, int64_t at_us, struct str execution, uint32_t frame,
                     uint32_t wait, char letter)
{
    return str_format(s, "%016llx/%.*s/%08x/%08x/%c", (unsigned long long)at_us, STR(execution),
                      frame, wait, letter);
}

void timer_put(struct change *c, struct str key)
{
    struct record r = {.partition = partition, .sort = key};

    change_put(c, &flow_timers_table, &r, if_any());
}

void timer_remove(struct change *c, struct str key)
{
    change_remove(c, &flow_timers_table, partition, key, if_any());
}

struct timer {
    int64_t at_us;
    struct str execution;
    uint32_t frame;
    uint32_t wait;
    char letter;
};

static uint64_t hex_number(struct str digits)
{
    uint64_t n = 0;

    for (size_t i = 0; i < digits.bytes; i++)
        n = n << 4 | (uint64_t)hex_digit(digits.data[i]);
    return n;
}

static bool timer_read(struct str key, struct timer *out)
{
    struct str rest = key;

    if (key.bytes != KEY_LENGTH)
        return false;
    out->at_us = (int64_t)hex_number(str_cut(&rest, '/'));
    out->execution = str_cut(&rest, '/');
    out->frame = (uint32_t)hex_number(str_cut(&rest, '/'));
    out->wait = (uint32_t)hex_number(str_cut(&rest, '/'));
    out->letter = rest.bytes ? rest.data[0] : 0;
    return true;
}

// One timer on its way.
struct firing {
    struct scope *scope;
    bool given_up;
    bool ok;
};

static void answered(struct change *c, void *context)
{
    struct firing *firing = context;

    firing->ok = change_status(c) == OK && !firing->given_up;
    scope_close(firing->scope);
}

static enum status fill(struct scope *s, struct flow *f, struct change *c, struct str key)
{
    struct timer t = {0};
    struct live *l = NULL;
    bool stale = false;

    if (!timer_read(key, &t))
        return fail(s, CORRUPT, "a timer has the key %.*s", STR(key));
    if (t.letter == TIMER_LETTER_FORGET)
        return forget_execution(s, f, c, t.execution, t.wait);
    struct flow_event event = {.kind = EVENT_TIMER, .frame = t.frame, .wait = t.wait};
    for (event.timer = TIMER_WAIT; timer_letter(event.timer) != t.letter; event.timer++)
        if (event.timer == TIMER_EXECUTION)
            return fail(s, CORRUPT, "a timer has the key %.*s", STR(key));
    metric_observe_us(f->counters.timer_late, METRIC_ONLY, world_now_us(f->world) - t.at_us);
    enum status e = live_load(s, f, c, t.execution, &l);
    if (e == NOT_FOUND) { // it was forgotten
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    l->fired = key;
    return live_advance(l, &event, &stale);
}

// What can never be done must not be in the way of what is due: it goes on as a message, which ends
// in the dead-letter queue.
static void give_to_queue(struct scope *s, struct change *c, struct str key, enum status e)
{
    struct members m = members_make(s, 2);

    log_event(LOG_ERROR, "flow.timer_failed", LOG_STR("timer", key),
              LOG_Z("status", status_name(e)), LOG_STR("why", scope_why(s)), LOG_END);
    members_str(&m, "k", str("timer"));
    members_str(&m, "t", key);
    change_send(c, &flow_events_queue, json_to_str(s, members_object(&m)), 0);
}

static void fire(struct flow *f, struct str key, struct inbox *inbox, struct firing *firing)
{
    struct scope *s = firing->scope = scope_open(FLOW_SCOPE_BYTES_MAX);
    struct change *c = change_new(s);
    struct str own = str_copy(s, key);

    enum status e = fill(s, f, c, own);
    if (e != OK && !status_may_retry(e)) {
        c = change_new(s);
        give_to_queue(s, c, own, e);
        e = OK;
    }
    firing->given_up = e != OK;
    if (e == OK)
        timer_remove(c, own);
    else
        c = change_new(s); // empty: the timer is looked at again
    store_submit(f->store, c, inbox, answered, firing);
}

enum status timer_fire_again(struct scope *s, struct flow *f, struct change *c, struct str key)
{
    return fill(s, f, c, key);
}

// Fires a page of due timers; `*left`: there were more than could be done.
static enum status fire_page(struct scope *s, struct flow *f, struct inbox *inbox, size_t *fired,
                             size_t *failed, bool *left)
{
    struct page page = {0};
    struct query query = {
        .table = &flow_timers_table, .partition = partition, .keys_only = true, .limit = PAGE};

    query.sort_to = str_format(s, "%016llx", (unsigned long long)world_now_us(f->world) + 1);
    do {
        TRY(record_query(s, f->store, &query, &page));
        query.cursor = page.cursor;
    } while (page.count == 0 && page.cursor.bytes);
    *left = page.count > 0 || page.cursor.bytes > 0;
    *fired = *failed = 0;
    struct firing *firings = scope_array(s, page.count, sizeof *firings);
    for (size_t i = 0; i < page.count; i++)
        fire(f, page.records[i].sort, inbox, &firings[i]);
    for (size_t done = 0; done < page.count;)
        done += store_wait(f->store, inbox);
    for (size_t i = 0; i < page.count; i++)
        *(firings[i].ok ? fired : failed) += 1;
    return OK;
}

// When the first one is due.
static enum status next_due(struct scope *s, struct flow *f, int64_t *out)
{
    struct page page = {0};
    struct query query = {
        .table = &flow_timers_table, .partition = partition, .keys_only = true, .limit = 1};
    struct timer t = {0};

    *out = INT64_MAX;
    do {
        TRY(record_query(s, f->store, &query, &page));
        query.cursor = page.cursor;
    } while (page.count == 0 && page.cursor.bytes);
    if (page.count && timer_read(page.records[0].sort, &t))
        *out = t.at_us;
    return OK;
}

// Executions whose turn has come, and what is measured now and then.
static enum status tend_others(struct flow *f)
{
    int64_t now_us = world_now_us(f->world);
    bool left = true;
    enum status e = OK;

    for (int round = 0; e == OK && left && round < ROUNDS_MAX; round++) {
        struct scope *each = scope_open(FLOW_SCOPE_BYTES_MAX);
        e = gates_admit(each, f, &left);
        scope_close(each);
    }
    if (now_us - f->waits_measured_us < MEASURE_EVERY_US)
        return e;
    struct scope *each = scope_open(FLOW_SCOPE_BYTES_MAX);
    f->waits_measured_us = now_us;
    (void)waits_measure(each, f);
    scope_close(each);
    return e;
}

int64_t flow_tend(struct scope *s, struct flow *f)
{
    struct inbox *inbox = inbox_new();
    int64_t next_us = 0;
    bool left = true;
    size_t failed = 0;
    enum status e = OK;

    for (int round = 0; e == OK && left && failed == 0 && round < ROUNDS_MAX; round++) {
        struct scope *each = scope_open(FLOW_SCOPE_BYTES_MAX);
        size_t fired = 0;
        e = fire_page(each, f, inbox, &fired, &failed, &left);
        scope_close(each);
    }
    if (e == OK)
        e = tend_others(f);
    if (e == OK)
        e = next_due(s, f, &next_us);
    inbox_free(inbox);
    int64_t soon_us = world_now_us(f->world) + LOOK_AGAIN_US;
    if (e != OK || (failed && next_us < soon_us))
        return soon_us;
    return next_us;
}

// -- the thread ----------------------------------------------------------------------------------

struct timers *timers_new(void)
{
    struct timers *t = heap_new(struct timers);

    mutex_init(&t->lock);
    condition_init(&t->changed);
    t->next_us = INT64_MAX;
    return t;
}

void timers_note(struct timers *t, int64_t at_us)
{
    mutex_lock(&t->lock);
    if (at_us < t->next_us) {
        t->next_us = at_us;
        condition_signal(&t->changed);
    }
    mutex_unlock(&t->lock);
}

// Sleeps until the next is due; the lock is held.
static void sleep_until_due(struct timers *t)
{
    while (!t->stopping) {
        int64_t wait_us = t->next_us - world_now_us(t->flow->world);
        if (wait_us <= 0)
            return;
        if (wait_us > SLEEP_US_MAX)
            wait_us = SLEEP_US_MAX; // the clock may be set
        (void)condition_wait_us(&t->changed, &t->lock, wait_us);
    }
}

static void run(void *argument)
{
    struct timers *t = argument;

    mutex_lock(&t->lock);
    while (!t->stopping) {
        t->next_us = INT64_MAX;
        mutex_unlock(&t->lock);
        struct scope *s = scope_open(FLOW_SCOPE_BYTES_MAX);
        int64_t next_us = flow_tend(s, t->flow);
        scope_close(s);
        mutex_lock(&t->lock);
        if (next_us < t->next_us)
            t->next_us = next_us;
        sleep_until_due(t);
    }
    mutex_unlock(&t->lock);
}

void flow_run_timers(struct flow *f)
{
    f->timers->flow = f;
    f->timers->thread = thread_start("timers", run, f->timers);
}

void timers_stop(struct timers *t)
{
    if (!t)
        return;
    mutex_lock(&t->lock);
    t->stopping = true;
    condition_signal(&t->changed);
    mutex_unlock(&t->lock);
    thread_join(t->thread);
    condition_fini(&t->changed);
    mutex_fini(&t->lock);
    free(t);
}
