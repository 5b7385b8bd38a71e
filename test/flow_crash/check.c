// What must hold after the last kill, found out from outside: by the states API and the audit log.
#include "test/flow_crash/flow_crash.h"

#include "core/scope.h"
#include "partners/ledger.h"
#include "sys/world.h"
#include "test/flow_crash/tasks.h"

#include <stdio.h>

enum { BLAMES_MAX = 20, AWAIT_S = 180, PAUSE_MS = 100, CALL_BYTES_MAX = 256 << 20 };

struct check {
    struct flow_crash *crash;
    struct scope *each;
    struct crash_verdict *out;
    struct ledger *applied;
    uint64_t applied_expected;
    uint64_t running[KILLS_MAX]; // at each kill
    uint64_t kinds[REFERENCES];  // of events of executions without a kill, see add_kind()
    uint64_t events[REFERENCES]; // how many
};

static void blame(struct check *k, bool right, const char *what, struct str about)
{
    if (right)
        return;
    if (k->out->wrong++ < BLAMES_MAX)
        (void)printf("flow-crash: not so: %s: %.*s\n", what, STR(about));
}

static struct json ask(struct check *k, const char *operation, struct str body)
{
    struct replied r = crash_ask(k->crash, k->each, operation, str("/"), body);

    blame(k, r.code == 200, "the states API answers", str(operation));
    return r.json;
}

static struct str text(struct json j, const char *name)
{
    return json_text(json_member(j, name));
}

// -- one execution -------------------------------------------------------------------------------

// Order does not count: branches end in any.
static uint64_t add_kind(uint64_t sum, struct str type)
{
    uint64_t h = str_hash(type);

    return sum + (h ^ h << 17) * 0x9e3779b97f4a7c15U;
}

static uint64_t number(struct json j)
{
    int64_t n = -1;

    (void)json_to_i64(j, &n);
    return (uint64_t)n;
}

struct history {
    uint64_t count;
    uint64_t kinds;
};

static void read_page(struct check *k, struct str arn, struct json events, struct history *h)
{
    for (size_t i = 0; i < events.count; i++) {
        struct json event = json_at(events, i);
        blame(k, number(json_member(event, "id")) == ++h->count, "ids of events are consecutive",
              arn);
        blame(k, number(json_member(event, "previousEventId")) < h->count,
              "an event comes after its cause", arn);
        h->kinds = add_kind(h->kinds, text(event, "type"));
    }
}

static struct history read_history(struct check *k, struct str arn)
{
    struct history h = {0};
    struct str next = {0};

    do {
        struct str body = str_format(k->each,
                                     "{\"executionArn\":\"%.*s\",\"maxResults\":1000,"
                                     "\"includeExecutionData\":false%s%.*s%s}",
                                     STR(arn), next.bytes ? ",\"nextToken\":\"" : "", STR(next),
                                     next.bytes ? "\"" : "");
        struct json page = ask(k, "GetExecutionHistory", body);
        read_page(k, arn, json_member(page, "events"), &h);
        next = text(page, "nextToken");
    } while (next.bytes);
    return h;
}

static int64_t moment(struct json j)
{
    double seconds = 0;

    (void)json_to_double(j, &seconds);
    return (int64_t)(seconds * 1e6);
}

// Counts it among those that ran when the server was killed.
static void count_running(struct check *k, struct json x)
{
    int64_t from_us = moment(json_member(x, "startDate"));
    int64_t to_us = moment(json_member(x, "stopDate"));

    for (unsigned i = 0; i < k->crash->killed; i++)
        k->running[i] += from_us < k->crash->killed_at_us[i] && k->crash->killed_at_us[i] < to_us;
}

static void check_execution(struct check *k, uint64_t n)
{
    struct str arn = crash_execution(k->each, k->crash, n);
    struct crash_kind kind = crash_kind(k->each, n);
    struct json is = {0};
    struct json should = {0};
    struct json x =
        ask(k, "DescribeExecution", str_format(k->each, "{\"executionArn\":\"%.*s\"}", STR(arn)));

    blame(k, str_is(text(x, "status"), "SUCCEEDED"), "an execution ends well",
          str_concat(k->each, 3, arn, str(" "), text(x, "status")));
    bool same = json_parse(k->each, text(x, "output"), &json_limits_lenient, &is) == OK &&
                json_parse(k->each, kind.output, &json_limits_lenient, &should) == OK &&
                json_equal(is, should);
    blame(k, same, "it has the output that it has without a kill",
          str_concat(k->each, 3, arn, str(" "), text(x, "output")));
    struct history h = read_history(k, arn);
    uint64_t like = n % REFERENCES;
    if (n == like) { // ran before the first kill
        k->kinds[n] = h.kinds;
        k->events[n] = h.count;
    }
    blame(k, h.kinds == k->kinds[like] && h.count == k->events[like],
          "it has the events that it has without a kill",
          str_format(k->each, "%.*s %llu, not %llu", STR(arn), (unsigned long long)h.count,
                     (unsigned long long)k->events[like]));
    k->out->events += h.count;
    k->applied_expected += kind.applied;
    count_running(k, x);
}

// -- all of them ---------------------------------------------------------------------------------

static void read_audit(struct check *k)
{
    uint64_t after = 0;

    for (size_t count = 1; count > 0;) {
        struct str path = str_format(k->each, "/operations/audit?limit=1000&after=%llu",
                                     (unsigned long long)after);
        struct replied r = crash_ask(k->crash, k->each, NULL, path, (struct str){0});
        struct json items = json_member(r.json, "items");
        blame(k, r.code == 200, "the audit log can be read", path);
        count = items.count;
        for (size_t i = 0; i < count; i++) {
            struct json row = json_at(items, i);
            if (str_is(text(row, "action"), APPLIED))
                (void)ledger_tell(k->applied, text(row, "subject"), (struct str){0});
        }
        after = number(json_member(r.json, "after"));
        scope_reset(k->each);
    }
}

static void check_applied(void *context, const void *entry)
{
    struct check *k = context;
    const struct ledger_entry *e = entry;

    k->out->applied += e->times;
    blame(k, e->times == 1, "the result of a task is applied once", e->id);
}

static void check_all(struct check *k, uint64_t started)
{
    for (uint64_t n = 0; n < started; n++) {
        check_execution(k, n);
        scope_reset(k->each);
    }
    read_audit(k);
    ledger_visit(k->applied, check_applied, k);
    blame(k, k->out->applied == k->applied_expected,
          "as many results are applied as there are tasks",
          str_format(k->each, "%llu", (unsigned long long)k->out->applied));
    blame(
        k, atomic_load(&k->crash->surprising) == 0, "every answer was one that was expected",
        str_format(k->each, "%llu others", (unsigned long long)atomic_load(&k->crash->surprising)));
    k->out->running_min = UINT64_MAX;
    for (unsigned i = 0; i < k->crash->killed; i++) {
        if (k->running[i] < k->out->running_min)
            k->out->running_min = k->running[i];
        if (k->running[i] > k->out->running_max)
            k->out->running_max = k->running[i];
    }
}

enum status crash_check(struct flow_crash *c, struct scope *s, struct crash_verdict *out)
{
    struct check *k = scope_new(s, struct check);
    uint64_t started = atomic_load(&c->next);

    if (started > c->started_max)
        started = c->started_max;
    *out = (struct crash_verdict){.executions = started};
    *k = (struct check){.crash = c,
                        .each = scope_open(CALL_BYTES_MAX),
                        .out = out,
                        .applied = ledger_new(sizeof(struct ledger_entry))};
    check_all(k, started);
    ledger_free(k->applied);
    scope_close(k->each);
    return out->wrong ? fail(s, CORRUPT, "%llu things are not as they must be",
                             (unsigned long long)out->wrong)
                      : OK;
}

// -- waiting -------------------------------------------------------------------------------------

static size_t running_now(struct flow_crash *c, struct scope *s, const char *machine)
{
    struct str body = str_format(s,
                                 "{\"stateMachineArn\":\"%.*s:stateMachine:%s\",\"statusFilter\":"
                                 "\"RUNNING\",\"maxResults\":1000}",
                                 STR(c->arn_prefix), machine);
    struct replied r = crash_ask(c, s, "ListExecutions", str("/"), body);

    return r.code == 200 ? json_member(r.json, "executions").count : 1;
}

enum status crash_await_end(struct flow_crash *c, struct scope *s)
{
    int64_t deadline_us = world_monotonic_us(world_real()) + AWAIT_S * 1000000LL;
    size_t left = 1;

    while (left > 0) {
        struct scope *own = scope_open(CALL_BYTES_MAX);
        left = 0;
        for (size_t i = 0; crash_machines[i]; i++)
            left += running_now(c, own, crash_machines[i]);
        scope_close(own);
        if (world_monotonic_us(world_real()) > deadline_us)
            return fail(s, TIMEOUT, "after %d s %zu executions still run", AWAIT_S, left);
        bench_pause_ms(PAUSE_MS);
    }
    return OK;
}
