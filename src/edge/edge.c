// The way of a request: headers (route, caller, limits), body (JSON, schema, idempotency key),
// handler, commit, answer. Whatever refuses it on the way answers with problem details.
#include "edge/edge_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "edge/idempotency_impl.h"
#include "edge/park_impl.h"
#include "edge/pool_impl.h"
#include "edge/problem_impl.h"
#include "edge/protocol.h"
#include "expr/schema.h"
#include "http/exchange.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum { FINDINGS_MAX = 20, BUSY_RETRY_S = 2, TARGET_BYTES_MAX = 100 };

// What the log calls the operation. A protocol's own name for it comes from a stranger.
static struct str name_of(const struct call *c)
{
    if (!c->operation)
        return str("");
    struct str target = http_header(c->exchange, "X-Amz-Target");
    return c->operation->protocol && target.bytes ? str_slice(target, 0, TARGET_BYTES_MAX)
                                                  : c->operation->id;
}

static void count_request(struct call *c)
{
    const struct edge *e = c->edge;
    uint32_t hundreds = (uint32_t)c->answer.code / 100;

    metric_add(e->requests, hundreds >= 2 && hundreds <= 5 ? hundreds - 2 : 3, 1);
    int64_t took_us = world_now_us(e->platform->world) - c->now_us;
    metric_observe_us(e->request_seconds, METRIC_ONLY, took_us);
    if (e->log_requests) {
        log_event(LOG_INFO, "request.done", LOG_STR("requestId", c->request_id),
                  LOG_STR("operation", name_of(c)), LOG_STR("tenant", c->principal.tenant),
                  LOG_INT("code", c->answer.code), LOG_INT("us", took_us), LOG_END);
    }
}

static void send_answer(struct call *c)
{
    struct http_exchange *x = c->exchange;
    struct answer *a = &c->answer;

    count_request(c);

    if (c->streaming) {
        http_stream_end(x, a->code < 500);
        return;
    }
    if (a->body.bytes)
        http_answer_header(x, str("Content-Type"), str(a->media_type));
    http_answer_header(x, str("X-Request-Id"), c->request_id);
    for (size_t i = 0; i < a->header_count; i++)
        http_answer_header(x, str(a->headers[i].name), a->headers[i].value);
    http_answer(x, a->code, a->body);
}

// Answers as the protocol tells of failures.
static void send_refusal(struct call *c, enum status e, struct str why)
{
    struct refusal refusal = {
        .status = e, .why = why, .name = c->answer.fault, .signature = c->signature};

    edge_forget_answer(c);
    c->operation->protocol->refuse(c, &refusal);
    send_answer(c);
}

// Answers with problem details made of the status and the scope's sentence. What the machine could
// not do is not told to strangers: they get the request id, the log has the sentence.
static void send_problem(struct call *c, enum status e)
{
    bool ours = e == INTERNAL || e == CORRUPT;

    // What is wrong with a document may quote it, and documents do not belong into a log.
    bool quotes = e == INVALID || e == REFUSED || e == UNSUPPORTED || e == TOO_LARGE;

    log_event(ours ? LOG_ERROR : LOG_INFO, "request.failed", LOG_STR("requestId", c->request_id),
              LOG_STR("method", http_method(c->exchange)), LOG_STR("operation", name_of(c)),
              LOG_STATUS(e), LOG_STR("why", quotes ? str("") : scope_why(c->scope)), LOG_END);
    struct str why = ours ? str("the server failed; the request id names the entry in its log")
                          : scope_why(c->scope);
    if (c->operation && c->operation->protocol) {
        send_refusal(c, e, why);
        return;
    }
    struct problem p = {
        .code = c->answer.code >= 400 ? c->answer.code : status_http(e),
        .word = status_word(e),
        .detail = why,
        .request_id = c->request_id,
        .members = c->answer.members,
        .member_count = c->answer.member_count,
    };

    call_answer_bytes(c, p.code, "application/problem+json", problem_json(c->scope, &p));
    if (e == UNAUTHENTICATED)
        call_answer_header(c, "WWW-Authenticate", str("Bearer"));
    if (e == BUSY || e == TEMPORARY)
        call_retry_after(c, BUSY_RETRY_S);
    send_answer(c);
}

void edge_on_refused(void *context, struct http_exchange *x, int code, struct str why)
{
    struct edge *e = context;
    struct scope *s = http_scope(x);
    struct problem p = {.code = code,
                        .word = code == 413 || code == 431 ? status_word(TOO_LARGE)
                                : code < 500               ? status_word(INVALID)
                                                           : status_word(TEMPORARY),
                        .detail = why,
                        .request_id = world_uuid(e->platform->world, s)};

    http_answer_header(x, str("Content-Type"), str("application/problem+json"));
    http_answer(x, code, problem_json(s, &p));
}

void edge_on_headers(void *context, struct http_exchange *x)
{
    struct edge *edge = context;
    struct scope *s = http_scope(x);
    struct call *c = scope_new(s, struct call);

    c->edge = edge;
    c->exchange = x;
    c->scope = s;
    c->now_us = world_now_us(edge->platform->world);
    c->request_id = world_uuid(edge->platform->world, s);
    http_set_user(x, c);
    enum status e = edge_admit(c);
    if (e != OK)
        send_problem(c, e);
}

// Adds what a schema found to the problem details.
static enum status refuse(struct call *c, const char *what, const struct schema_report *report)
{
    struct json *findings = scope_array(c->scope, report->count, sizeof *findings);

    for (size_t i = 0; i < report->count; i++) {
        const struct schema_violation *v = &report->violations[i];
        struct json_member *members = scope_array(c->scope, 3, sizeof *members);
        members[0] = (struct json_member){str("at"), json_string(v->instance)};
        members[1] = (struct json_member){str("message"), json_string(v->message)};
        members[2] = (struct json_member){str("rule"), json_string(v->keyword)};
        findings[i] = json_object(members, 3);
    }
    call_problem_member(c, "errors", json_array(findings, report->count));
    return fail(c->scope, INVALID, "%s: %.*s", what,
                STR(report->count ? report->violations[0].message : str("not valid")));
}

static enum status check_parameter(struct call *c, const struct parameter *p)
{
    struct str name = p->name;
    struct str value = {0};
    struct schema_report report = {0};

    if (p->place == IN_PATH)
        value = call_path(c, str_z(c->scope, name));
    else if (p->place == IN_QUERY)
        value = call_query(c, str_z(c->scope, name));
    else
        value = http_header(c->exchange, str_z(c->scope, name));
    if (!value.data && p->required && p->place != IN_PATH)
        return fail(c->scope, INVALID, "the %s %.*s is missing",
                    p->place == IN_HEADER ? "header" : "query parameter", STR(name));
    if (!value.data && p->place != IN_PATH)
        return OK;
    struct json parsed = json_string(value);
    if (p->number && json_parse(c->scope, value, &json_limits_strict, &parsed) != OK)
        return fail(c->scope, INVALID, "%.*s wants a number", STR(name));
    if (schema_check(c->scope, p->schema, parsed, FINDINGS_MAX, &report) == OK)
        return OK;
    if (p->place == IN_PATH) // what cannot exist is not there
        return fail(c->scope, NOT_FOUND, "there is no such thing");
    return refuse(c, str_z(c->scope, name), &report);
}

// A query parameter that nobody knows is a mistake that the caller wants to hear of.
static enum status check_unknown(struct call *c)
{
    struct str rest = http_query(c->exchange);
    struct str key = {0};
    struct str value = {0};

    if (rest.bytes == 0 || c->operation->signed_link || c->is_signed)
        return OK;
    while (query_next(c->scope, &rest, &key, &value)) {
        bool known = false;
        for (size_t i = 0; i < c->operation->parameter_count && !known; i++)
            known = c->operation->parameters[i].place == IN_QUERY &&
                    str_equal(c->operation->parameters[i].name, key);
        if (!known)
            return fail(c->scope, INVALID, "there is no query parameter %.*s here", STR(key));
    }
    return OK;
}

static enum status check_body(struct call *c)
{
    const struct operation *op = c->operation;
    struct str body = http_body(c->exchange);
    struct schema_report report = {0};

    if (op->media_type_count == 0)
        return OK;
    if (body.bytes == 0)
        return op->body_required ? fail(c->scope, INVALID, "the body is missing") : OK;
    if (!http_header(c->exchange, "Content-Type").data)
        return fail(c->scope, UNSUPPORTED, "the header Content-Type is missing");
    if (!op->body_json || !str_is(call_media_type(c), "application/json"))
        return OK;
    TRY(json_parse(c->scope, body, &json_limits_strict, &c->json));
    if (schema_check(c->scope, op->body, c->json, FINDINGS_MAX, &report) != OK)
        return refuse(c, "the body", &report);
    return OK;
}

static enum status prepare(struct call *c, bool *replayed)
{
    if (c->claim)
        TRY(edge_prove(c));
    if (c->operation->protocol)
        return OK;
    for (size_t i = 0; i < c->operation->parameter_count; i++)
        TRY(check_parameter(c, &c->operation->parameters[i]));
    TRY(check_unknown(c));
    TRY(check_body(c));
    return idempotency_begin(c, replayed);
}

static bool runs_on_pool(const struct call *c)
{
    const struct handler_def *h = c->operation->handler;

    return h->blocking || (h->blocking_bytes && http_body(c->exchange).bytes > h->blocking_bytes);
}

static void give_to_pool(struct call *c)
{
    if (!pool_give(c->edge->pool, c))
        send_problem(c, fail(c->scope, BUSY, "too many requests wait for a thread"));
}

void edge_on_request(void *context, struct http_exchange *x)
{
    struct edge *edge = context;
    struct call *c = http_user(x);
    bool replayed = false;

    c->now_us = world_now_us(edge->platform->world);
    c->arrived_us = world_monotonic_us(edge->platform->world);
    enum status e = prepare(c, &replayed);
    if (e == OK && replayed) {
        send_answer(c);
    } else if (e != OK) {
        send_problem(c, e);
    } else if (!runs_on_pool(c)) {
        edge_run(c);
    } else {
        give_to_pool(c);
    }
}

void edge_forget_answer(struct call *c)
{
    size_t kept = c->admitted_headers;

    c->answer.code = 0;
    c->answer.header_count = kept;
    c->answer.member_count = 0;
    c->answer.fault = NULL;
}

// Runs the handler anew after a CONFLICT, on a thread that may run it.
static void run_again(struct call *c)
{
    c->obstacle = change_obstacle(c->change);
    if (c->attempt >= CALL_ATTEMPTS_MAX)
        send_problem(c, fail(c->scope, CONFLICT, "others change the same thing: try again"));
    else if (!runs_on_pool(c))
        edge_run(c);
    else
        give_to_pool(c);
}

void edge_run_parked(struct call *c)
{
    c->now_us = world_now_us(c->edge->platform->world);
    c->attempt = 0;
    if (http_client_left(c->exchange)) // what it would be given would be lost with it
        send_problem(c, fail(c->scope, TEMPORARY, "the caller has gone"));
    else
        give_to_pool(c);
}

// After a CONFLICT another request with the same idempotency key may have been first (`surely`: it
// was): then its answer is ours, whatever of what it wrote stood in the way. Returns whether the
// request is answered.
static bool answer_as_first(struct call *c, bool surely)
{
    bool replayed = false;

    if (!c->idempotency.put)
        return false;
    edge_forget_answer(c);
    enum status e = idempotency_begin(c, &replayed);
    if (e == OK && !replayed && surely)
        e = fail(c->scope, TEMPORARY, "a request with the same Idempotency-Key is under way");
    if (e != OK)
        send_problem(c, e);
    else if (replayed)
        send_answer(c);
    return e != OK || replayed;
}

// What the handler wanted is done: the answer goes out, or the call waits.
static void finish(struct call *c)
{
    if (c->watch.parked)
        park_put(c->edge->park, c);
    else
        send_answer(c);
}

// On the loop's thread, after the flush.
static void committed(struct change *change, void *context)
{
    struct call *c = context;
    enum status e = change_status(change);

    if (e == OK)
        finish(c);
    else if (e != CONFLICT)
        send_problem(c, fail(c->scope, e, "%.*s", STR(change_why(change))));
    else if (!answer_as_first(c, idempotency_lost(c, change_failed_item(change))))
        run_again(c);
}

void edge_run(struct call *c)
{
    edge_forget_answer(c);
    c->attempt++;
    c->change = NULL;
    c->watch.parked = false;
    enum status e = c->operation->handler->run(c->scope, c);
    if (e != OK) {
        if (c->streaming)
            c->answer.code = 500;
        send_problem(c, e);
        return;
    }
    if (!c->change || change_empty(c->change)) {
        finish(c);
        return;
    }
    if (!c->operation->protocol)
        idempotency_keep(c);
    store_submit(c->edge->platform->store, c->change, http_inbox(c->exchange), committed, c);
}
