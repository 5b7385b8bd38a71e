// Contract of queue.h and of what change.h does to messages.
#include "test/contract/contract.h"

#include "sys/thread.h"

CLAUSE(a_message_comes_as_it_was_sent_and_is_gone_when_settled)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "body", 0));

    REQUIRE(end_one(s, f, &work, settle, &m));

    EXPECT_STR(m.body, "body");
    EXPECT(m.id.bytes > 0);
    EXPECT_EQUAL(m.receives, 1);
    EXPECT_STR(m.error, "");
    EXPECT_EQUAL(m.sent_at_us, world_now_us(f->world));
    EXPECT(is_drained(s, f, &work));
}

CLAUSE(a_message_may_be_empty_or_as_long_as_the_limit)
{
    char *noise = scope_bytes(s, MESSAGE_BYTES_MAX);
    world_random(f->world, noise, MESSAGE_BYTES_MAX);
    struct change *c = change_new(s);
    change_send(c, &work, str_of(noise, MESSAGE_BYTES_MAX), 0);
    change_send(c, &other, str(""), 0);
    REQUIRE_OK(store_commit(s, f->store, c));

    struct message m;
    REQUIRE(end_one(s, f, &work, settle, &m));
    EXPECT(str_equal(m.body, str_of(noise, MESSAGE_BYTES_MAX)));
    REQUIRE(end_one(s, f, &other, settle, &m));
    EXPECT_EQUAL(m.body.bytes, 0);
}

CLAUSE(a_delayed_message_waits_for_its_time)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "later", 60));
    EXPECT(!take_one(s, f, &work, &m));
    pass_s(f, 59);
    EXPECT(!take_one(s, f, &work, &m));

    pass_s(f, 1);

    REQUIRE(end_one(s, f, &work, settle, &m));
    EXPECT_STR(m.body, "later");
}

CLAUSE(the_result_and_the_settlement_are_one)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    EXPECT_OK(put_thing(s, f, str("there"), str(""), NULL, NULL));
    REQUIRE(take_one(s, f, &work, &m));
    struct change *refused = change_new(s);
    change_settle(refused, &m);
    change_require(refused, &things, str("there"), str(""), if_absent());
    EXPECT_EQUAL(store_commit(s, f->store, refused), CONFLICT);

    // Still held: the same receive may try again.
    struct record result = {.partition = str("result")};
    struct change *c = change_new(s);
    change_put(c, &things, &result, if_absent());
    change_send(c, &other, str("next"), 0);
    change_settle(c, &m);
    EXPECT_OK(store_commit(s, f->store, c));

    EXPECT(is_drained(s, f, &work));
    EXPECT(end_one(s, f, &other, settle, &m));
}

CLAUSE(a_settled_message_cannot_be_settled_again)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    REQUIRE(end_one(s, f, &work, settle, &m));
    struct record result = {.partition = str("twice")};
    struct change *c = change_new(s);
    change_put(c, &things, &result, if_any());
    change_settle(c, &m);

    EXPECT_EQUAL(store_commit(s, f->store, c), CONFLICT);

    EXPECT(change_lost_lease(c));
    EXPECT_EQUAL(change_failed_item(c), 1);
    EXPECT_EQUAL(version_of(s, f, &things, str("twice"), str("")), 0);
}

CLAUSE(a_message_comes_again_when_its_lease_ends_and_only_the_new_receive_counts)
{
    struct message first;
    struct message second;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    REQUIRE(take_one(s, f, &work, &first));
    pass_s(f, WORK_LEASE_S + 1);

    REQUIRE(take_one(s, f, &work, &second));

    EXPECT(str_equal(first.id, second.id));
    EXPECT_EQUAL(second.receives, 2);
    EXPECT_EQUAL(settle(s, f, &first), CONFLICT);
    EXPECT_OK(settle(s, f, &second));
}

CLAUSE(an_extended_lease_lasts_from_now)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    REQUIRE(take_one(s, f, &work, &m));
    pass_s(f, WORK_LEASE_S - 1);
    EXPECT_OK(queue_extend(s, f->store, &m, 100));
    pass_s(f, 90);

    EXPECT_OK(settle(s, f, &m));
    EXPECT_EQUAL(queue_extend(s, f->store, &m, 100), CONFLICT);
}

CLAUSE(a_lease_that_was_lost_is_not_extended)
{
    struct message first;
    struct message second;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    REQUIRE(take_one(s, f, &work, &first));
    pass_s(f, WORK_LEASE_S + 1);
    REQUIRE(take_one(s, f, &work, &second));

    EXPECT_EQUAL(queue_extend(s, f->store, &first, 0), CONFLICT);
    EXPECT_OK(queue_extend(s, f->store, &second, 0));
}

static enum status fail_work(struct scope *s, struct fixture *f, const struct message *m)
{
    return give_back(s, f, m, 10, "the partner is down");
}

CLAUSE(a_message_given_back_comes_after_its_delay_with_what_went_wrong)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    REQUIRE(end_one(s, f, &work, fail_work, &m));
    EXPECT_EQUAL(settle(s, f, &m), CONFLICT);
    pass_s(f, 9);
    EXPECT(!take_one(s, f, &work, &m));
    pass_s(f, 1);

    REQUIRE(take_one(s, f, &work, &m));

    EXPECT_EQUAL(m.receives, 2);
    EXPECT_STR(m.error, "the partner is down");
}

// Looks at a part of a queue, all pages.
static struct message_page browse(struct scope *s, struct fixture *f, const struct queue_def *queue,
                                  enum queue_part part)
{
    enum { ROOM = 100 };
    struct message_page all = {.messages = scope_array(s, ROOM, sizeof *all.messages)};
    struct message_page page = {0};

    do {
        EXPECT_OK(queue_browse(s, f->store, queue, part, 3, page.cursor, &page));
        for (size_t i = 0; i < page.count && all.count < ROOM; i++)
            all.messages[all.count++] = page.messages[i];
    } while (page.cursor.bytes);
    return all;
}

static void fail_until_dead(struct scope *s, struct fixture *f)
{
    struct message m;

    for (unsigned i = 1; i <= WORK_RECEIVES_MAX; i++) {
        EXPECT(end_one(s, f, &work, fail_work, &m));
        EXPECT_EQUAL(m.receives, i);
        pass_s(f, 10);
    }
}

CLAUSE(a_message_that_failed_too_often_is_set_aside_with_its_error)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    fail_until_dead(s, f);

    EXPECT(!take_one(s, f, &work, &m));
    EXPECT_EQUAL(browse(s, f, &work, QUEUE_WAITING).count, 0);
    struct message_page dead = browse(s, f, &work, QUEUE_DEAD);
    REQUIRE(dead.count == 1);
    EXPECT_STR(dead.messages[0].body, "job");
    EXPECT_STR(dead.messages[0].error, "the partner is down");
    EXPECT_EQUAL(dead.messages[0].receives, WORK_RECEIVES_MAX);
    struct queue_stats stats;
    queue_stats(f->store, &work, &stats);
    EXPECT_EQUAL(stats.dead, 1);
    EXPECT_EQUAL(stats.ready + stats.delayed + stats.leased, 0);
}

CLAUSE(a_message_whose_receivers_vanish_is_set_aside_too)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "poison", 0));
    for (unsigned i = 0; i < WORK_RECEIVES_MAX; i++) {
        EXPECT(take_one(s, f, &work, &m));
        pass_s(f, WORK_LEASE_S + 1);
    }

    EXPECT(!take_one(s, f, &work, &m));
    struct message_page dead = browse(s, f, &work, QUEUE_DEAD);
    REQUIRE(dead.count == 1);
    EXPECT(dead.messages[0].error.bytes > 0);
}

static enum status refuse_work(struct scope *s, struct fixture *f, const struct message *m)
{
    struct change *c = change_new(s);

    change_set_aside(c, m, str("no such receipt type"));
    enum status e = store_commit(s, f->store, c);
    EXPECT(e == OK || change_lost_lease(c));
    return e;
}

CLAUSE(a_message_that_cannot_succeed_is_set_aside_at_once)
{
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    REQUIRE(end_one(s, f, &work, refuse_work, &m));

    struct message_page dead = browse(s, f, &work, QUEUE_DEAD);
    REQUIRE(dead.count == 1);
    EXPECT(str_equal(dead.messages[0].id, m.id));
    EXPECT_STR(dead.messages[0].error, "no such receipt type");
}

CLAUSE(a_redriven_message_starts_anew)
{
    struct message m;
    size_t moved = 0;
    EXPECT_OK(enqueue(s, f, &work, "job", 0));
    fail_until_dead(s, f);

    EXPECT_OK(queue_redrive(s, f->store, &work, str(""), 10, &moved));

    EXPECT_EQUAL(moved, 1);
    EXPECT_EQUAL(browse(s, f, &work, QUEUE_DEAD).count, 0);
    REQUIRE(end_one(s, f, &work, settle, &m));
    EXPECT_STR(m.body, "job");
    EXPECT_EQUAL(m.receives, 1);
}

CLAUSE(one_dead_message_is_redriven_or_discarded_by_its_id)
{
    static const char *const bodies[] = {"a", "b", "c"};
    struct message m;
    struct message dead[3];
    size_t moved = 0;
    for (size_t i = 0; i < 3; i++) {
        EXPECT_OK(enqueue(s, f, &work, bodies[i], 0));
        REQUIRE(end_one(s, f, &work, refuse_work, &dead[i]));
    }

    EXPECT_OK(queue_redrive(s, f->store, &work, dead[1].id, 10, &moved));
    EXPECT_EQUAL(moved, 1);
    REQUIRE(end_one(s, f, &work, settle, &m));
    EXPECT_STR(m.body, "b");
    EXPECT_OK(queue_discard(s, f->store, &work, dead[0].id));
    EXPECT_EQUAL(queue_discard(s, f->store, &work, dead[0].id), NOT_FOUND);
    struct message_page left = browse(s, f, &work, QUEUE_DEAD);
    REQUIRE(left.count == 1);
    EXPECT_STR(left.messages[0].body, "c");
    EXPECT_OK(queue_redrive(s, f->store, &work, str("no-such-id"), 10, &moved));
    EXPECT_EQUAL(moved, 0);
}

CLAUSE(browsing_shows_oldest_first_and_takes_nothing)
{
    enum { COUNT = 10 };
    struct message m;
    for (size_t i = 0; i < COUNT; i++)
        EXPECT_OK(enqueue(s, f, &work, str_z(s, str_format(s, "%zu", i)), 0));

    for (int round = 0; round < 2; round++) {
        struct message_page waiting = browse(s, f, &work, QUEUE_WAITING);
        EXPECT_EQUAL(waiting.count, COUNT);
        for (size_t i = 0; i < waiting.count; i++)
            EXPECT(str_equal(waiting.messages[i].body, str_format(s, "%zu", i)));
    }
    REQUIRE(take_one(s, f, &work, &m));
    EXPECT_EQUAL(m.receives, 1);
    struct message_page page;
    EXPECT_EQUAL(queue_browse(s, f->store, &work, QUEUE_DEAD, 9, str("?"), &page), INVALID);
}

// Takes in batches and records each message if nobody did; returns how many changes were committed.
static unsigned work_through(struct scope *s, struct fixture *f)
{
    unsigned committed = 0;

    for (int idle = 0; idle < 20;) {
        struct message batch[7];
        size_t count = 0;
        EXPECT_OK(queue_take(s, f->store, &work, 7, 0, 0, batch, &count));
        idle = count ? 0 : idle + 1;
        for (size_t i = 0; i < count; i++) {
            struct record done = {.partition = batch[i].body, .content = batch[i].id};
            struct change *c = change_new(s);
            change_put(c, &things, &done, if_any());
            change_settle(c, &batch[i]);
            enum status e = store_commit(s, f->store, c);
            EXPECT(e == OK || change_lost_lease(c));
            committed += e == OK;
        }
    }
    return committed;
}

CLAUSE(every_message_is_worked_on_and_none_twice)
{
    enum { MESSAGES = 200, BATCH = 20 };
    for (size_t i = 0; i < MESSAGES; i += BATCH) {
        struct change *c = change_new(s);
        for (size_t j = i; j < i + BATCH; j++)
            change_send(c, &work, str_format(s, "job %03zu", j), 0);
        REQUIRE_OK(store_commit(s, f->store, c));
    }

    EXPECT_EQUAL(work_through(s, f), MESSAGES);

    for (size_t i = 0; i < MESSAGES; i++) // a version 2 would be a second effect
        EXPECT_EQUAL(version_of(s, f, &things, str_format(s, "job %03zu", i), str("")), 1);
    struct queue_stats stats;
    queue_stats(f->store, &work, &stats);
    EXPECT_EQUAL(stats.ready + stats.delayed + stats.leased + stats.dead, 0);
}

CLAUSE(a_queue_counts_what_it_holds)
{
    struct queue_stats stats;
    struct message m;
    EXPECT_OK(enqueue(s, f, &work, "later", 600));
    EXPECT_OK(enqueue(s, f, &work, "a", 0));
    EXPECT_OK(enqueue(s, f, &work, "b", 0));
    EXPECT_OK(enqueue(s, f, &other, "elsewhere", 0));
    pass_s(f, 5);
    REQUIRE(take_one(s, f, &work, &m));

    queue_stats(f->store, &work, &stats);

    EXPECT_EQUAL(stats.ready, 1);
    EXPECT_EQUAL(stats.delayed, 1);
    EXPECT_EQUAL(stats.leased, 1);
    EXPECT_EQUAL(stats.dead, 0);
    EXPECT_EQUAL(stats.oldest_waiting_us, 5000000);
}

static void send_one(void *opaque)
{
    struct fixture *f = opaque;
    struct scope *s = scope_open(1 << 16);

    EXPECT_OK(enqueue(s, f, &work, "wake up", 0));
    scope_close(s);
}

CLAUSE(a_taker_that_waits_gets_what_another_thread_sends)
{
    struct message m;
    size_t count = 0;
    struct thread *sender = thread_start("sender", send_one, f);

    for (int i = 0; i < 100 && count == 0; i++)
        EXPECT_OK(queue_take(s, f->store, &work, 1, 0, 1000, &m, &count));

    thread_join(sender);
    EXPECT_EQUAL(count, 1);
}
