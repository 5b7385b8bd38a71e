// A ring under one mutex. `loop_waits` is what keeps the wake-up single: the loop sets it when it
// is turned away, who posts clears it.
#include "http/pipe.h"

#include "core/scope.h"
#include "sys/inbox.h"
#include "sys/thread.h"

#include <assert.h>

struct pipe {
    struct mutex mutex;
    struct condition moved; // what the other thread waits for
    struct inbox *inbox;
    struct post *wake;
    char *ring;
    size_t room;
    size_t first; // place of the oldest byte
    size_t count;
    bool loop_waits;
    bool ended;
    enum status broken;
};

static void pipe_fini(void *opaque)
{
    struct pipe *p = opaque;

    condition_fini(&p->moved);
    mutex_fini(&p->mutex);
}

struct pipe *pipe_new(struct scope *s, size_t bytes_max, struct inbox *inbox, struct post *wake)
{
    struct pipe *p = scope_new(s, struct pipe);

    assert(bytes_max > 0);
    mutex_init(&p->mutex);
    condition_init(&p->moved);
    p->inbox = inbox;
    p->wake = wake;
    p->ring = scope_bytes(s, bytes_max);
    p->room = bytes_max;
    scope_defer(s, pipe_fini, p);
    return p;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Copies in what fits, in up to two parts.
static size_t ring_put(struct pipe *p, struct str piece)
{
    size_t bytes = least(piece.bytes, p->room - p->count);
    size_t at = (p->first + p->count) % p->room;
    size_t part = least(bytes, p->room - at);

    if (bytes == 0)
        return 0;
    memcpy(p->ring + at, piece.data, part);
    memcpy(p->ring, piece.data + part, bytes - part);
    p->count += bytes;
    return bytes;
}

static size_t ring_take(struct pipe *p, char *out, size_t bytes)
{
    size_t taken = least(bytes, p->count);
    size_t part = least(taken, p->room - p->first);

    if (taken == 0)
        return 0;
    memcpy(out, p->ring + p->first, part);
    memcpy(out + part, p->ring, taken - part);
    p->first = (p->first + taken) % p->room;
    p->count -= taken;
    return taken;
}

static void wake_loop(struct pipe *p)
{
    if (!p->loop_waits)
        return;
    p->loop_waits = false;
    inbox_post(p->inbox, p->wake);
}

size_t pipe_put_some(struct pipe *p, struct str piece)
{
    mutex_lock(&p->mutex);
    size_t bytes = p->broken ? piece.bytes : ring_put(p, piece);
    p->loop_waits = bytes < piece.bytes;
    if (bytes > 0)
        condition_signal(&p->moved);
    mutex_unlock(&p->mutex);
    return bytes;
}

size_t pipe_take_some(struct pipe *p, void *out, size_t bytes)
{
    mutex_lock(&p->mutex);
    size_t taken = p->broken ? 0 : ring_take(p, out, bytes);
    p->loop_waits = taken == 0 && !p->ended && !p->broken;
    if (taken > 0)
        condition_signal(&p->moved);
    mutex_unlock(&p->mutex);
    return taken;
}

bool pipe_is_done(struct pipe *p)
{
    mutex_lock(&p->mutex);
    bool done = p->broken || (p->ended && p->count == 0);
    mutex_unlock(&p->mutex);
    return done;
}

enum status pipe_put(struct pipe *p, struct str piece)
{
    mutex_lock(&p->mutex);
    while (piece.bytes > 0 && !p->broken) {
        size_t bytes = ring_put(p, piece);
        piece = str_slice(piece, bytes, piece.bytes);
        if (bytes > 0)
            wake_loop(p);
        else
            condition_wait(&p->moved, &p->mutex);
    }
    enum status e = p->broken;
    mutex_unlock(&p->mutex);
    return e;
}

enum status pipe_take(struct pipe *p, void *out, size_t bytes, size_t *got)
{
    assert(bytes > 0);
    mutex_lock(&p->mutex);
    while (p->count == 0 && !p->ended && !p->broken)
        condition_wait(&p->moved, &p->mutex);
    enum status e = p->broken;
    *got = e ? 0 : ring_take(p, out, bytes);
    // Half a ring at a time: waking the loop for each byte that becomes free would cost more.
    if (*got > 0 && p->count <= p->room / 2)
        wake_loop(p);
    mutex_unlock(&p->mutex);
    return e;
}

void pipe_end(struct pipe *p)
{
    mutex_lock(&p->mutex);
    p->ended = true;
    wake_loop(p);
    condition_signal(&p->moved);
    mutex_unlock(&p->mutex);
}

void pipe_break(struct pipe *p, enum status why)
{
    assert(why != OK);
    mutex_lock(&p->mutex);
    if (!p->broken)
        p->broken = why;
    p->loop_waits = false;
    condition_signal(&p->moved);
    mutex_unlock(&p->mutex);
}
