// That the adversary is one: each adversity is met within some seeds when it is on, and never when
// it is off. That its semantics hold all the same, test/contract/ shows.
#include "store/memory/memory.h"

#include "store/change.h"
#include "store/queue.h"
#include "sys/inbox.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { SEEDS = 100 };

static const struct table_def things = {
    .name = "things",
    .indexes = {{.name = "by_state", .partition_attribute = "state"}},
    .feed = true,
};
static const struct queue_def work = {.name = "work", .receives_max = 3, .lease_s = 30};
static const struct store_schema schema = {
    .tables = (const struct table_def *const[]){&things, NULL},
    .queues = (const struct queue_def *const[]){&work, NULL},
};

struct seeded {
    struct scope *scope;
    struct world *world;
    struct store *store;
};

// Whether the adversity was met with this seed.
typedef bool probe(struct seeded *t);

static unsigned count_met(probe *met, unsigned adversity)
{
    unsigned count = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct seeded t = {scope_open(1 << 24), sim_new(seed), NULL};
        t.store = memory_open(t.world, &schema, seed, adversity);
        count += met(&t);
        scope_close(t.scope);
        store_close(t.store);
        sim_free(t.world);
    }
    return count;
}

static void expect_met_only_if_on(probe *met, unsigned adversity)
{
    EXPECT(count_met(met, adversity) > 0);
    EXPECT(count_met(met, adversity) < SEEDS); // it is chance
    EXPECT_EQUAL(count_met(met, MEMORY_WORST & ~adversity & ~(unsigned)MEMORY_FAILS), 0);
    EXPECT_EQUAL(count_met(met, MEMORY_KIND), 0);
}

static void send(struct seeded *t, const char *body)
{
    struct change *c = change_new(t->scope);

    change_send(c, &work, str(body), 0);
    (void)store_commit(t->scope, t->store, c);
}

static size_t take(struct seeded *t, size_t count_max, struct message *out)
{
    size_t count = 0;

    (void)queue_take(t->scope, t->store, &work, count_max, 0, 0, out, &count);
    return count;
}

static enum status put(struct seeded *t, const char *partition, int64_t expires_at_s)
{
    struct attribute state = {str("state"), str("NEW")};
    struct record r = {
        .partition = str(partition),
        .expires_at_s = expires_at_s,
        .attributes = &state,
        .attribute_count = 1,
    };
    struct change *c = change_new(t->scope);

    change_put(c, &things, &r, if_any());
    return store_commit(t->scope, t->store, c);
}

static bool comes_while_leased(struct seeded *t)
{
    struct message first;
    struct message second;
    size_t count = 0;

    send(t, "a");
    for (int i = 0; i < 9 && count == 0; i++)
        count = take(t, 1, &first);
    for (int i = 0; i < 9; i++)
        if (take(t, 1, &second))
            return str_equal(first.id, second.id) && first.lease != second.lease;
    return false;
}

TEST(a_leased_message_may_come_again)
{
    expect_met_only_if_on(comes_while_leased, MEMORY_DUPLICATES);
}

static bool comes_out_of_order(struct seeded *t)
{
    struct message m[3] = {0};

    send(t, "a");
    send(t, "b");
    send(t, "c");
    size_t count = take(t, 3, m);
    for (size_t i = 1; i < count; i++)
        if (str_compare(m[i - 1].body, m[i].body) > 0)
            return true;
    return false;
}

TEST(messages_may_come_out_of_order)
{
    expect_met_only_if_on(comes_out_of_order, MEMORY_DISORDER);
}

static bool comes_late(struct seeded *t)
{
    struct message m;

    send(t, "a");
    return take(t, 1, &m) == 0;
}

TEST(a_message_may_come_late)
{
    expect_met_only_if_on(comes_late, MEMORY_LATE);
}

static bool page_is_short(struct seeded *t)
{
    struct query q = {.table = &things, .partition = str("p"), .limit = 10};
    struct page page;

    (void)put(t, "p", 0);
    return record_query(t->scope, t->store, &q, &page) == OK && page.count == 0 &&
           page.cursor.bytes > 0;
}

TEST(a_page_may_be_empty_and_have_a_cursor)
{
    expect_met_only_if_on(page_is_short, MEMORY_SHORT_PAGES);
}

static bool index_lags(struct seeded *t)
{
    struct query q = {.table = &things, .index = "by_state", .partition = str("NEW"), .limit = 10};
    struct page page;

    (void)put(t, "p", 0);
    return record_query(t->scope, t->store, &q, &page) == OK && page.count == 0 &&
           page.cursor.bytes == 0;
}

TEST(an_index_may_lag)
{
    expect_met_only_if_on(index_lags, MEMORY_LAGS);
}

static bool keeps_expired(struct seeded *t)
{
    struct record r;

    (void)put(t, "p", world_now_us(t->world) / 1000000);
    (void)store_tend(t->scope, t->store);
    return record_get(t->scope, t->store, &things, str("p"), str(""), &r) == OK;
}

TEST(an_expired_record_may_stay)
{
    expect_met_only_if_on(keeps_expired, MEMORY_KEEPS);
}

static bool forgets(struct seeded *t)
{
    struct queue_stats stats;

    send(t, "a");
    sim_advance_us(t->world, (int64_t)(MESSAGE_LIFE_S_MAX + 1) * 1000000);
    (void)store_tend(t->scope, t->store);
    queue_stats(t->store, &work, &stats);
    return stats.ready == 0;
}

TEST(a_message_ends_with_its_longest_life)
{
    EXPECT_EQUAL(count_met(forgets, MEMORY_FORGETS), SEEDS);
    EXPECT_EQUAL(count_met(forgets, MEMORY_KIND), 0);
}

static bool fails(struct seeded *t)
{
    struct record r;

    return put(t, "p", 0) == TEMPORARY &&
           record_get(t->scope, t->store, &things, str("p"), str(""), &r) == NOT_FOUND;
}

TEST(a_change_may_fail_and_then_writes_nothing)
{
    expect_met_only_if_on(fails, MEMORY_FAILS);
}

static void note(struct change *c, void *context)
{
    struct change ***last = context;

    *(*last)++ = c;
}

static bool answers_late(struct seeded *t)
{
    struct inbox *inbox = inbox_new();
    struct change *answers[3] = {0};
    struct change **last = answers;
    struct change *first = NULL;

    for (int i = 0; i < 3; i++) {
        struct change *c = change_new(t->scope);
        change_send(c, &work, str(""), 0);
        first = first ? first : c;
        store_submit(t->store, c, inbox, note, (void *)&last);
    }
    (void)inbox_run(inbox);
    bool late = answers[0] != first || !answers[2];
    struct change *end = change_new(t->scope); // a commit presses all answers out
    change_send(end, &work, str(""), 0);
    (void)store_commit(t->scope, t->store, end);
    (void)inbox_run(inbox);
    EXPECT_EQUAL(last - answers, 3);
    inbox_free(inbox);
    return late;
}

TEST(answers_may_come_late_and_out_of_order_but_come)
{
    expect_met_only_if_on(answers_late, MEMORY_LATE_ANSWERS);
}

static bool comes_after_its_end(struct seeded *t)
{
    struct message m;
    struct change *c = change_new(t->scope);
    size_t count = 0;

    send(t, "a");
    for (int i = 0; i < 99 && count == 0; i++)
        count = take(t, 1, &m);
    change_settle(c, &m);
    bool settled = store_commit(t->scope, t->store, c) == OK;
    for (int i = 0; i < 9; i++)
        if (take(t, 1, &m))
            return settled;
    return false;
}

TEST(a_settled_message_may_come_once_more)
{
    expect_met_only_if_on(comes_after_its_end, MEMORY_DUPLICATES);
}

TEST(a_seed_gives_the_same_every_time)
{
    EXPECT_EQUAL(count_met(comes_late, MEMORY_ADVERSE), count_met(comes_late, MEMORY_ADVERSE));
}
