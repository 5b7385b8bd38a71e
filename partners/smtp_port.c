// The port: a few threads, each with one connection at a time, that wait on it and on the end.
#include "core/heap.h"
#include "core/scope.h"
#include "partners/smtp_impl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTION_BYTES_MAX = 256 << 20,
    READ_BYTES = 64 << 10,
    LINE_BYTES_MAX = 4096,
    ANSWER_BYTES_MAX = 4096,
    BACKLOG = 64,
    US_PER_MS = 1000,
};

// Waits until there is something to read; false: it is over.
static bool wait_for(const struct smtp_sink *sink, int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = sink->stop_fd, .events = POLLIN}};

    while (poll(fds, 2, -1) < 0)
        continue;
    return fds[1].revents == 0 && fds[0].revents != 0;
}

static bool send_all(int fd, struct str text)
{
    while (text.bytes) {
        ssize_t sent = send(fd, text.data, text.bytes, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        text = str_slice(text, (size_t)sent, text.bytes);
    }
    return true;
}

// Says what there is to say to a line. False: the connection ends.
static bool answer(struct smtp_talk *t, int fd, struct str line)
{
    struct smtp_sink *sink = t->sink;
    struct buf b = buf_make(t->scope, ANSWER_BYTES_MAX);

    mutex_lock(&sink->mutex);
    enum smtp_next next = smtp_talk_line(t, line, &b);
    int64_t pause_us = (int64_t)sink->faults.answer_ms * US_PER_MS;
    mutex_unlock(&sink->mutex);
    if (b.bytes && pause_us)
        thread_pause_us(pause_us);
    if (next == SMTP_SAY_NOTHING) {
        while (wait_for(sink, fd) && recv(fd, (char[1]){0}, 1, 0) > 0)
            continue;
        return false;
    }
    return send_all(fd, buf_str(&b)) && next == SMTP_GO_ON;
}

static void serve(struct scope *s, struct smtp_sink *sink, int fd)
{
    struct smtp_talk talk;
    char *bytes = scope_bytes(s, READ_BYTES);
    char line[LINE_BYTES_MAX];
    size_t used = 0;

    smtp_talk_begin(&talk, s, sink);
    bool goes_on = answer(&talk, fd, (struct str){0});
    while (goes_on && wait_for(sink, fd)) {
        ssize_t got = recv(fd, bytes, READ_BYTES, 0);
        goes_on = got > 0;
        for (ssize_t i = 0; i < got && goes_on; i++) {
            if (used == sizeof line)
                goes_on = false;
            else
                line[used++] = bytes[i];
            if (bytes[i] != '\n' || used < 2 || line[used - 2] != '\r')
                continue;
            goes_on = answer(&talk, fd, str_of(line, used - 2));
            used = 0;
        }
    }
}

static void work(void *argument)
{
    struct smtp_sink *sink = argument;

    while (wait_for(sink, sink->listen_fd)) {
        int fd = accept4(sink->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue; // another thread was faster
        struct scope *s = scope_open(CONNECTION_BYTES_MAX);
        serve(s, sink, fd);
        scope_close(s);
        (void)close(fd);
    }
}

enum status smtp_port_open(struct scope *s, struct smtp_sink *sink, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    int yes = 1;

    sink->stop_fd = eventfd(0, EFD_CLOEXEC);
    sink->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sink->stop_fd < 0 || sink->listen_fd < 0)
        return fail_errno(s, "a socket");
    (void)setsockopt(sink->listen_fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(sink->listen_fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(sink->listen_fd, BACKLOG) < 0 ||
        getsockname(sink->listen_fd, (struct sockaddr *)&address, &bytes) < 0)
        return fail(s, TEMPORARY, "port %u cannot be opened", (unsigned)port);
    sink->url = heap_copy(str_format(s, "smtp://127.0.0.1:%u", (unsigned)ntohs(address.sin_port)));
    for (size_t i = 0; i < SMTP_THREADS; i++)
        sink->threads[i] = thread_start("smtp", work, sink);
    return OK;
}

void smtp_port_close(struct smtp_sink *sink)
{
    if (sink->stop_fd >= 0)
        (void)eventfd_write(sink->stop_fd, 1);
    for (size_t i = 0; i < SMTP_THREADS; i++)
        thread_join(sink->threads[i]);
    if (sink->listen_fd >= 0)
        (void)close(sink->listen_fd);
    if (sink->stop_fd >= 0)
        (void)close(sink->stop_fd);
}
