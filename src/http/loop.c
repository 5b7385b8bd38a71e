// One event loop: a thread that waits on an epoll of its own for three things: libmicrohttpd's
// epoll, its inbox, and connections that linger. libmicrohttpd is run without waiting, because its
// own wait hangs when exactly 128 connections, or a multiple, are ready together.
#include "http/exchange_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "http/pipe.h"
#include "sys/world.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 64 };

static _Thread_local const struct loop *loop_here;

bool loop_is_here(const struct loop *loop)
{
    return loop_here == loop;
}

struct connection *connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

// Gives the other end of a stream up, so that the connection can end before its exchange does.
static void break_streams(struct http_exchange *x)
{
    if (!x->is_kept || (!x->upload && !x->download))
        return; // its owner may be looking at the request: the connection stays until the answer
    if (x->upload)
        pipe_break(x->upload, TIMEOUT);
    if (x->download)
        pipe_break(x->download, TIMEOUT);
    exchange_resume(x);
}

void connection_cut(struct connection *c)
{
    (void)shutdown(c->fd, SHUT_RDWR); // libmicrohttpd sees it as the client's
    if (c->x)
        break_streams(c->x);
}

static void connection_begin(struct loop *loop, struct MHD_Connection *mhd, void **context)
{
    struct connection *c = heap_new(struct connection);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    *c = (struct connection){.loop = loop,
                             .mhd = mhd,
                             .fd = info->connect_fd,
                             .is_fresh = true,
                             .next = loop->connections};
    if (c->next)
        c->next->previous = c;
    loop->connections = c;
    deadline_set(&loop->reading, &c->deadline,
                 loop->now_us + (int64_t)loop->server->options.request_deadline_ms * 1000);
    atomic_fetch_add(&loop->open_count, 1);
    *context = c;
}

static void connection_end(struct loop *loop, struct connection *c)
{
    assert(!c->x);
    if (c->lingers && !loop->is_stopping)
        linger_start(loop, c->fd);
    deadline_clear(&c->deadline);
    *(c->previous ? &c->previous->next : &loop->connections) = c->next;
    if (c->next)
        c->next->previous = c->previous;
    free(c);
    loop_count_closed(loop);
}

static void connection_moved(void *opaque, struct MHD_Connection *mhd, void **context,
                             enum MHD_ConnectionNotificationCode move)
{
    if (move == MHD_CONNECTION_NOTIFY_STARTED)
        connection_begin(opaque, mhd, context);
    else
        connection_end(opaque, *context);
}

static void tell_if_quiet(struct loop *loop)
{
    struct http_server *server = loop->server;

    if (!loop->is_draining || atomic_load(&loop->open_count) > 0)
        return;
    mutex_lock(&server->mutex);
    atomic_store(&loop->is_quiet, true);
    condition_signal(&server->closed);
    mutex_unlock(&server->mutex);
}

void loop_count_closed(struct loop *loop)
{
    atomic_fetch_sub(&loop->open_count, 1);
    tell_if_quiet(loop);
}

static void drain_posted(struct post *p)
{
    struct loop *loop = (struct loop *)(void *)((char *)p - offsetof(struct loop, drain));

    (void)MHD_quiesce_daemon(loop->mhd); // leaves the socket open: it is the server's
    loop->is_draining = true;
    loop->must_run = true;
    for (struct connection *c = loop->connections; c; c = c->next)
        if (!c->x && !c->is_fresh) // a fresh one may have sent its first request already
            connection_cut(c);
    tell_if_quiet(loop);
}

static void cut_posted(struct post *p)
{
    struct loop *loop = (struct loop *)(void *)((char *)p - offsetof(struct loop, cut));

    for (struct connection *c = loop->connections; c; c = c->next)
        connection_cut(c);
    linger_expire(loop, INT64_MAX);
}

static void stop_posted(struct post *p)
{
    struct loop *loop = (struct loop *)(void *)((char *)p - offsetof(struct loop, stop));

    loop->is_stopping = true;
}

static int milliseconds_until(const struct deadlines *list, int64_t now_us, int most)
{
    if (!list->first)
        return most;
    int64_t left_ms = (list->first->at_us - now_us + 999) / 1000;
    if (left_ms < 0)
        left_ms = 0;
    return most >= 0 && most < left_ms ? most : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static int wait_ms(struct loop *loop)
{
    MHD_UNSIGNED_LONG_LONG mhd_ms = 0;
    int ms = -1;

    if (loop->must_run)
        return 0;
    if (MHD_get_timeout(loop->mhd, &mhd_ms) == MHD_YES)
        ms = mhd_ms > INT_MAX ? INT_MAX : (int)mhd_ms;
    if (ms == 0)
        return 0;
    int64_t now_us = world_monotonic_us(world_real());
    ms = milliseconds_until(&loop->reading, now_us, ms);
    ms = milliseconds_until(&loop->waiting, now_us, ms);
    return milliseconds_until(&loop->lingering, now_us, ms);
}

static void loop_turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, wait_ms(loop));
    struct deadline *due;

    assert(count >= 0 || errno == EINTR);
    loop->now_us = world_monotonic_us(world_real());
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == loop->inbox)
            (void)inbox_run(loop->inbox);
        else if (events[i].data.ptr)
            linger_read(loop, events[i].data.ptr);
    }
    loop->must_run = false;
    (void)MHD_run(loop->mhd);
    while ((due = deadline_take_due(&loop->reading, loop->now_us)) ||
           (due = deadline_take_due(&loop->waiting, loop->now_us)))
        request_overdue((struct connection *)due);
    linger_expire(loop, loop->now_us);
}

// What is still kept belongs to nobody any more: http_server_free() says so.
static void loop_end(struct loop *loop)
{
    (void)inbox_run(loop->inbox);
    (void)MHD_quiesce_daemon(loop->mhd); // it would close the socket that the loops share
    for (struct http_exchange *x = loop->exchanges; x; x = x->next)
        if (x->connection)
            exchange_resume(x);
    MHD_stop_daemon(loop->mhd);
    while (loop->exchanges)
        exchange_free(loop->exchanges);
    linger_expire(loop, INT64_MAX);
    while (loop->scope_count > 0)
        scope_close(loop->scopes[--loop->scope_count]);
}

static void loop_run(void *opaque)
{
    struct loop *loop = opaque;

    loop_here = loop;
    while (!loop->is_stopping)
        loop_turn(loop);
    loop_end(loop);
}

static size_t leave_escapes(void *opaque, struct MHD_Connection *mhd, char *text)
{
    (void)opaque;
    (void)mhd;
    return strlen(text);
}

static struct MHD_Daemon *daemon_new(struct loop *loop, const char *certificate, const char *key)
{
    const struct http_server *server = loop->server;
    const struct http_server_options *o = &server->options;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (certificate ? MHD_USE_TLS : 0);
    unsigned connections_max = (o->connections_max + server->loop_count - 1) / server->loop_count;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };

    return MHD_start_daemon(
        flags, 0, NULL, NULL, request_turn, NULL, MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
        o->idle_timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->pool_bytes,
        MHD_OPTION_URI_LOG_CALLBACK, request_begin, NULL, MHD_OPTION_NOTIFY_COMPLETED, request_end,
        NULL, MHD_OPTION_NOTIFY_CONNECTION, connection_moved, loop, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_escapes, NULL, MHD_OPTION_ARRAY, certificate ? tls : &tls[3], MHD_OPTION_END);
}

static void watch(const struct loop *loop, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    int e = epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);

    assert(e == 0);
    (void)e;
}

static void loop_free(struct loop *loop)
{
    inbox_free(loop->inbox);
    if (loop->epoll_fd >= 0)
        (void)close(loop->epoll_fd);
    free(loop->scopes);
}

enum status loop_start(struct scope *s, struct loop *loop, const struct http_server_options *given)
{
    bool is_tls = given->certificate.bytes > 0;

    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        return fail_errno(s, "epoll");
    loop->mhd = daemon_new(loop, is_tls ? str_z(s, given->certificate) : NULL,
                           is_tls ? str_z(s, given->key) : NULL);
    if (!loop->mhd) {
        (void)close(loop->epoll_fd);
        return is_tls ? fail(s, INVALID, "the TLS certificate or its key cannot be used")
                      : fail(s, TEMPORARY, "the HTTP server cannot start");
    }
    loop->inbox = inbox_new();
    loop->scopes = heap_array(SCOPES_KEPT_MAX, sizeof(struct scope *));
    loop->now_us = world_monotonic_us(world_real());
    loop->next_request_us =
        (int64_t)given->idle_timeout_s * 1000000 + (int64_t)given->request_deadline_ms * 1000;
    loop->drain.run = drain_posted;
    loop->cut.run = cut_posted;
    loop->stop.run = stop_posted;
    watch(loop, MHD_get_daemon_info(loop->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, NULL);
    watch(loop, inbox_fd(loop->inbox), loop->inbox);
    loop->thread = thread_start("http", loop_run, loop);
    return OK;
}

void loop_stop(struct loop *loop)
{
    inbox_post(loop->inbox, &loop->stop);
    thread_join(loop->thread);
    loop_free(loop);
}
