// Answers on their way out: through libmicrohttpd as a rule, and straight to the socket where it
// would not send one.
#include "http/exchange_impl.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "http/pipe.h"
#include "sys/world.h"

#include <assert.h>
#include <sys/socket.h>

void http_answer_header(struct http_exchange *x, struct str name, struct str value)
{
    assert(field_is_name(name));
    if (value.bytes == 0 || !field_is_value(value))
        return;
    if (x->answer_field_count == x->answer_field_room) {
        size_t room = x->answer_field_room ? 2 * x->answer_field_room : 8;
        struct http_field *grown = scope_array(x->scope, room, sizeof *grown);
        if (x->answer_field_count > 0)
            memcpy(grown, x->answer_fields, x->answer_field_count * sizeof *grown);
        x->answer_fields = grown;
        x->answer_field_room = room;
    }
    x->answer_fields[x->answer_field_count++] = (struct http_field){
        {str_z(x->scope, name), name.bytes}, {str_z(x->scope, value), value.bytes}};
    x->answer_head_bytes += name.bytes + value.bytes + sizeof ": \r\n" - 1;
}

static void answer_posted(struct post *p)
{
    answer_now((struct http_exchange *)p);
}

void http_answer(struct http_exchange *x, int code, struct str body)
{
    assert(x->code == 0 && code >= 200 && code <= 599);
    x->code = code;
    x->answer = body;
    if (loop_is_here(x->loop)) {
        answer_now(x);
        return;
    }
    x->post.run = answer_posted;
    inbox_post(x->loop->inbox, &x->post);
}

void answer_now(struct http_exchange *x)
{
    x->is_answered = true;
    if (x->in_handler)
        return; // who called the handler goes on with it
    if (!x->download)
        x->is_kept = false; // else until the end of the stream
    if (!x->connection) {
        if (!x->is_kept)
            exchange_free(x);
        return;
    }
    if (x->phase == PHASE_ENDED)
        (void)answer_queue(x); // when it is refused, body_ended() is called again and closes
    else
        pipe_break(x->upload, TIMEOUT); // the rest of the body is thrown away, then it is answered
    exchange_resume(x);
}

void answer_plain(struct http_exchange *x, int code, struct str why)
{
    http_answer_header(x, str("Content-Type"), str("text/plain; charset=utf-8"));
    http_answer(x, code, str_format(x->scope, "%.*s\n", STR(why)));
}

// libmicrohttpd drops a connection without a word when an answer's head does not fit.
static void check_head(struct http_exchange *x)
{
    if (x->answer_head_bytes <= x->answer_head_bytes_max)
        return;
    x->is_oversized = true;
    if (x->download)
        pipe_break(x->download, INTERNAL);
    x->code = 500;
    x->answer = str("the answer's headers are too long\n");
    x->answer_field_count = 0;
}

static void *unconst(const char *data)
{
    return (void *)(uintptr_t)data; // libmicrohttpd only reads it
}

static struct MHD_Response *response_new(struct http_exchange *x)
{
    check_head(x);
    struct MHD_Response *r =
        x->download && !x->is_oversized
            ? stream_response(x)
            : MHD_create_response_from_buffer(x->answer.bytes, unconst(x->answer.data),
                                              MHD_RESPMEM_PERSISTENT);
    assert(r);
    for (size_t i = 0; i < x->answer_field_count; i++)
        (void)MHD_add_response_header(r, x->answer_fields[i].name.data,
                                      x->answer_fields[i].value.data);
    if (x->must_close)
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
    return r;
}

enum MHD_Result answer_queue(struct http_exchange *x)
{
    if (x->loop->is_draining)
        x->must_close = true;
    x->phase = PHASE_ANSWERED;
    deadline_clear(&x->connection->deadline);
    struct MHD_Response *r = response_new(x);
    enum MHD_Result taken = MHD_queue_response(x->connection->mhd, (unsigned)x->code, r);
    MHD_destroy_response(r);
    return taken;
}

// RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
static void put_date(struct buf *b)
{
    static const char days[] = "ThuFriSatSunMonTueWed"; // 1970-01-01 was a Thursday
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t now_us = world_now_us(world_real());
    struct date d = moment_date(now_us);
    int64_t second = (now_us - moment_of_date(d)) / MOMENT_SECOND_US;

    buf_format(b, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
               &days[3 * (date_to_days(d) % 7)], d.day, &months[3 * (d.month - 1)], d.year,
               (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

void answer_raw(struct http_exchange *x)
{
    if (x->loop->server->is_tls || x->download)
        return;
    struct buf b = buf_make(x->scope, SIZE_MAX / 2);
    buf_format(&b, "HTTP/1.1 %d %s\r\n", x->code, MHD_get_reason_phrase_for((unsigned)x->code));
    put_date(&b);
    for (size_t i = 0; i < x->answer_field_count; i++)
        buf_format(&b, "%.*s: %.*s\r\n", STR(x->answer_fields[i].name),
                   STR(x->answer_fields[i].value));
    buf_format(&b, "Content-Length: %zu\r\nConnection: close\r\n\r\n", x->answer.bytes);
    if (!str_is(x->method, "HEAD"))
        buf_put(&b, x->answer);
    (void)send(x->connection->fd, b.data, b.bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
}
