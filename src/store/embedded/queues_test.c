// Queues over restarts, and when more waits than fits in memory.
#include "core/scope.h"
#include "store/change.h"
#include "store/embedded/embedded.h"
#include "store/queue.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

static const struct queue_def jobs = {.name = "jobs", .receives_max = 3, .lease_s = 30};
static const struct store_schema schema = {
    (const struct table_def *const[]){NULL},
    (const struct queue_def *const[]){&jobs, NULL},
    (const struct bucket_def *const[]){NULL},
};

struct shop {
    struct world *world;
    struct store *store;
};

static void ignore_fatal(void *context, struct str why)
{
    (void)context;
    (void)why;
}

static void open_shop(struct scope *s, struct shop *shop)
{
    struct embedded_options options = {.directory = str("data"),
                                       .schema = &schema,
                                       .record_cache_bytes = 1 << 20,
                                       .on_fatal = ignore_fatal};

    if (!shop->world)
        shop->world = sim_new(1);
    EXPECT_OK(embedded_open(s, shop->world, &options, &shop->store));
}

static void close_shop(struct shop *shop)
{
    store_close(shop->store);
    sim_free(shop->world);
}

// The process is killed: nothing can be written down any more.
static void kill_and_reopen(struct scope *s, struct shop *shop)
{
    sim_kill(shop->world);
    store_close(shop->store);
    sim_mend(shop->world);
    open_shop(s, shop);
}

static void send(struct scope *s, struct shop *shop, struct str body, int64_t delay_s)
{
    struct change *c = change_new(s);

    change_send(c, &jobs, body, delay_s);
    EXPECT_OK(store_commit(s, shop->store, c));
}

static bool take(struct scope *s, struct shop *shop, struct message *out)
{
    size_t count = 0;

    EXPECT_OK(queue_take(s, shop->store, &jobs, 1, 0, 0, out, &count));
    return count == 1;
}

static enum status settle(struct scope *s, struct shop *shop, const struct message *m)
{
    struct change *c = change_new(s);

    change_settle(c, m);
    return store_commit(s, shop->store, c);
}

static enum status give_back(struct scope *s, struct shop *shop, const struct message *m,
                             int64_t delay_s)
{
    struct change *c = change_new(s);

    change_give_back(c, m, delay_s, str("not now"));
    return store_commit(s, shop->store, c);
}

static struct queue_stats stats_of(struct shop *shop)
{
    struct queue_stats stats;

    queue_stats(shop->store, &jobs, &stats);
    return stats;
}

TEST(a_message_that_keeps_killing_the_process_is_set_aside)
{
    struct shop shop = {0};
    struct message m;
    open_shop(s, &shop);
    send(s, &shop, str("poison"), 0);
    send(s, &shop, str("behind it"), 0);

    unsigned lives = 0;
    while (lives < 10 && take(s, &shop, &m) && str_is(m.body, "poison")) {
        EXPECT_EQUAL(m.receives, ++lives);
        kill_and_reopen(s, &shop);
    }

    EXPECT_EQUAL(lives, jobs.receives_max);
    EXPECT(stats_of(&shop).dead >= 1);
    close_shop(&shop);
}

TEST(after_a_clean_stop_nothing_is_taken_for_received)
{
    struct shop shop = {0};
    struct message m;
    open_shop(s, &shop);
    send(s, &shop, str("never taken"), 0);

    for (unsigned i = 0; i < 5; i++) {
        store_close(shop.store);
        open_shop(s, &shop);
    }

    REQUIRE(take(s, &shop, &m));
    EXPECT_EQUAL(m.receives, 1);
    store_close(shop.store); // while it is taken
    open_shop(s, &shop);
    REQUIRE(take(s, &shop, &m));
    EXPECT_EQUAL(m.receives, 2);
    EXPECT_OK(settle(s, &shop, &m));
    close_shop(&shop);
}

TEST(delays_errors_and_counts_outlive_a_restart)
{
    struct shop shop = {0};
    struct message m;
    open_shop(s, &shop);
    send(s, &shop, str("delayed"), 100);
    send(s, &shop, str("failed"), 0);
    REQUIRE(take(s, &shop, &m));
    EXPECT_OK(give_back(s, &shop, &m, 200));
    struct str id = m.id;

    store_close(shop.store);
    open_shop(s, &shop);

    EXPECT(!take(s, &shop, &m));
    sim_advance_us(shop.world, 100000000);
    REQUIRE(take(s, &shop, &m));
    EXPECT_STR(m.body, "delayed");
    EXPECT_OK(settle(s, &shop, &m));
    EXPECT(!take(s, &shop, &m));
    sim_advance_us(shop.world, 100000000);
    REQUIRE(take(s, &shop, &m));
    EXPECT_STR(m.body, "failed");
    EXPECT_STR(m.error, "not now");
    EXPECT_EQUAL(m.receives, 2);
    EXPECT(str_equal(m.id, id));
    close_shop(&shop);
}

TEST(a_message_ends_with_its_life_and_is_not_lost)
{
    struct shop shop = {0};
    struct message m;
    open_shop(s, &shop);
    send(s, &shop, str("old"), 0);
    sim_advance_us(shop.world, (int64_t)MESSAGE_LIFE_S_MAX * 1000000 + 1);
    send(s, &shop, str("new"), 0);

    REQUIRE(take(s, &shop, &m));

    EXPECT_STR(m.body, "new");
    EXPECT(!take(s, &shop, &m)); // waits until the other was set aside
    EXPECT_EQUAL(stats_of(&shop).dead, 1);
    close_shop(&shop);
}

enum { MANY = 12000, EACH = 100 };

static void send_many(struct scope *s, struct shop *shop, size_t from, size_t count,
                      int64_t delay_s)
{
    for (size_t i = from; i < from + count; i += EACH) {
        struct change *c = change_new(s);
        for (size_t j = 0; j < EACH; j++)
            change_send(c, &jobs, str_format(s, "%zu", i + j),
                        delay_s ? 1 + (int64_t)((i + j) * 7919 % (size_t)delay_s) : 0);
        EXPECT_OK(store_commit(s, shop->store, c));
    }
}

// Takes and settles until nothing comes; notes which came.
static size_t drain(struct scope *s, struct shop *shop, bool *seen, size_t count_max)
{
    struct message *messages = scope_array(s, EACH, sizeof *messages);
    size_t count = EACH;
    size_t sum = 0;

    while (count > 0 && sum < count_max) {
        struct scope *brief = scope_open(1 << 22);
        struct change *c = change_new(brief);
        EXPECT_OK(queue_take(brief, shop->store, &jobs, EACH, 0, 0, messages, &count));
        for (size_t i = 0; i < count; i++) {
            uint64_t number = 0;
            EXPECT(str_to_u64(messages[i].body, 2 * MANY, &number) && !seen[number]);
            seen[number] = true;
            change_settle(c, &messages[i]);
        }
        EXPECT_OK(store_commit(brief, shop->store, c));
        sum += count;
        scope_close(brief);
    }
    return sum;
}

TEST(more_messages_than_fit_in_memory_come_all_and_once)
{
    struct shop shop = {0};
    bool *seen = scope_array(s, 2 * MANY, sizeof *seen);
    open_shop(s, &shop);
    send_many(s, &shop, 0, MANY, 0);
    EXPECT_EQUAL(stats_of(&shop).ready, MANY);

    size_t taken = drain(s, &shop, seen, 9000);
    send_many(s, &shop, MANY, 1000, 0); // while some are only on the disk
    store_close(shop.store);
    open_shop(s, &shop);
    EXPECT_EQUAL(stats_of(&shop).ready, MANY + 1000 - taken);
    taken += drain(s, &shop, seen, 2 * (size_t)MANY);

    EXPECT_EQUAL(taken, MANY + 1000);
    EXPECT_EQUAL(stats_of(&shop).ready, 0);
    close_shop(&shop);
}

TEST(more_delayed_messages_than_fit_in_memory_come_all_once_and_in_time)
{
    struct shop shop = {0};
    bool *seen = scope_array(s, 2 * MANY, sizeof *seen);
    size_t taken = 0;
    open_shop(s, &shop);
    send_many(s, &shop, 0, MANY, 900);
    EXPECT_EQUAL(stats_of(&shop).delayed, MANY);
    EXPECT_EQUAL(drain(s, &shop, seen, MANY), 0);

    for (int i = 0; i < 9; i++) {
        sim_advance_us(shop.world, 100 * (int64_t)1000000);
        taken += drain(s, &shop, seen, MANY);
        EXPECT(taken > (size_t)i * MANY / 10 && taken <= (size_t)(i + 1) * MANY / 9 + EACH);
        if (i == 4) {
            store_close(shop.store);
            open_shop(s, &shop);
        }
    }

    EXPECT_EQUAL(taken, MANY);
    EXPECT_EQUAL(stats_of(&shop).delayed, 0);
    close_shop(&shop);
}
