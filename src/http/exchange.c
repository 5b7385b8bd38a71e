// Making and ending exchanges, and what handlers see of a request.
#include "http/exchange_impl.h"

#include "core/scope.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

static struct scope *take_scope(struct loop *loop)
{
    if (loop->scope_count > 0)
        return loop->scopes[--loop->scope_count];
    return scope_open(loop->server->options.scope_bytes_max);
}

static void give_scope(struct loop *loop, struct scope *s)
{
    if (loop->scope_count == SCOPES_KEPT_MAX) {
        scope_close(s);
        return;
    }
    scope_reset(s);
    loop->scopes[loop->scope_count++] = s;
}

struct http_exchange *exchange_new(struct loop *loop, struct connection *c)
{
    struct scope *s = take_scope(loop);
    struct http_exchange *x = scope_new(s, struct http_exchange);

    x->scope = s;
    x->loop = loop;
    x->connection = c;
    x->body_bytes_max = loop->server->options.body_bytes_max;
    x->answer_head_bytes_max = ANSWER_HEAD_BYTES - ANSWER_HEAD_OWN_BYTES;
    x->next = loop->exchanges;
    if (x->next)
        x->next->previous = x;
    loop->exchanges = x;
    return x;
}

void exchange_free(struct http_exchange *x)
{
    struct loop *loop = x->loop;

    *(x->previous ? &x->previous->next : &loop->exchanges) = x->next;
    if (x->next)
        x->next->previous = x->previous;
    give_scope(loop, x->scope);
}

void exchange_suspend(struct http_exchange *x)
{
    assert(!x->is_suspended);
    x->is_suspended = true;
    MHD_suspend_connection(x->connection->mhd);
}

void exchange_resume(struct http_exchange *x)
{
    if (!x->is_suspended)
        return;
    x->is_suspended = false;
    x->loop->must_run = true;
    MHD_resume_connection(x->connection->mhd);
}

struct scope *http_scope(struct http_exchange *x)
{
    return x->scope;
}

struct inbox *http_inbox(struct http_exchange *x)
{
    return x->loop->inbox;
}

void http_set_user(struct http_exchange *x, void *user)
{
    x->user = user;
}

void *http_user(const struct http_exchange *x)
{
    return x->user;
}

struct str http_method(const struct http_exchange *x)
{
    return x->method;
}

struct str http_path(const struct http_exchange *x)
{
    return x->path;
}

struct str http_query(const struct http_exchange *x)
{
    return x->query;
}

struct str http_header(const struct http_exchange *x, const char *name)
{
    return field_find(x->fields, x->field_count, name);
}

size_t http_header_count(const struct http_exchange *x)
{
    return x->field_count;
}

struct http_field http_header_at(const struct http_exchange *x, size_t index)
{
    assert(index < x->field_count);
    return x->fields[index];
}

struct str http_body(const struct http_exchange *x)
{
    return str_of(x->body, x->body ? x->body_bytes : 0);
}

static struct str address_text(struct scope *s, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";

    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        (void)inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
        if (is_mapped)
            (void)inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof text);
        else
            (void)inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    }
    return str_copy(s, str(text));
}

struct str http_peer(struct http_exchange *x)
{
    if (x->peer.bytes == 0 && x->connection) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(x->connection->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        x->peer = address_text(x->scope, info->client_addr);
    }
    return x->peer;
}

bool http_is_tls(const struct http_exchange *x)
{
    return x->loop->server->is_tls;
}

bool http_client_left(const struct http_exchange *x)
{
    char byte = 0;

    if (!x->connection)
        return true;
    ssize_t got = recv(x->connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

void http_body_limit(struct http_exchange *x, size_t bytes_max, unsigned deadline_ms)
{
    assert(x->in_handler && x->phase == PHASE_HEAD);
    x->body_bytes_max = bytes_max;
    if (deadline_ms > 0)
        deadline_set(&x->loop->reading, &x->connection->deadline,
                     x->loop->now_us + (int64_t)deadline_ms * 1000);
}
