// Closing gently. A connection that is closed while its client still sends is reset by the kernel,
// and the reset may overtake the answer. So a copy of the descriptor stays open for a while after
// libmicrohttpd has closed its own, and what comes is thrown away until the client closes
// (RFC 9112, 9.6).
#include "http/server_impl.h"

#include "core/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct lingering {
    struct deadline deadline; // first
    int fd;
};

static void linger_close(struct loop *loop, struct lingering *l)
{
    deadline_clear(&l->deadline);
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, l->fd, NULL);
    (void)close(l->fd);
    free(l);
    loop_count_closed(loop);
}

void linger_start(struct loop *loop, int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (copy < 0)
        return; // out of descriptors: then it is closed at once
    struct lingering *l = heap_new(struct lingering);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
    l->fd = copy;
    (void)shutdown(copy, SHUT_WR); // what the client waits for; under TLS only we do it
    atomic_fetch_add(&loop->open_count, 1);
    deadline_set(&loop->lingering, &l->deadline, loop->now_us + (int64_t)LINGER_MS * 1000);
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, copy, &event) < 0)
        linger_close(loop, l);
}

void linger_read(struct loop *loop, void *linger)
{
    struct lingering *l = linger;
    char waste[16384];
    ssize_t n = recv(l->fd, waste, sizeof waste, MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        linger_close(loop, l);
}

void linger_expire(struct loop *loop, int64_t now_us)
{
    struct deadline *d;

    while ((d = deadline_take_due(&loop->lingering, now_us)))
        linger_close(loop, (struct lingering *)d);
}
