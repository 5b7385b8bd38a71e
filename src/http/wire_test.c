// The raw client and the server of the HTTP tests.
#include "http/wire_test.h"

#include "core/buf.h"
#include "core/scope.h"
#include "http/exchange.h"
#include "sys/inbox.h"
#include "sys/thread.h"
#include "test/harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    READ_BYTES_MAX = 64 << 20,
    PATIENCE_S = 20,
    WORKERS_MAX = 1000,
};

struct held {
    struct post post; // first
    struct http_exchange *x;
    struct held *next;
};

struct site {
    struct http_server *server;
    struct mutex mutex;
    struct condition moved;
    struct held *first;
    struct held *last;
    unsigned held_count;
    struct thread *workers[WORKERS_MAX];
    unsigned worker_count;
    bool is_closing;
};

static void answer_text(struct http_exchange *x, int code, struct str text)
{
    http_answer_header(x, str("Content-Type"), str("text/plain"));
    http_answer(x, code, text);
}

static void show(struct http_exchange *x)
{
    struct buf b = buf_make(http_scope(x), 100000);

    buf_format(&b, "%.*s|%.*s|%.*s|%.*s|%s\n", STR(http_method(x)), STR(http_path(x)),
               STR(http_query(x)), STR(http_peer(x)), http_is_tls(x) ? "tls" : "plain");
    for (size_t i = 0; i < http_header_count(x); i++)
        buf_format(&b, "%.*s=%.*s\n", STR(http_header_at(x, i).name),
                   STR(http_header_at(x, i).value));
    answer_text(x, 200, buf_str(&b));
}

static void answer_later(void *opaque)
{
    struct http_exchange *x = opaque;

    http_answer_header(x, str("X-Path"), http_path(x));
    answer_text(x, 200, http_body(x));
}

static void count_body(void *opaque)
{
    struct http_exchange *x = opaque;
    char piece[10000];
    size_t got = 1;
    size_t count = 0;
    enum status e = OK;

    while (e == OK && got > 0) {
        e = http_body_read(x, piece, sizeof piece, &got);
        count += got;
    }
    answer_text(x, status_http(e), str_format(http_scope(x), "%zu", count));
}

static void flow(struct http_exchange *x, uint64_t bytes, bool whole)
{
    char piece[4000];
    enum status e = OK;

    memset(piece, 'f', sizeof piece);
    http_answer_header(x, str("X-Path"), http_path(x));
    http_stream_begin(x, 200);
    while (bytes > 0 && e == OK) {
        size_t part = bytes < sizeof piece ? bytes : sizeof piece;
        e = http_stream_write(x, str_of(piece, part));
        bytes -= part;
    }
    http_stream_end(x, whole);
}

static void flow_whole(void *opaque)
{
    struct http_exchange *x = opaque;
    uint64_t bytes = 0;

    (void)str_to_u64(http_query(x), UINT64_MAX, &bytes);
    flow(x, bytes, true);
}

static void flow_cut(void *opaque)
{
    flow(opaque, 10, false);
}

static void start(struct site *site, void (*run)(void *), struct http_exchange *x)
{
    mutex_lock(&site->mutex);
    bool can = !site->is_closing && site->worker_count < WORKERS_MAX;
    if (can)
        site->workers[site->worker_count++] = thread_start("test", run, x);
    mutex_unlock(&site->mutex);
    if (!can)
        answer_text(x, 503, str("no more threads"));
}

static void hold(struct site *site, struct http_exchange *x)
{
    struct held *h = scope_new(http_scope(x), struct held);

    h->x = x;
    mutex_lock(&site->mutex);
    *(site->last ? &site->last->next : &site->first) = h;
    site->last = h;
    site->held_count++;
    condition_signal(&site->moved);
    mutex_unlock(&site->mutex);
}

static void answer_held(struct post *p)
{
    struct held *h = (struct held *)p;

    answer_text(h->x, 200, http_body(h->x));
}

void site_wait_held(struct site *site, unsigned count)
{
    mutex_lock(&site->mutex);
    while (site->held_count < count)
        condition_wait(&site->moved, &site->mutex);
    mutex_unlock(&site->mutex);
}

void site_release(struct site *site)
{
    mutex_lock(&site->mutex);
    struct held *h = site->first;
    site->first = site->last = NULL;
    site->held_count = 0;
    mutex_unlock(&site->mutex);
    while (h) {
        struct held *next = h->next; // the post gives it away
        h->post.run = answer_held;
        inbox_post(http_inbox(h->x), &h->post);
        h = next;
    }
}

static void answer_with_headers(struct http_exchange *x)
{
    for (int i = 0; i < 20; i++)
        http_answer_header(x, str_format(http_scope(x), "X-%d", i), str("y"));
    http_answer_header(x, str("X-Bad"), str("a\r\nX-Worse: b"));
    http_answer_header(x, str("X-Empty"), str(""));
    answer_text(x, 200, str("many"));
}

static void on_headers(void *context, struct http_exchange *x)
{
    struct str path = http_path(x);

    http_set_user(x, context);
    if (str_is(path, "/deny"))
        answer_text(x, 401, str("denied"));
    else if (str_is(path, "/small"))
        http_body_limit(x, 10, 0);
    else if (str_is(path, "/quick"))
        http_body_limit(x, 1000, 50);
    else if (str_is(path, "/count"))
        http_body_stream(x);
}

static void on_request(void *context, struct http_exchange *x)
{
    struct site *site = http_user(x);
    struct str path = http_path(x);

    (void)context;
    if (str_is(path, "/echo") || str_is(path, "/small"))
        answer_text(x, 200, http_body(x));
    else if (str_is(path, "/show"))
        show(x);
    else if (str_is(path, "/later"))
        start(site, answer_later, x);
    else if (str_is(path, "/count"))
        start(site, count_body, x);
    else if (str_is(path, "/flow"))
        start(site, flow_whole, x);
    else if (str_is(path, "/cut"))
        start(site, flow_cut, x);
    else if (str_is(path, "/hold"))
        hold(site, x);
    else if (str_is(path, "/away")) {
        http_answer_header(x, str("Location"), str("/echo"));
        answer_text(x, 302, str("away"));
    } else if (str_is(path, "/many"))
        answer_with_headers(x);
    else if (str_is(path, "/wide")) {
        char *wide = scope_bytes(http_scope(x), 5000);
        memset(wide, 'w', 5000);
        http_answer_header(x, str("X-Wide"), str_of(wide, 5000));
        answer_text(x, 200, str("fine"));
    } else
        answer_text(x, 404, str("nothing"));
}

static void on_refused(void *context, struct http_exchange *x, int code, struct str why)
{
    (void)context;
    answer_text(x, code, str_format(http_scope(x), "refused: %.*s", STR(why)));
}

static void site_free(void *opaque)
{
    struct site *site = opaque;

    mutex_lock(&site->mutex);
    site->is_closing = true;
    mutex_unlock(&site->mutex);
    for (unsigned i = 0; i < site->worker_count; i++)
        thread_join(site->workers[i]);
    http_server_free(site->server);
    condition_fini(&site->moved);
    mutex_fini(&site->mutex);
}

struct site *site_new(struct scope *s, struct http_server_options options)
{
    struct site *site = scope_new(s, struct site);

    mutex_init(&site->mutex);
    condition_init(&site->moved);
    options.handler = (struct http_handler){site, on_headers, on_request, on_refused};
    EXPECT_OK(http_server_new(s, &options, &site->server));
    scope_defer(s, site_free, site);
    return site;
}

struct http_server *site_server(struct site *site)
{
    return site->server;
}

uint16_t site_port(struct site *site)
{
    return http_server_port(site->server);
}

static void close_fd(void *opaque)
{
    (void)close((int)(intptr_t)opaque);
}

void wire_close_later(struct scope *s, int fd)
{
    scope_defer(s, close_fd, (void *)(intptr_t)fd);
}

int wire_open(struct scope *s, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    wire_close_later(s, fd);
    return fd;
}

void wire_send(int fd, struct str text)
{
    while (text.bytes > 0) {
        ssize_t n = send(fd, text.data, text.bytes, MSG_NOSIGNAL);
        if (n <= 0)
            return; // the other side has closed: what it said is what counts
        text = str_slice(text, (size_t)n, text.bytes);
    }
}

// Reads once; false at the end.
static bool read_more(int fd, struct buf *in, size_t bytes_max)
{
    char piece[65536];
    ssize_t n = recv(fd, piece, bytes_max < sizeof piece ? bytes_max : sizeof piece, 0);

    if (n > 0)
        buf_put(in, str_of(piece, (size_t)n));
    return n > 0;
}

static bool read_exactly(int fd, struct buf *in, size_t bytes)
{
    size_t end = in->bytes + bytes;

    while (in->bytes < end)
        if (!read_more(fd, in, end - in->bytes))
            return false;
    return true;
}

// Byte by byte, so that nothing is taken of what follows.
static bool read_until(int fd, struct buf *in, struct str mark)
{
    do {
        if (!read_more(fd, in, 1))
            return false;
    } while (!str_ends(buf_str(in), mark));
    return true;
}

// Reads chunks and keeps what is in them.
static bool read_chunks(struct scope *s, int fd, struct buf *in)
{
    for (;;) {
        struct buf line = buf_make(s, 100);
        if (!read_until(fd, &line, str("\r\n")))
            return false;
        size_t bytes = strtoul(str_z(s, buf_str(&line)), NULL, 16);
        if (!read_exactly(fd, in, bytes))
            return false;
        buf_clear(&line);
        if (!read_until(fd, &line, str("\r\n")))
            return false;
        if (bytes == 0)
            return true;
    }
}

static size_t content_length(struct str head)
{
    uint64_t length = 0;
    struct str rest = str_slice(head, str_find(head, str("\r\nContent-Length: ")) + 18, head.bytes);

    (void)str_to_u64(str_trim(str_cut(&rest, '\n')), SIZE_MAX, &length);
    return (size_t)length;
}

struct str wire_answer(struct scope *s, int fd)
{
    struct buf in = buf_make(s, READ_BYTES_MAX);

    if (!read_until(fd, &in, str("\r\n\r\n")))
        return (struct str){0};
    struct str head = buf_str(&in);
    bool is_chunked = str_find(head, str("\r\nTransfer-Encoding: chunked\r\n")) < head.bytes;
    bool whole = is_chunked ? read_chunks(s, fd, &in) : read_exactly(fd, &in, content_length(head));
    return whole ? buf_str(&in) : (struct str){0};
}

struct str wire_rest(struct scope *s, int fd)
{
    struct buf in = buf_make(s, READ_BYTES_MAX);

    while (read_more(fd, &in, SIZE_MAX))
        continue;
    return buf_str(&in);
}

bool wire_ends(int fd)
{
    char waste[65536];
    ssize_t n = 1;

    while (n > 0)
        n = recv(fd, waste, sizeof waste, 0);
    return n == 0 || errno == ECONNRESET;
}

struct str wire_ask(struct scope *s, uint16_t port, struct str request)
{
    int fd = wire_open(s, port);

    wire_send(fd, request);
    return wire_rest(s, fd);
}

int wire_code(struct str answer)
{
    uint64_t code = 0;

    if (!str_starts(answer, str("HTTP/1.1 ")))
        return 0;
    return str_to_u64(str_slice(answer, 9, 3), 999, &code) ? (int)code : 0;
}

struct str wire_body(struct str answer)
{
    size_t head = str_find(answer, str("\r\n\r\n")) + 4;

    return str_slice(answer, head, answer.bytes);
}
