// Inboxes: order, wake-ups, and many posters at once.
#include "sys/inbox.h"

#include "sys/thread.h"
#include "test/harness.h"

#include <poll.h>

struct note {
    struct post post;
    int number;
    struct log *log;
};

struct log {
    int last[4]; // newest number of each poster
    int count;
    bool ordered;
};

enum { PER_POSTER = 5000, POSTERS = 4 };

static void take_down(struct post *p)
{
    struct note *n = (struct note *)p;
    int poster = n->number / PER_POSTER;

    if (n->log->last[poster] >= n->number)
        n->log->ordered = false;
    n->log->last[poster] = n->number;
    n->log->count++;
}

static bool readable(const struct inbox *inbox)
{
    struct pollfd fd = {.fd = inbox_fd(inbox), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

TEST(posts_run_in_the_order_in_which_they_came)
{
    struct inbox *inbox = inbox_new();
    struct log log = {.last = {-1}, .ordered = true};
    struct note notes[5];

    for (int i = 0; i < 5; i++)
        notes[i] = (struct note){.post.run = take_down, .number = i, .log = &log};
    notes[1].post.next = &notes[2].post;
    notes[2].post.next = &notes[3].post;
    notes[3].post.next = NULL;

    inbox_post(inbox, &notes[0].post);
    inbox_post_list(inbox, &notes[1].post);
    inbox_post(inbox, &notes[4].post);
    inbox_post_list(inbox, NULL);

    EXPECT_EQUAL(inbox_run(inbox), 5);
    EXPECT(log.ordered);
    EXPECT_EQUAL(log.last[0], 4);
    inbox_free(inbox);
}

TEST(an_inbox_is_readable_exactly_while_something_waits)
{
    struct inbox *inbox = inbox_new();
    struct log log = {.last = {-1}, .ordered = true};
    struct note note = {.post.run = take_down, .log = &log};

    EXPECT(!readable(inbox));
    inbox_post(inbox, &note.post);
    EXPECT(readable(inbox));
    EXPECT_EQUAL(inbox_run(inbox), 1);
    EXPECT(!readable(inbox));
    EXPECT_EQUAL(inbox_wait(inbox, 0), 0);
    inbox_free(inbox);
}

struct poster {
    struct inbox *inbox;
    struct note *notes;
};

static void post_all(void *argument)
{
    struct poster *poster = argument;

    for (size_t i = 0; i < PER_POSTER; i++)
        inbox_post(poster->inbox, &poster->notes[i].post);
}

TEST(nothing_is_lost_or_reordered_when_many_post_at_once)
{
    struct inbox *inbox = inbox_new();
    struct log log = {.last = {-1, -1, -1, -1}, .ordered = true};
    struct note *notes = scope_array(s, (size_t)POSTERS * PER_POSTER, sizeof *notes);
    struct poster posters[POSTERS];
    struct thread *threads[POSTERS];

    for (int i = 0; i < POSTERS * PER_POSTER; i++)
        notes[i] = (struct note){.post.run = take_down, .number = i, .log = &log};
    for (size_t i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){inbox, notes + i * PER_POSTER};
        threads[i] = thread_start("poster", post_all, &posters[i]);
    }
    while (log.count < POSTERS * PER_POSTER)
        (void)inbox_wait(inbox, -1); // a lost wake-up would hang here
    for (size_t i = 0; i < POSTERS; i++)
        thread_join(threads[i]);

    EXPECT(log.ordered);
    EXPECT_EQUAL(inbox_run(inbox), 0);
    inbox_free(inbox);
}

enum { SHORT_LIVED = 500 };

struct short_lived {
    struct inbox *inboxes[SHORT_LIVED];
    struct note *notes;
};

static void post_one_each(void *argument)
{
    struct short_lived *all = argument;

    for (size_t i = 0; i < SHORT_LIVED; i++)
        inbox_post(all->inboxes[i], &all->notes[i].post);
}

TEST(an_inbox_may_be_freed_as_soon_as_its_last_post_has_run)
{
    struct log log = {.last = {-1}, .ordered = true};
    struct short_lived all = {.notes = scope_array(s, SHORT_LIVED, sizeof *all.notes)};

    for (int i = 0; i < SHORT_LIVED; i++) {
        all.inboxes[i] = inbox_new();
        all.notes[i] = (struct note){.post.run = take_down, .number = i, .log = &log};
    }
    struct thread *poster = thread_start("poster", post_one_each, &all);
    for (int i = 0; i < SHORT_LIVED; i++) {
        while (log.count == i)
            (void)inbox_wait(all.inboxes[i], -1);
        inbox_free(all.inboxes[i]); // the poster may not have written the eventfd yet
    }
    thread_join(poster);

    EXPECT(log.ordered);
}
