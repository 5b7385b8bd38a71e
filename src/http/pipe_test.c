// Pipes between a loop, played by the test's thread, and another thread.
#include "http/pipe.h"

#include "core/scope.h"
#include "sys/inbox.h"
#include "sys/thread.h"
#include "test/harness.h"

enum { BYTES = 300000, ROOM = 1000 };

struct wake {
    struct post post; // first
    unsigned count;
};

static void woken(struct post *p)
{
    ((struct wake *)p)->count++;
}

struct bench {
    struct inbox *inbox;
    struct wake wake;
    struct pipe *pipe;
    enum status status; // what the other thread was told last
    bool is_in_order;
    size_t count;
};

static void inbox_close(void *inbox)
{
    inbox_free(inbox);
}

static struct bench *bench_new(struct scope *s)
{
    struct bench *b = scope_new(s, struct bench);

    b->inbox = inbox_new();
    scope_defer(s, inbox_close, b->inbox);
    b->wake.post.run = woken;
    b->pipe = pipe_new(s, ROOM, b->inbox, &b->wake.post);
    b->is_in_order = true;
    return b;
}

static char byte_at(size_t i)
{
    return (char)(i % 251);
}

static void put_all(void *opaque)
{
    struct bench *b = opaque;
    char piece[777];
    size_t at = 0;

    while (at < BYTES && b->status == OK) {
        size_t bytes = BYTES - at < sizeof piece ? BYTES - at : sizeof piece;
        for (size_t i = 0; i < bytes; i++)
            piece[i] = byte_at(at + i);
        b->status = pipe_put(b->pipe, str_of(piece, bytes));
        at += bytes;
    }
    pipe_end(b->pipe);
}

static void check(struct bench *b, const char *piece, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        b->is_in_order = b->is_in_order && piece[i] == byte_at(b->count + i);
    b->count += bytes;
}

static void take_all(void *opaque)
{
    struct bench *b = opaque;
    char piece[333];
    size_t got = 1;

    while (b->status == OK && got > 0) {
        b->status = pipe_take(b->pipe, piece, sizeof piece, &got);
        check(b, piece, got);
    }
}

TEST(a_loop_takes_all_that_another_thread_puts_and_is_woken_for_it)
{
    struct bench *b = bench_new(s);
    struct thread *t = thread_start("put", put_all, b);
    char piece[500];

    while (!pipe_is_done(b->pipe)) {
        size_t taken = pipe_take_some(b->pipe, piece, sizeof piece);
        check(b, piece, taken);
        if (taken == 0 && !pipe_is_done(b->pipe))
            (void)inbox_wait(b->inbox, -1);
    }
    thread_join(t);

    EXPECT_EQUAL(b->count, BYTES);
    EXPECT(b->is_in_order && b->status == OK);
}

TEST(a_loop_puts_all_that_another_thread_takes_and_is_woken_when_there_is_room)
{
    struct bench *b = bench_new(s);
    struct thread *t = thread_start("take", take_all, b);
    char all[2000];
    size_t at = 0;

    while (at < BYTES) {
        size_t bytes = BYTES - at < sizeof all ? BYTES - at : sizeof all;
        for (size_t i = 0; i < bytes; i++)
            all[i] = byte_at(at + i);
        size_t put = pipe_put_some(b->pipe, str_of(all, bytes));
        at += put;
        if (put < bytes)
            (void)inbox_wait(b->inbox, -1);
    }
    pipe_end(b->pipe);
    thread_join(t);

    EXPECT_EQUAL(b->count, BYTES);
    EXPECT(b->is_in_order && b->status == OK);
}

TEST(a_broken_pipe_frees_the_thread_that_waits_for_room)
{
    struct bench *b = bench_new(s);
    struct thread *t = thread_start("put", put_all, b);

    pipe_break(b->pipe, TIMEOUT);
    thread_join(t);

    EXPECT(b->status == TIMEOUT);
    EXPECT_EQUAL(pipe_put_some(b->pipe, str("thrown away")), 11);
    EXPECT(pipe_is_done(b->pipe));
}

TEST(a_broken_pipe_frees_the_thread_that_waits_for_bytes)
{
    struct bench *b = bench_new(s);
    struct thread *t = thread_start("take", take_all, b);

    pipe_break(b->pipe, TOO_LARGE);
    pipe_break(b->pipe, TIMEOUT);
    thread_join(t);

    EXPECT(b->status == TOO_LARGE);
}
