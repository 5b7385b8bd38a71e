// The life of a server: its options, its listening socket, its loops.
#include "http/server_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_DEFAULT = 10000,
    HEADER_BYTES_DEFAULT = 4096,
    BODY_BYTES_DEFAULT = 1 << 20,
    SCOPE_BYTES_DEFAULT = 64 << 20,
    IDLE_TIMEOUT_S_DEFAULT = 60,
    REQUEST_DEADLINE_MS_DEFAULT = 30000,
    BACKLOG = 4096,
};

static struct http_server_options with_defaults(const struct http_server_options *given)
{
    struct http_server_options o = *given;

    if (o.address.bytes == 0)
        o.address = str("127.0.0.1");
    if (o.loops == 0)
        o.loops = 1;
    if (o.connections_max == 0)
        o.connections_max = CONNECTIONS_DEFAULT;
    if (o.header_bytes_max == 0)
        o.header_bytes_max = HEADER_BYTES_DEFAULT;
    if (o.body_bytes_max == 0)
        o.body_bytes_max = BODY_BYTES_DEFAULT;
    if (o.scope_bytes_max == 0)
        o.scope_bytes_max = SCOPE_BYTES_DEFAULT;
    if (o.idle_timeout_s == 0)
        o.idle_timeout_s = IDLE_TIMEOUT_S_DEFAULT;
    if (o.request_deadline_ms == 0)
        o.request_deadline_ms = REQUEST_DEADLINE_MS_DEFAULT;
    return o;
}

// Reads a numeric address; 0 when it is none.
static socklen_t socket_address(struct scope *s, struct str text, uint16_t port,
                                struct sockaddr_storage *out)
{
    const char *z = str_z(s, text);
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    *out = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, z, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        return sizeof v4;
    }
    if (inet_pton(AF_INET6, z, &v6.sin6_addr) == 1) {
        memcpy(out, &v6, sizeof v6);
        return sizeof v6;
    }
    return 0;
}

static enum status fail_bind(struct scope *s, const struct http_server_options *o)
{
    if (errno == EADDRINUSE)
        return fail(s, CONFLICT, "port %u of %.*s is taken", o->port, STR(o->address));
    if (errno == EACCES)
        return fail(s, DENIED, "port %u of %.*s may not be used", o->port, STR(o->address));
    if (errno == EADDRNOTAVAIL)
        return fail(s, INVALID, "%.*s is not an address of this machine", STR(o->address));
    return fail_errno(s, "bind %.*s", STR(o->address));
}

static enum status listen_open(struct scope *s, const struct http_server_options *o, int *out)
{
    enum status e = OK;
    struct sockaddr_storage address;
    const int on = 1;
    socklen_t bytes = socket_address(s, o->address, o->port, &address);

    if (bytes == 0)
        return fail(s, INVALID, "%.*s is not a numeric address", STR(o->address));
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_errno(s, "socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, bytes) < 0) {
        e = fail_bind(s, o);
        goto out;
    }
    if (listen(fd, BACKLOG) < 0) {
        e = fail_bind(s, o);
        goto out;
    }
    *out = fd;
out:
    if (e != OK)
        (void)close(fd);
    return e;
}

static enum status listen_inherit(struct scope *s, int fd)
{
    int flags = fcntl(fd, F_GETFL);

    // Each loop tries to accept what only one of them gets: none may block.
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return fail_errno(s, "the inherited socket %d", fd);
    return OK;
}

static void server_close(struct http_server *server)
{
    if (server->owns_listen_fd)
        (void)close(server->listen_fd);
    condition_fini(&server->closed);
    mutex_fini(&server->mutex);
    free(server->loops);
    free(server);
}

// Starts the loops; `*started` tells how many of them, also after a failure.
static enum status start_loops(struct scope *s, struct http_server *server, unsigned *started)
{
    for (*started = 0; *started < server->loop_count; ++*started) {
        struct loop *loop = &server->loops[*started];
        loop->server = server;
        TRY(loop_start(s, loop, &server->options));
    }
    return OK;
}

static struct http_server *server_make(const struct http_server_options *o)
{
    struct http_server *server = heap_new(struct http_server);

    server->options = *o;
    server->loop_count = o->loops;
    server->loops = heap_array(o->loops, sizeof *server->loops);
    server->is_tls = o->certificate.bytes > 0;
    server->pool_bytes = o->header_bytes_max + POOL_SPARE_BYTES;
    mutex_init(&server->mutex);
    condition_init(&server->closed);
    return server;
}

enum status http_server_new(struct scope *s, const struct http_server_options *options,
                            struct http_server **out)
{
    struct http_server_options o = with_defaults(options);
    bool is_inherited = o.inherited_fd > 0;
    int fd = o.inherited_fd;
    unsigned started = 0;

    TRY(is_inherited ? listen_inherit(s, fd) : listen_open(s, &o, &fd));
    struct http_server *server = server_make(&o);
    server->listen_fd = fd;
    server->owns_listen_fd = !is_inherited;
    enum status e = start_loops(s, server, &started);
    if (e != OK) {
        while (started > 0)
            loop_stop(&server->loops[--started]);
        server_close(server);
        return e;
    }
    server->options.address = server->options.certificate = server->options.key = (struct str){0};
    *out = server;
    return OK;
}

uint16_t http_server_port(const struct http_server *server)
{
    struct sockaddr_storage address = {0};
    socklen_t bytes = sizeof address;
    struct sockaddr_in v4;

    (void)getsockname(server->listen_fd, (struct sockaddr *)&address, &bytes);
    memcpy(&v4, &address, sizeof v4); // the port lies at the same place in IPv6
    return ntohs(v4.sin_port);
}

unsigned http_server_connections(const struct http_server *server)
{
    unsigned count = 0;

    for (unsigned i = 0; i < server->loop_count; i++)
        count += atomic_load(&server->loops[i].open_count);
    return count;
}

static bool is_quiet(const struct http_server *server)
{
    for (unsigned i = 0; i < server->loop_count; i++)
        if (!atomic_load(&server->loops[i].is_quiet))
            return false;
    return true;
}

bool http_server_drain(struct http_server *server, unsigned deadline_ms)
{
    int64_t end_us = world_monotonic_us(world_real()) + (int64_t)deadline_ms * 1000;

    for (unsigned i = 0; i < server->loop_count && !server->is_draining; i++)
        inbox_post(server->loops[i].inbox, &server->loops[i].drain);
    server->is_draining = true;
    mutex_lock(&server->mutex);
    for (;;) {
        int64_t left_us = end_us - world_monotonic_us(world_real());
        if (is_quiet(server) || left_us <= 0)
            break;
        (void)condition_wait_us(&server->closed, &server->mutex, left_us);
    }
    bool all = is_quiet(server);
    mutex_unlock(&server->mutex);
    for (unsigned i = 0; i < server->loop_count && !all && !server->is_cut; i++)
        inbox_post(server->loops[i].inbox, &server->loops[i].cut);
    server->is_cut = server->is_cut || !all;
    return all;
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    for (unsigned i = 0; i < server->loop_count; i++)
        loop_stop(&server->loops[i]);
    server_close(server);
}
