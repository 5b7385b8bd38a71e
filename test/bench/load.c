// The loop of the load generator. A request that is due takes a free connection, or waits in line
// for one while its clock runs.
#include "test/bench/load.h"

#include "core/scope.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_DEFAULT = 64,
    ANSWER_BYTES_FIRST = 16384,
    ANSWER_BYTES_MAX = 64 << 20,
    EVENTS_PER_TURN = 256,
    SILENCE_MS_MAX = 10000,
};

struct connection {
    int fd;
    bool is_busy;
    uint64_t n;        // the request under way
    int64_t due_ns;    // when it was due
    struct str unsent; // what the socket did not take
    char *in;          // the answer so far
    size_t in_bytes;
    size_t in_room;
    size_t answer_bytes; // of the whole answer, 0 until that is known
    struct connection *next_free;
};

struct run {
    struct scope *scope;
    const struct load_options *options;
    struct load_result *result;
    struct sockaddr_in address;
    struct connection *connections;
    unsigned connection_count;
    struct connection *free;
    unsigned busy;
    int epoll_fd;
    uint64_t next; // number of the next request
    int64_t start_ns;
    int64_t count_from_ns;
    int64_t end_ns; // INT64_MAX: by number of requests
    uint64_t next_max;
    double interval_ns; // 0: closed loop
    int64_t last_answer_ns;
};

static int64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static enum status connect_one(struct run *r, struct connection *c)
{
    const int on = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return fail_errno(r->scope, "socket");
    if (connect(fd, (const struct sockaddr *)&r->address, sizeof r->address) < 0) {
        enum status e = fail(r->scope, TEMPORARY, "cannot connect: %s", strerrordesc_np(errno));
        (void)close(fd);
        return e;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->fd = fd;
    if (epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        return fail_errno(r->scope, "epoll");
    return OK;
}

static void set_busy(struct run *r, struct connection *c)
{
    r->free = c->next_free;
    r->busy++;
    c->is_busy = true;
}

static void set_idle(struct run *r, struct connection *c)
{
    c->next_free = r->free;
    r->free = c;
    r->busy--;
    c->is_busy = false;
}

// Opens the connection anew. What was under way on it is lost; an idle one stays in its place.
static enum status replace(struct run *r, struct connection *c)
{
    (void)close(c->fd);
    TRY(connect_one(r, c));
    if (c->is_busy) {
        r->result->broken++;
        set_idle(r, c);
    }
    return OK;
}

static void watch(const struct run *r, struct connection *c, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};

    (void)epoll_ctl(r->epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

// Sends what the socket takes; false when the connection has ended.
static bool send_some(const struct run *r, struct connection *c)
{
    while (c->unsent.bytes > 0) {
        ssize_t n = send(c->fd, c->unsent.data, c->unsent.bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            watch(r, c, EPOLLIN | EPOLLOUT);
            return true;
        }
        if (n < 0)
            return false;
        c->unsent = str_slice(c->unsent, (size_t)n, c->unsent.bytes);
    }
    return true;
}

static enum status send_next(struct run *r, int64_t due_ns)
{
    struct connection *c = r->free;

    set_busy(r, c);
    c->n = r->next++;
    c->due_ns = due_ns;
    c->in_bytes = 0;
    c->answer_bytes = 0;
    c->unsent = r->options->make(r->options->context, c->n, (unsigned)(c - r->connections));
    r->result->sent++;
    return send_some(r, c) ? OK : replace(r, c);
}

// When the next request is due; in a closed loop that is now.
static int64_t due_ns(const struct run *r, int64_t at_ns)
{
    if (r->interval_ns <= 0)
        return at_ns;
    return r->start_ns + (int64_t)((double)r->next * r->interval_ns);
}

// Whether nothing more is sent: what an open loop could not send in its time is not sent later.
static bool is_over(const struct run *r, int64_t at_ns)
{
    return r->next >= r->next_max || at_ns >= r->end_ns || due_ns(r, at_ns) >= r->end_ns;
}

// Sends all that is due and for which there is a connection.
static enum status send_due(struct run *r, int64_t at_ns)
{
    while (r->free && !is_over(r, at_ns)) {
        int64_t due = due_ns(r, at_ns);
        if (due > at_ns)
            return OK;
        TRY(send_next(r, due));
    }
    return OK;
}

// How long the answer is; 0 while that cannot be told. Chunks are only looked through for the last.
static size_t answer_bytes(const struct connection *c)
{
    struct str in = str_of(c->in, c->in_bytes);
    const char *head_end = memmem(in.data, in.bytes, "\r\n\r\n", 4);
    uint64_t length = 0;

    if (!head_end)
        return 0;
    size_t head = (size_t)(head_end - in.data) + 4;
    const char *field = memmem(in.data, head, "\r\nContent-Length: ", 18);
    if (field) {
        struct str rest = str_of(field + 18, head - (size_t)(field - in.data) - 18);
        struct str digits = str_cut(&rest, '\r');
        return str_to_u64(digits, ANSWER_BYTES_MAX, &length) ? head + (size_t)length : 0;
    }
    if (!memmem(in.data, head, "\r\nTransfer-Encoding:", 20))
        return head;
    const char *end = memmem(head_end + 2, in.bytes - head + 2, "\r\n0\r\n\r\n", 7);
    return end ? (size_t)(end - in.data) + 7 : 0;
}

static void grow(const struct run *r, struct connection *c)
{
    assert(c->in_room < ANSWER_BYTES_MAX);
    size_t room = c->in_room ? c->in_room * 2 : ANSWER_BYTES_FIRST;
    char *grown = scope_bytes(r->scope, room);

    if (c->in_bytes > 0)
        memcpy(grown, c->in, c->in_bytes);
    c->in = grown;
    c->in_room = room;
}

static void count(struct run *r, struct connection *c, int64_t at_ns)
{
    struct str in = str_of(c->in, c->answer_bytes);
    uint64_t code = 0;
    const char *body = memmem(in.data, in.bytes, "\r\n\r\n", 4);

    (void)str_to_u64(str_slice(in, 9, 3), 599, &code);
    r->last_answer_ns = at_ns;
    if (r->options->answered)
        r->options->answered(r->options->context, c->n, (int)code,
                             str_slice(in, (size_t)(body - in.data) + 4, in.bytes));
    if (c->due_ns < r->count_from_ns)
        return;
    r->result->answered++;
    r->result->codes[code]++;
    histogram_add(&r->result->latency, (uint64_t)((at_ns - c->due_ns) / 1000));
}

static bool is_closing(const struct connection *c)
{
    return memmem(c->in, c->answer_bytes, "\r\nConnection: close\r\n", 21) != NULL;
}

static enum status receive(struct run *r, struct connection *c)
{
    if (c->in_bytes == c->in_room)
        grow(r, c);
    ssize_t n = recv(c->fd, c->in + c->in_bytes, c->in_room - c->in_bytes, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return OK;
    if (n <= 0 || !c->is_busy) // nothing is awaited but that the server closes an idle connection
        return replace(r, c);
    c->in_bytes += (size_t)n;
    if (c->answer_bytes == 0)
        c->answer_bytes = answer_bytes(c);
    if (c->answer_bytes == 0 || c->in_bytes < c->answer_bytes)
        return OK;
    count(r, c, now_ns());
    set_idle(r, c);
    return is_closing(c) ? replace(r, c) : OK;
}

static enum status handle(struct run *r, const struct epoll_event *event)
{
    struct connection *c = event->data.ptr;

    if (event->events & EPOLLOUT) {
        if (!send_some(r, c))
            return replace(r, c);
        if (c->unsent.bytes == 0)
            watch(r, c, EPOLLIN);
    }
    return event->events & ~(uint32_t)EPOLLOUT ? receive(r, c) : OK;
}

// Until the next request is due, or until something comes.
static struct timespec patience(const struct run *r, int64_t at_ns)
{
    int64_t wait_ns = (int64_t)SILENCE_MS_MAX * 1000000;

    if (r->free && !is_over(r, at_ns)) {
        int64_t until_ns = due_ns(r, at_ns) - at_ns;
        wait_ns = until_ns < 0 ? 0 : until_ns < wait_ns ? until_ns : wait_ns;
    }
    return (struct timespec){.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
}

static enum status turn(struct run *r)
{
    struct epoll_event events[EVENTS_PER_TURN];
    struct timespec wait = patience(r, now_ns());
    int got = epoll_pwait2(r->epoll_fd, events, EVENTS_PER_TURN, &wait, NULL);

    for (int i = 0; i < got; i++)
        TRY(handle(r, &events[i]));
    return send_due(r, now_ns());
}

static bool is_silent(const struct run *r)
{
    return now_ns() - r->last_answer_ns > (int64_t)SILENCE_MS_MAX * 1000000;
}

static enum status run_all(struct run *r)
{
    for (unsigned i = 0; i < r->connection_count; i++) {
        TRY(connect_one(r, &r->connections[i]));
        r->busy++; // set_idle() takes it back
        set_idle(r, &r->connections[i]);
    }
    const struct load_options *o = r->options;
    r->start_ns = r->last_answer_ns = now_ns();
    r->count_from_ns = r->start_ns + (int64_t)(o->warm_up_s * 1e9);
    r->end_ns = o->seconds > 0 ? r->count_from_ns + (int64_t)(o->seconds * 1e9) : INT64_MAX;
    r->next_max = o->requests > 0 ? o->requests : UINT64_MAX;
    r->interval_ns = o->rate_per_s > 0 ? 1e9 / o->rate_per_s : 0;
    TRY(send_due(r, r->start_ns));
    while ((r->busy > 0 || !is_over(r, now_ns())) && !is_silent(r))
        TRY(turn(r));
    return OK;
}

static double thread_cpu_us(void)
{
    struct rusage use;

    (void)getrusage(RUSAGE_THREAD, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

// What an open loop still owed when its time was over.
static uint64_t overdue(const struct run *r)
{
    if (r->interval_ns == 0 || r->end_ns == INT64_MAX || r->next >= r->next_max)
        return 0;
    uint64_t owed = (uint64_t)((double)(r->end_ns - r->start_ns) / r->interval_ns);
    return owed > r->next ? owed - r->next : 0;
}

static void finish(const struct run *r, double cpu_before_us)
{
    struct load_result *out = r->result;

    // A closed loop's last answers belong to its time; an open loop's time is what was asked for.
    out->seconds = (double)(r->last_answer_ns - r->count_from_ns) / 1e9;
    out->overdue = overdue(r);
    out->cpu_us = out->sent > 0 ? (thread_cpu_us() - cpu_before_us) / (double)out->sent : 0;
}

enum status load_run(struct scope *s, const struct load_options *options, struct load_result *out)
{
    struct run r = {.scope = s, .options = options, .result = out};

    *out = (struct load_result){0};
    r.address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(options->port)};
    if (inet_pton(AF_INET, options->address ? options->address : "127.0.0.1",
                  &r.address.sin_addr) != 1)
        return fail(s, INVALID, "%s is not a numeric address", options->address);
    if (!options->make || (options->seconds <= 0 && options->requests == 0))
        return fail(s, INVALID, "what to send, or when to stop, is not given");
    r.connection_count = options->connections ? options->connections : CONNECTIONS_DEFAULT;
    r.connections = scope_array(s, r.connection_count, sizeof *r.connections);
    for (unsigned i = 0; i < r.connection_count; i++)
        r.connections[i].fd = -1;
    r.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    double cpu_before_us = thread_cpu_us();
    enum status e = run_all(&r);
    finish(&r, cpu_before_us);
    for (unsigned i = 0; i < r.connection_count; i++)
        if (r.connections[i].fd >= 0)
            (void)close(r.connections[i].fd);
    (void)close(r.epoll_fd);
    return e;
}
