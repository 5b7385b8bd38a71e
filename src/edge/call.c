// What handlers see of a call, and what they say.
#include "edge/call_impl.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"
#include "edge/auth_impl.h"
#include "edge/edge_impl.h"
#include "edge/park_impl.h"
#include "http/exchange.h"
#include "sys/world.h"

#include <assert.h>

const struct principal *call_principal(const struct call *c)
{
    return c->authenticated ? &c->principal : NULL;
}

struct str call_operation(const struct call *c)
{
    return c->operation->id;
}

struct str call_request_id(const struct call *c)
{
    return c->request_id;
}

struct str call_peer(const struct call *c)
{
    return http_peer(c->exchange);
}

int64_t call_now_us(const struct call *c)
{
    return c->now_us;
}

// A path parameter that is not percent-encoded rightly is as good as absent: nothing has its name.
struct str call_path(const struct call *c, const char *name)
{
    for (size_t i = 0; i < c->operation->segment_count; i++) {
        struct str segment = c->operation->segments[i];
        if (segment.bytes < 2 || segment.data[0] != '{' ||
            !str_is(str_slice(segment, 1, segment.bytes - 2), name))
            continue;
        struct str decoded = {0};
        return url_decode(c->scope, path_segment(http_path(c->exchange), i), &decoded) == OK
                   ? decoded
                   : (struct str){0};
    }
    return (struct str){0};
}

bool query_next(struct scope *s, struct str *rest, struct str *name, struct str *value)
{
    struct str raw_name = {0};
    struct str raw_value = {0};

    if (!url_query_next(rest, &raw_name, &raw_value))
        return false;
    if (url_decode_form(s, raw_name, name) != OK)
        *name = raw_name;
    if (url_decode_form(s, raw_value, value) != OK)
        *value = raw_value;
    return true;
}

struct str call_query(const struct call *c, const char *name)
{
    struct str rest = http_query(c->exchange);
    struct str key = {0};
    struct str value = {0};

    while (query_next(c->scope, &rest, &key, &value))
        if (str_is(key, name))
            return value.data ? value : str("");
    for (size_t i = 0; i < c->operation->parameter_count; i++) {
        const struct parameter *p = &c->operation->parameters[i];
        if (p->place == IN_QUERY && str_is(p->name, name))
            return p->fallback;
    }
    return (struct str){0};
}

struct str call_header(const struct call *c, const char *name)
{
    return http_header(c->exchange, name);
}

struct str call_media_type(const struct call *c)
{
    struct str value = http_header(c->exchange, "Content-Type");
    struct str type = str_trim(str_slice(value, 0, str_find_byte(value, ';')));
    char *lower = scope_bytes(c->scope, type.bytes + 1);

    for (size_t i = 0; i < type.bytes; i++) {
        char b = type.data[i];
        lower[i] = b >= 'A' && b <= 'Z' ? (char)(b - 'A' + 'a') : b;
    }
    return str_of(lower, type.bytes);
}

struct str call_body(const struct call *c)
{
    return http_body(c->exchange);
}

struct json call_json(const struct call *c)
{
    return c->json;
}

unsigned call_attempt(const struct call *c)
{
    return c->attempt;
}

const struct record *call_obstacle(const struct call *c)
{
    return c->obstacle;
}

const struct platform *call_platform(const struct call *c)
{
    return c->edge->platform;
}

void *call_service(const struct call *c)
{
    return c->operation->self;
}

struct change *call_change(struct call *c)
{
    if (!c->change)
        c->change = change_new(c->scope);
    return c->change;
}

void call_answer_bytes(struct call *c, int code, const char *media_type, struct str body)
{
    c->answer.code = code;
    c->answer.media_type = media_type;
    c->answer.body = body;
}

void call_answer(struct call *c, int code, struct str body)
{
    call_answer_bytes(c, code, "application/json", body);
}

void call_answer_json(struct call *c, int code, struct json body)
{
    call_answer(c, code, json_to_str(c->scope, body));
}

void call_answer_header(struct call *c, const char *name, struct str value)
{
    assert(c->answer.header_count < ANSWER_HEADERS_MAX);
    c->answer.headers[c->answer.header_count++] = (struct header){name, value};
}

void call_problem_member(struct call *c, const char *name, struct json value)
{
    assert(c->answer.member_count < PROBLEM_MEMBERS_MAX);
    c->answer.members[c->answer.member_count++] = (struct json_member){str(name), value};
}

void call_retry_after(struct call *c, int64_t seconds)
{
    call_answer_header(c, "Retry-After", str_format(c->scope, "%lld", (long long)seconds));
}

enum status call_stream_begin(struct scope *s, struct call *c, int code, const char *media_type)
{
    assert(c->operation->handler->blocking && !c->streaming);
    if (c->change && !change_empty(c->change))
        return fail(s, INTERNAL, "a streamed answer cannot wait for a commit");
    c->streaming = true;
    http_answer_header(c->exchange, str("Content-Type"), str(media_type));
    http_stream_begin(c->exchange, code);
    return OK;
}

enum status call_stream_write(struct scope *s, struct call *c, struct str data)
{
    assert(c->streaming);
    if (http_stream_write(c->exchange, data) != OK)
        return fail(s, TEMPORARY, "the caller has gone");
    return OK;
}

void call_watch(struct call *c, struct str key)
{
    c->watch.key = key;
    c->watch.wakes = park_count(c->edge->park, key);
}

bool call_park(struct call *c, int64_t wait_s)
{
    assert(c->watch.key.data && c->operation->handler->blocking && !c->streaming);
    c->watch.until_us = c->arrived_us + wait_s * MOMENT_SECOND_US;
    c->watch.parked =
        !c->edge->draining && world_monotonic_us(c->edge->platform->world) < c->watch.until_us;
    return c->watch.parked;
}

void call_keep(struct call *c, void *kept)
{
    c->kept = kept;
}

void *call_kept(const struct call *c)
{
    return c->kept;
}

void call_name_fault(struct call *c, const char *name)
{
    c->answer.fault = name;
}

struct str call_signed_link(struct call *c, struct str path, int64_t expires_in_s)
{
    struct str link = auth_sign_link(c->scope, c->edge->auth, path, c->principal.tenant,
                                     c->now_us / 1000000 + expires_in_s);

    return str_concat(c->scope, 2, c->edge->public_url, link);
}
