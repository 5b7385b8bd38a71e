// Bodies that are too large to be gathered, in both directions, between a loop and a worker.
//
// While a stream runs the client may go, and its connection with it; so what the worker may look at
// is copied into the scope first.
#include "http/exchange_impl.h"

#include "core/scope.h"
#include "http/pipe.h"

#include <assert.h>
#include <stddef.h>

enum { READER_BLOCK_BYTES = 4096 }; // for clients of HTTP/1.0, who know no chunks

static void keep_head(struct http_exchange *x)
{
    if (x->has_own_head)
        return;
    x->has_own_head = true;
    (void)http_peer(x);
    x->method = str_copy(x->scope, x->method);
    for (size_t i = 0; i < x->field_count; i++) {
        x->fields[i].name = str_copy(x->scope, x->fields[i].name);
        x->fields[i].value = str_copy(x->scope, x->fields[i].value);
    }
}

static struct http_exchange *holder(struct post *p, size_t offset)
{
    return (struct http_exchange *)(void *)((char *)p - offset);
}

static void wake_posted(struct post *p)
{
    struct http_exchange *x = holder(p, offsetof(struct http_exchange, wake));

    if (x->connection)
        exchange_resume(x);
}

static struct pipe *stream_pipe(struct http_exchange *x, size_t bytes_max)
{
    keep_head(x);
    x->wake.run = wake_posted;
    return pipe_new(x->scope, bytes_max, x->loop->inbox, &x->wake);
}

void http_body_stream(struct http_exchange *x)
{
    assert(x->in_handler && x->phase == PHASE_HEAD && !x->upload);
    x->upload = stream_pipe(x, UPLOAD_BYTES_MAX);
}

enum status http_body_read(struct http_exchange *x, void *out, size_t bytes, size_t *got)
{
    enum status e = pipe_take(x->upload, out, bytes, got);

    if (e == OK)
        return OK;
    return fail(x->scope, e, "%s",
                e == TOO_LARGE ? "the body is too long" : "the body did not come whole");
}

static ssize_t stream_read(void *opaque, uint64_t position, char *out, size_t bytes)
{
    struct http_exchange *x = opaque;
    size_t taken = pipe_take_some(x->download, out, bytes);

    (void)position;
    if (taken > 0)
        return (ssize_t)taken;
    if (pipe_is_done(x->download))
        return x->is_whole ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
    exchange_suspend(x);
    return 0;
}

struct MHD_Response *stream_response(struct http_exchange *x)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READER_BLOCK_BYTES, stream_read, x,
                                             NULL);
}

static void begin_posted(struct post *p)
{
    struct http_exchange *x = (struct http_exchange *)p;

    if (!x->connection)
        pipe_break(x->download, TIMEOUT);
    answer_now(x);
}

void http_stream_begin(struct http_exchange *x, int code)
{
    assert(x->code == 0 && code >= 200 && code <= 599 && !loop_is_here(x->loop));
    x->code = code;
    // One pipe at a time may wake the loop: what was not read of the body is not read any more.
    x->download = stream_pipe(x, HTTP_STREAM_BYTES_MAX);
    x->post.run = begin_posted;
    inbox_post(x->loop->inbox, &x->post);
}

enum status http_stream_write(struct http_exchange *x, struct str piece)
{
    enum status e = pipe_put(x->download, piece);

    return e == OK ? OK : fail(x->scope, e, "the client has gone");
}

static void release_posted(struct post *p)
{
    struct http_exchange *x = holder(p, offsetof(struct http_exchange, release));

    x->is_kept = false;
    if (!x->connection)
        exchange_free(x);
}

void http_stream_end(struct http_exchange *x, bool whole)
{
    x->is_whole = whole;
    pipe_end(x->download);
    x->release.run = release_posted;
    inbox_post(x->loop->inbox, &x->release);
}
