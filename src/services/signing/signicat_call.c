// One call to Signicat: within the pace, with the token, and what its answer means.
#include "core/moment.h"
#include "core/scope.h"
#include "http/client.h"
#include "services/signing/signicat_impl.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/pace.h"
#include "sys/world.h"

enum {
    PATIENCE_US = 10000000,
    QUIET_S_STANDARD = 5, // of a 429 that does not say how long
    QUIET_S_MAX = 3600,
    TELL_US = 60000000,
    US_PER_S = 1000000,
    HEADERS = 3,
};

// The values of the metric's label, in their order.
enum outcome { TAKEN, REFUSED_CALL, BUSY_PARTNER, UNKNOWN, UNREACHABLE };

static enum outcome outcome_of(enum status e, int code)
{
    if (e == TIMEOUT || e == TOO_LARGE)
        return UNKNOWN;
    if (e != OK)
        return UNREACHABLE;
    if (code == 429)
        return BUSY_PARTNER;
    if (code >= 500)
        return UNKNOWN;
    return code < 300 ? TAKEN : REFUSED_CALL;
}

// RFC 9110, 10.2.3: seconds; the other form, a date, is taken as the standard.
static int64_t quiet_s(const struct http_reply *reply)
{
    uint64_t seconds = 0;

    if (!str_to_u64(str_trim(http_reply_header(reply, "Retry-After")), UINT32_MAX, &seconds))
        return QUIET_S_STANDARD;
    if (seconds == 0)
        return 1;
    return seconds > QUIET_S_MAX ? QUIET_S_MAX : (int64_t)seconds;
}

static enum status call_now(struct scope *s, struct signicat *p, const struct signicat_call *call,
                            struct str authorization, struct http_reply *out)
{
    struct http_field headers[HEADERS];
    size_t count = 0;
    bool whole = str_starts(call->path, str("http"));

    if (call->content_type)
        headers[count++] = (struct http_field){str("Content-Type"), str(call->content_type)};
    if (authorization.bytes)
        headers[count++] = (struct http_field){str("Authorization"), authorization};
    headers[count++] = (struct http_field){str("Accept"), str("application/json, application/pdf")};
    struct http_request request = {
        .method = call->method,
        .url = whole ? call->path : str_concat(s, 2, p->options.url, call->path),
        .headers = headers,
        .header_count = count,
        .body = call->body,
        .total_timeout_ms = p->options.timeout_ms,
        .answer_bytes_max = call->answer_bytes_max,
        .allow_private = p->options.allow_private,
        .once = call->once,
    };
    return http_call(s, p->options.http, &request, out);
}

enum status signicat_call_raw(struct scope *s, struct signicat *p, const struct signicat_call *call,
                              struct str authorization, struct http_reply *out)
{
    if (pace_enter(s, p->pace, PATIENCE_US) != OK)
        return fail(s, TEMPORARY, "%.*s", STR(scope_why(s)));
    int64_t begun_us = world_monotonic_us(p->options.world);
    enum status e = call_now(s, p, call, authorization, out);
    pace_leave(p->pace);
    metric_add(p->calls, outcome_of(e, out->code), 1);
    metric_observe_us(p->seconds, METRIC_ONLY, world_monotonic_us(p->options.world) - begun_us);
    if (e == OK && out->code == 429)
        pace_hush(p->pace, quiet_s(out) * US_PER_S);
    if (e == INVALID || e == DENIED) // the address is wrong, or not allowed
        e = TEMPORARY;
    return e == OK ? OK : fail(s, e, "signicat: %.*s", STR(scope_why(s)));
}

// What an answer means for who made the call.
static enum status judge(struct scope *s, const struct signicat_call *call,
                         const struct http_reply *reply)
{
    int code = reply->code;
    enum status e = TEMPORARY; // it is about us (a credential, an address), or says "later"

    if (code >= 200 && code < 300)
        return OK;
    if (code == 404)
        e = NOT_FOUND;
    else if (code == 409)
        e = CONFLICT;
    else if (code == 400 || code == 413 || code == 415 || code == 422)
        e = REFUSED;
    else if (code >= 500)
        e = TIMEOUT;
    return fail(s, e, "signicat answers %.*s", STR(signicat_words(s, reply, call->secrets)));
}

// Logs that Signicat cannot be reached or serves nobody, once a minute.
static enum status trouble(struct scope *s, struct signicat *p, enum status e)
{
    int64_t now_us = world_monotonic_us(p->options.world);
    long long told_at_us = atomic_load_explicit(&p->told_at_us, memory_order_relaxed);

    if ((e != TEMPORARY && e != TIMEOUT) || (told_at_us && now_us - told_at_us < TELL_US) ||
        !atomic_compare_exchange_strong(&p->told_at_us, &told_at_us, now_us))
        return e;
    log_event(LOG_WARN, "partner.trouble", LOG_Z("partner", "signicat"), LOG_WHY(s), LOG_END);
    return e;
}

static enum status send_once(struct scope *s, struct signicat *p, const struct signicat_call *call,
                             struct http_reply *out)
{
    struct str token = {0};

    TRY(signicat_token(s, p, &token));
    TRY(signicat_call_raw(s, p, call, str_concat(s, 2, str("Bearer "), token), out));
    if (out->code == 401)
        signicat_token_refused(p, token);
    return OK;
}

enum status signicat_send(struct scope *s, struct signicat *p, const struct signicat_call *call,
                          struct http_reply *out)
{
    *out = (struct http_reply){0};
    enum status e = send_once(s, p, call, out);
    if (e == OK && out->code == 401)
        e = send_once(s, p, call, out);
    if (e == OK)
        e = judge(s, call, out);
    return trouble(s, p, e);
}

// What a question is refused for is not about a document: it may pass.
static bool may_pass(const struct signicat_call *call, enum status e)
{
    return e == TIMEOUT || e == TOO_LARGE || e == CONFLICT ||
           (e == REFUSED && str_is(str(call->method), "GET"));
}

enum status signicat_ask(struct scope *s, struct signicat *p, const struct signicat_call *call,
                         struct http_reply *out)
{
    enum status e = signicat_send(s, p, call, out);

    return may_pass(call, e) ? fail(s, TEMPORARY, "%.*s", STR(scope_why(s))) : e;
}
