// A request as libmicrohttpd tells of it, step by step: its first line, its head, pieces of its
// body, its end, and that it is over. All on the loop's thread.
#include "http/exchange_impl.h"

#include "core/scope.h"
#include "http/pipe.h"

#include <assert.h>

void *request_begin(void *opaque, const char *target, struct MHD_Connection *mhd)
{
    struct connection *c = connection_of(mhd);
    struct loop *loop = c->loop;
    struct http_exchange *x = exchange_new(loop, c);

    (void)opaque;
    x->target_at = target;
    x->target = str_copy(x->scope, str(target)); // libmicrohttpd takes it apart after this call
    c->x = x;
    if (!c->is_fresh) // the first request has the deadline of its connection
        deadline_set(&loop->reading, &c->deadline,
                     loop->now_us + (int64_t)loop->server->options.request_deadline_ms * 1000);
    c->is_fresh = false;
    return x;
}

static const struct http_handler *handler_of(const struct http_exchange *x)
{
    return &x->loop->server->options.handler;
}

static void call(struct http_exchange *x, void (*handle)(void *context, struct http_exchange *x))
{
    x->in_handler = true;
    handle(handler_of(x)->context, x);
    x->in_handler = false;
}

void request_refuse(struct http_exchange *x, int code, const char *why)
{
    const struct http_handler *h = handler_of(x);

    x->must_close = true;
    x->in_handler = true;
    if (h->on_refused)
        h->on_refused(h->context, x, code, str(why));
    else
        answer_plain(x, code, str(why));
    x->in_handler = false;
    assert(x->is_answered && x->code == code);
}

static bool has_body(const struct http_exchange *x)
{
    return x->is_chunked || x->length > 0;
}

// The answer is known before the body. A small body is read and thrown away, so that the connection
// can go on; else libmicrohttpd answers now and closes.
static enum MHD_Result answer_early(struct http_exchange *x)
{
    bool is_small = x->has_length && x->length <= DISCARD_BYTES_MAX && !x->expects;

    if (!x->must_close && (!has_body(x) || is_small))
        return MHD_YES;
    x->must_close = true;
    x->connection->lingers = true;
    return answer_queue(x);
}

static enum MHD_Result head_arrived(struct http_exchange *x, struct MHD_Connection *mhd,
                                    const char *method, const char *version)
{
    struct refusal refusal = head_check(x, mhd, method, version);

    if (refusal.code != 0)
        request_refuse(x, refusal.code, refusal.why);
    else if (handler_of(x)->on_headers)
        call(x, handler_of(x)->on_headers);
    if (!x->is_answered && x->length > x->body_bytes_max)
        request_refuse(x, 413, "the body is too long");
    x->phase = PHASE_BODY;
    if (!x->is_answered && x->upload) {
        call(x, handler_of(x)->on_request);
        x->is_kept = !x->is_answered;
    }
    return x->is_answered ? answer_early(x) : MHD_YES;
}

// The answer does not wait for the end of the body, and libmicrohttpd sends none before it. Under
// TLS nobody else can send one either: then the body is read to its end or the deadline.
static enum MHD_Result body_cut(struct http_exchange *x, size_t *bytes)
{
    if (x->loop->server->is_tls) {
        *bytes = 0;
        return MHD_YES;
    }
    answer_raw(x);
    x->connection->lingers = true;
    return MHD_NO;
}

static enum MHD_Result body_waste(struct http_exchange *x, size_t *bytes)
{
    x->body_bytes_wasted += *bytes;
    if (x->body_bytes_wasted > DISCARD_BYTES_MAX)
        return body_cut(x, bytes);
    *bytes = 0;
    return MHD_YES;
}

static size_t body_room_wanted(const struct http_exchange *x, size_t bytes)
{
    size_t wanted = x->body_room ? x->body_room * 2 : 4 * bytes;

    if (x->has_length)
        return (size_t)x->length;
    while (wanted < x->body_bytes + bytes)
        wanted *= 2;
    return wanted < x->body_bytes_max ? wanted : x->body_bytes_max;
}

// Returns whether it fits in the scope.
static bool body_grow(struct http_exchange *x, size_t bytes)
{
    size_t room = body_room_wanted(x, bytes);

    if (!scope_has_room(x->scope, room))
        return false;
    char *grown = scope_bytes(x->scope, room);
    if (x->body_bytes > 0)
        memcpy(grown, x->body, x->body_bytes);
    x->body = grown;
    x->body_room = room;
    return true;
}

static enum MHD_Result body_gather(struct http_exchange *x, const char *data, size_t *bytes)
{
    bool is_too_long = x->body_bytes + *bytes > x->body_bytes_max;

    if (is_too_long || (x->body_bytes + *bytes > x->body_room && !body_grow(x, *bytes))) {
        request_refuse(x, 413, "the body is too long");
        return body_cut(x, bytes);
    }
    memcpy(x->body + x->body_bytes, data, *bytes);
    x->body_bytes += *bytes;
    *bytes = 0;
    return MHD_YES;
}

// Leaves in `*bytes` what the reader has no room for; then the request stands still until it has.
static enum MHD_Result body_stream(struct http_exchange *x, const char *data, size_t *bytes)
{
    if (x->body_bytes + *bytes > x->body_bytes_max)
        pipe_break(x->upload, TOO_LARGE); // its reader answers; the pipe swallows the rest
    size_t taken = pipe_put_some(x->upload, str_of(data, *bytes));
    x->body_bytes += taken;
    *bytes -= taken;
    if (*bytes > 0)
        exchange_suspend(x);
    return MHD_YES;
}

static enum MHD_Result body_arrived(struct http_exchange *x, const char *data, size_t *bytes)
{
    if (x->is_answered)
        return body_waste(x, bytes);
    return x->upload ? body_stream(x, data, bytes) : body_gather(x, data, bytes);
}

static enum MHD_Result body_ended(struct http_exchange *x)
{
    if (x->phase == PHASE_ANSWERED)
        return MHD_NO; // libmicrohttpd did not take the answer
    x->phase = PHASE_ENDED;
    deadline_clear(&x->connection->deadline);
    if (x->upload)
        pipe_end(x->upload);
    else if (!x->is_answered) {
        call(x, handler_of(x)->on_request);
        x->is_kept = !x->is_answered;
    }
    if (x->is_answered)
        return answer_queue(x);
    exchange_suspend(x);
    return MHD_YES;
}

enum MHD_Result request_turn(void *opaque, struct MHD_Connection *mhd, const char *url,
                             const char *method, const char *version, const char *data,
                             size_t *bytes, void **context)
{
    struct http_exchange *x = *context;

    (void)opaque;
    (void)url; // taken apart; request_begin() has it whole
    assert(x);
    if (x->phase == PHASE_HEAD)
        return head_arrived(x, mhd, method, version);
    if (*bytes > 0)
        return body_arrived(x, data, bytes);
    return body_ended(x);
}

void request_end(void *opaque, struct MHD_Connection *mhd, void **context,
                 enum MHD_RequestTerminationCode why)
{
    struct http_exchange *x = *context;
    struct connection *c = x->connection;
    struct loop *loop = x->loop;
    bool must_close = x->must_close;

    (void)opaque;
    (void)mhd;
    (void)why;
    *context = NULL;
    c->x = NULL;
    x->connection = NULL;
    x->is_suspended = false;
    if (x->upload)
        pipe_break(x->upload, TIMEOUT);
    if (x->download)
        pipe_break(x->download, TIMEOUT);
    if (!x->is_kept)
        exchange_free(x);
    if (loop->is_draining && !must_close)
        connection_cut(c);
    else
        deadline_set(&loop->waiting, &c->deadline, loop->now_us + loop->next_request_us);
}

static bool is_answering(const struct connection *c)
{
    return MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_HTTP_STATUS) != NULL;
}

// Answers 408 past libmicrohttpd, which would close without a word. RFC 9110, 15.5.9.
static void answer_late(struct connection *c)
{
    struct http_exchange *x = c->x ? c->x : exchange_new(c->loop, c);

    if (!x->is_answered)
        request_refuse(x, 408, "the request did not come in time");
    answer_raw(x);
    if (!c->x)
        exchange_free(x);
}

void request_overdue(struct connection *c)
{
    bool is_streaming = c->x && c->x->is_kept;

    if (!is_answering(c) && !is_streaming)
        answer_late(c);
    connection_cut(c);
}
