// Clients that keep their word: whoever has begun something repeats it until it is answered. Some
// invocations are left to their lease on purpose.
#include "test/flow_crash/flow_crash.h"

#include "core/chance.h"
#include "core/scope.h"
#include "http/client.h"
#include "sys/thread.h"
#include "sys/world.h"

enum {
    CALL_BYTES_MAX = 64 << 20,
    TIMEOUT_MS = 10000,
    PAUSE_MS = 10,
    STARTERS = 2,
    ANSWERERS = 4,
    DROP_PERCENT = 3,
};

struct replied crash_ask(struct flow_crash *c, struct scope *s, const char *target, struct str path,
                         struct str body)
{
    struct http_field fields[] = {
        {str("Authorization"), str_concat(s, 2, str("Bearer "), c->server.key)},
        {str("Content-Type"), str(target ? "application/x-amz-json-1.0" : "application/json")},
        {str("X-Amz-Target"),
         str_concat(s, 2, str("AWSStepFunctions."), str(target ? target : ""))},
    };
    struct http_request request = {
        .method = body.bytes ? "POST" : "GET",
        .url = str_concat(s, 2, c->server.url, path),
        .headers = fields,
        .header_count = target ? 3 : 2,
        .body = body,
        .total_timeout_ms = TIMEOUT_MS,
        .answer_bytes_max = 32 << 20,
        .allow_private = true,
    };
    struct http_reply reply = {0};
    struct replied out = {0};

    if (http_call(s, c->server.client, &request, &reply) != OK) {
        scope_forgive(s);
        return out;
    }
    out.code = reply.code;
    if (reply.body.bytes && json_parse(s, reply.body, &json_limits_lenient, &out.json) != OK)
        scope_forgive(s);
    return out;
}

// As crash_ask(), until there is an answer that counts.
static struct replied insist(struct flow_crash *c, struct scope *s, const char *target,
                             struct str path, struct str body)
{
    for (;;) {
        struct replied r = crash_ask(c, s, target, path, body);
        if (r.code != 0 && r.code < 500 && r.code != 409 && r.code != 429)
            return r;
        atomic_fetch_add(r.code ? &c->put_off : &c->broken, 1);
        bench_pause_ms(PAUSE_MS);
    }
}

// -- starting ------------------------------------------------------------------------------------

struct str crash_execution(struct scope *s, const struct flow_crash *c, uint64_t n)
{
    return str_format(s, "%.*s:execution:%s:x%llu", STR(c->arn_prefix), crash_kind(s, n).machine,
                      (unsigned long long)n);
}

bool crash_start(struct flow_crash *c, struct scope *s, uint64_t n)
{
    const char *machine = crash_kind(s, n).machine;
    struct str prefix = c->arn_prefix;
    struct str input = str_format(s, "{\"n\":%llu,\"inner\":\"%.*s:stateMachine:inner\"}",
                                  (unsigned long long)n, STR(prefix));
    struct json_member members[] = {
        {str("stateMachineArn"),
         json_string(str_format(s, "%.*s:stateMachine:%s", STR(prefix), machine))},
        {str("name"), json_string(str_format(s, "x%llu", (unsigned long long)n))},
        {str("input"), json_string(input)},
    };
    struct str body = json_to_str(s, json_object(members, 3));

    return insist(c, s, "StartExecution", str("/"), body).code == 200;
}

// The first ones at once, the others at the rate.
static int64_t due_us(const struct flow_crash *c, int64_t began_us, uint64_t n)
{
    return n < RUNNING_AIM ? 0 : began_us + (int64_t)((n - RUNNING_AIM) * 1000000 / c->rate_per_s);
}

static void start_all(void *opaque)
{
    struct flow_crash *c = opaque;
    struct scope *s = scope_open(CALL_BYTES_MAX);
    int64_t began_us = world_monotonic_us(world_real());

    while (atomic_load(&c->starting)) {
        uint64_t n = atomic_fetch_add(&c->next, 1);
        if (n >= c->started_max)
            break;
        int64_t early_us = due_us(c, began_us, n) - world_monotonic_us(world_real());
        if (early_us > 0)
            bench_pause_ms((int)(early_us / 1000));
        if (!crash_start(c, s, n))
            atomic_fetch_add(&c->surprising, 1);
        scope_reset(s);
    }
    scope_close(s);
}

// -- answering -----------------------------------------------------------------------------------

// 404: somebody else had it too, and was first.
static void respond(struct flow_crash *c, struct scope *s, struct json work, struct str output)
{
    struct json_member members[] = {
        {str("token"), json_member(work, "token")},
        {str("lease"), json_member(work, "lease")},
        {str("output"), json_string(output)},
    };
    struct str path = str_format(s, "/functions/outside/invocations/%.*s/response",
                                 STR(json_text(json_member(work, "id"))));
    struct replied r = insist(c, s, NULL, path, json_to_str(s, json_object(members, 3)));

    if (r.code != 204 && r.code != 404)
        atomic_fetch_add(&c->surprising, 1);
    atomic_fetch_add(&c->invocations, r.code == 204);
}

static void bring_back(struct flow_crash *c, struct scope *s, struct json token, int64_t n)
{
    struct json_member members[] = {
        {str("taskToken"), token},
        {str("output"), json_string(str_format(s, "{\"n\":%lld}", (long long)n + 100))},
    };
    struct replied r =
        insist(c, s, "SendTaskSuccess", str("/"), json_to_str(s, json_object(members, 2)));

    if (r.code != 200 && !str_is(json_text(json_member(r.json, "__type")), "TaskTimedOut"))
        atomic_fetch_add(&c->surprising, 1);
    atomic_fetch_add(&c->tokens, r.code == 200);
}

static void serve(struct flow_crash *c, struct scope *s, struct json work)
{
    struct json input = {0};
    int64_t n = 0;

    (void)json_parse(s, json_text(json_member(work, "input")), &json_limits_lenient, &input);
    (void)json_to_i64(json_member(input, "n"), &n);
    struct json token = json_member(input, "token");
    if (json_is(token, JSON_NONE)) {
        respond(c, s, work, str_format(s, "{\"n\":%lld}", (long long)n + 10));
        return;
    }
    if (n % REFERENCES == 0) // the token may be faster than the call's own answer
        bring_back(c, s, token, n);
    respond(c, s, work, str("null"));
    if (n % REFERENCES != 0)
        bring_back(c, s, token, n);
}

static void answer_all(void *opaque)
{
    static atomic_ullong streams;
    struct flow_crash *c = opaque;
    struct scope *s = scope_open(CALL_BYTES_MAX);
    struct chance chance = chance_seeded(c->seed + atomic_fetch_add(&streams, 1));

    while (atomic_load(&c->answering)) {
        struct replied r = crash_ask(c, s, NULL, str("/functions/outside/invocations"),
                                     str("{\"leaseSeconds\":2,\"waitSeconds\":1}"));
        if (r.code == 200 && chance_below(&chance, 100) >= DROP_PERCENT)
            serve(c, s, r.json);
        else if (r.code == 200)
            atomic_fetch_add(&c->dropped, 1);
        else if (r.code != 204)
            bench_pause_ms(PAUSE_MS);
        scope_reset(s);
    }
    scope_close(s);
}

void crash_starters_start(struct flow_crash *c)
{
    atomic_store(&c->starting, true);
    for (unsigned i = 0; i < STARTERS; i++)
        c->starters[i] = thread_start("starter", start_all, c);
}

void crash_starters_stop(struct flow_crash *c)
{
    atomic_store(&c->starting, false);
    for (unsigned i = 0; i < STARTERS; i++)
        thread_join(c->starters[i]);
}

void crash_answerers_start(struct flow_crash *c)
{
    atomic_store(&c->answering, true);
    for (unsigned i = 0; i < ANSWERERS; i++)
        c->answerers[i] = thread_start("answerer", answer_all, c);
}

void crash_answerers_stop(struct flow_crash *c)
{
    atomic_store(&c->answering, false);
    for (unsigned i = 0; i < ANSWERERS; i++)
        thread_join(c->answerers[i]);
}
