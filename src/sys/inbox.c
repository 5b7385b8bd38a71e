// A stack that posters push to by compare and exchange of its head, and that the owner takes whole
// and turns round. Taking all at once leaves no place for the ABA problem. The eventfd is written
// by who finds the stack empty, and read by the owner before it takes: a post that comes between
// the two wakes the owner once for nothing, never too seldom.
#include "sys/inbox.h"

#include "core/heap.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct inbox {
    _Atomic(struct post *) newest;
    atomic_uint posting; // posters that may still be about to write the eventfd
    int fd;
};

struct inbox *inbox_new(void)
{
    struct inbox *inbox = heap_new(struct inbox);

    inbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (inbox->fd < 0) {
        perror("eventfd");
        abort();
    }
    return inbox;
}

void inbox_free(struct inbox *inbox)
{
    if (!inbox)
        return;
    while (atomic_load_explicit(&inbox->posting, memory_order_acquire))
        (void)sched_yield(); // what was posted last may be what made us end
    (void)close(inbox->fd);
    free(inbox);
}

int inbox_fd(const struct inbox *inbox)
{
    return inbox->fd;
}

static void wake(const struct inbox *inbox)
{
    const uint64_t one = 1;
    ssize_t n = write(inbox->fd, &one, sizeof one);

    assert(n == sizeof one || errno == EAGAIN); // EAGAIN: it is as readable as can be
    (void)n;
}

// Puts the chain from `newest` down to `oldest` on the stack.
static void push(struct inbox *inbox, struct post *newest, struct post *oldest)
{
    struct post *before = atomic_load_explicit(&inbox->newest, memory_order_relaxed);

    atomic_fetch_add_explicit(&inbox->posting, 1, memory_order_relaxed);
    do {
        oldest->next = before;
    } while (!atomic_compare_exchange_weak_explicit(&inbox->newest, &before, newest,
                                                    memory_order_release, memory_order_relaxed));
    if (!before)
        wake(inbox);
    atomic_fetch_sub_explicit(&inbox->posting, 1, memory_order_release);
}

static struct post *turn_round(struct post *p)
{
    struct post *turned = NULL;

    while (p) {
        struct post *next = p->next;
        p->next = turned;
        turned = p;
        p = next;
    }
    return turned;
}

void inbox_post(struct inbox *inbox, struct post *p)
{
    assert(p->run);
    push(inbox, p, p);
}

void inbox_post_list(struct inbox *inbox, struct post *first)
{
    if (first)
        push(inbox, turn_round(first), first);
}

unsigned inbox_run(struct inbox *inbox)
{
    uint64_t wakes = 0;
    unsigned count = 0;

    (void)!read(inbox->fd, &wakes, sizeof wakes); // EAGAIN when nobody woke us
    struct post *p =
        turn_round(atomic_exchange_explicit(&inbox->newest, NULL, memory_order_acquire));
    while (p) {
        struct post *next = p->next; // run() may free or post again what holds it
        p->run(p);
        p = next;
        count++;
    }
    return count;
}

unsigned inbox_wait(struct inbox *inbox, int timeout_ms)
{
    struct pollfd readable = {.fd = inbox->fd, .events = POLLIN};

    if (!atomic_load_explicit(&inbox->newest, memory_order_relaxed))
        (void)poll(&readable, 1, timeout_ms); // a signal ends the wait early, which is allowed
    return inbox_run(inbox);
}
