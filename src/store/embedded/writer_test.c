// The writer when a batch fails: whatever was submitted is answered, what it was poked for is done
// later, and it counts what it committed.
#include "store/embedded/writer.h"

#include "core/scope.h"
#include "store/change.h"
#include "store/embedded/embedded_impl.h"
#include "store/embedded/runs_impl.h"
#include "sys/inbox.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

#include <sqlite3.h>
#include <stdatomic.h>

enum { RUN_ROWS = 20, OPERATIONS_TRIED = 24, PATIENCE_US = 10000000, OBSTACLES = 500 };

static const struct table_def plain = {.name = "plain"};
static const struct table_def papers = {
    .name = "papers",
    .indexes = {{.name = "by_client", .partition_attribute = "client", .steady = true}},
    .arrival = true,
};
static const struct store_schema schema = {
    (const struct table_def *const[]){&plain, &papers, NULL},
    (const struct queue_def *const[]){NULL},
    (const struct bucket_def *const[]){NULL},
};

struct trial {
    struct world *world;
    struct store *store;
    struct str directory;
    _Atomic bool dead;
};

static void note_fatal(void *context, struct str why)
{
    (void)why;
    atomic_store(&((struct trial *)context)->dead, true);
}

static void open_trial(struct scope *s, struct trial *t)
{
    struct embedded_options options = {.directory = t->directory,
                                       .schema = &schema,
                                       .run_rows = RUN_ROWS,
                                       .on_fatal = note_fatal,
                                       .on_fatal_context = t};

    EXPECT_OK(embedded_open(s, t->world, &options, &t->store));
}

static enum status put(struct scope *s, struct trial *t, const char *partition, struct str content,
                       struct record_condition condition)
{
    struct record r = {.partition = str(partition), .content = content};
    struct change *c = change_new(s);

    change_put(c, &plain, &r, condition);
    return store_commit(s, t->store, c);
}

static enum status put_paper(struct scope *s, struct trial *t)
{
    struct attribute client = {str("client"), str("acme")};
    struct record r = {
        .partition = world_uuid(t->world, s), .attributes = &client, .attribute_count = 1};
    struct change *c = change_new(s);

    change_put(c, &papers, &r, if_absent());
    return store_commit(s, t->store, c);
}

// Whether a run waits to be sorted or written.
static bool is_run_waiting(struct trial *t)
{
    struct runs *runs = embedded_table(embedded_of(t->store), &papers)->indexes[0].runs;

    mutex_lock(&runs->lock);
    bool waits = runs->frozen != NULL;
    mutex_unlock(&runs->lock);
    return waits;
}

// Lets the store work, on small changes of another table, until the run is written.
static bool run_gets_written(struct trial *t)
{
    int64_t until_us = world_monotonic_us(world_real()) + PATIENCE_US;

    while (is_run_waiting(t) && !atomic_load(&t->dead) &&
           world_monotonic_us(world_real()) < until_us) {
        struct scope *s = scope_open(1 << 16);
        (void)put(s, t, "p", str("content"), if_any());
        scope_close(s);
    }
    return !is_run_waiting(t) || atomic_load(&t->dead);
}

// The n-th operation on the disk, from when the run is full, fails.
static void fail_while_run_is_written(unsigned nth)
{
    struct scope *s = scope_open(1 << 26);
    struct trial t = {.world = sim_new(nth), .directory = str("data")};

    open_trial(s, &t);
    for (int i = 0; i < RUN_ROWS - 1; i++)
        EXPECT_OK(put_paper(s, &t));
    sim_fail_nth(t.world, nth);
    (void)put_paper(s, &t);
    EXPECT(run_gets_written(&t));
    (void)sim_mend(t.world);
    store_close(t.store);
    sim_free(t.world);
    scope_close(s);
}

TEST(a_run_is_written_although_a_batch_with_it_was_undone)
{
    for (unsigned nth = 1; nth <= OPERATIONS_TRIED && !test_failed(); nth++)
        fail_while_run_is_written(nth);
}

static void begin_open(struct scope *s, struct trial *t)
{
    *t = (struct trial){.world = world_real(),
                        .directory = str_concat(s, 2, test_directory(s), str("/data"))};
    open_trial(s, t);
}

// Another connection keeps the store from beginning any batch.
static sqlite3 *block_writer(struct scope *s, struct trial *t)
{
    sqlite3 *db = NULL;

    EXPECT(sqlite3_open(str_z(s, str_concat(s, 2, t->directory, str("/sheaf.db"))), &db) ==
           SQLITE_OK);
    EXPECT(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
    return db;
}

TEST(a_batch_that_cannot_begin_is_answered)
{
    struct trial t;
    begin_open(s, &t);
    EXPECT_OK(put(s, &t, "p", str("first"), if_absent()));
    sqlite3 *blocker = block_writer(s, &t);

    EXPECT_EQUAL(put(s, &t, "p", str("second"), if_any()), TEMPORARY);
    writer_poke(embedded_of(t.store)->writer); // for what it then cannot do either
    EXPECT_EQUAL(put(s, &t, "p", str("third"), if_any()), TEMPORARY);
    EXPECT_EQUAL(put(s, &t, "p", str("fourth"), if_any()), TEMPORARY);

    (void)sqlite3_close(blocker);
    EXPECT_OK(put(s, &t, "p", str("fifth"), if_version(1)));
    store_close(t.store);
}

TEST(changes_are_counted_that_were_committed)
{
    struct store_stats stats;
    struct trial t;
    begin_open(s, &t);
    EXPECT_OK(put(s, &t, "p", str("first"), if_absent()));
    EXPECT_OK(put(s, &t, "p", str("second"), if_present()));
    EXPECT_EQUAL(put(s, &t, "p", str("third"), if_absent()), CONFLICT);
    sqlite3 *blocker = block_writer(s, &t);
    EXPECT_EQUAL(put(s, &t, "p", str("fourth"), if_any()), TEMPORARY);
    (void)sqlite3_close(blocker);

    store_stats(t.store, &stats);
    EXPECT_EQUAL(stats.changes, 2);
    EXPECT_EQUAL(stats.conflicts, 1);
    EXPECT_EQUAL(stats.waiting, 0);
    store_close(t.store);
}

static struct str noise(struct scope *s, size_t bytes)
{
    char *text = scope_bytes(s, bytes);

    world_random(world_real(), text, bytes);
    return str_of(text, bytes);
}

static void count_conflict(struct change *c, void *context)
{
    EXPECT_EQUAL(change_status(c), CONFLICT);
    EXPECT(!change_obstacle(c));
    ++*(int *)context;
}

TEST(large_records_in_the_way_of_a_whole_batch_are_not_kept)
{
    struct inbox *inbox = inbox_new();
    struct scope *scopes[OBSTACLES];
    struct record r = {.partition = str("large")};
    int answered = 0;
    struct trial t;
    begin_open(s, &t);
    EXPECT_OK(put(s, &t, "large", noise(s, RECORD_BYTES_MAX - 100), if_absent()));

    for (int i = 0; i < OBSTACLES; i++) {
        scopes[i] = scope_open(1 << 16); // as for a small change
        struct change *c = change_new(scopes[i]);
        change_put(c, &plain, &r, if_absent());
        store_submit(t.store, c, inbox, count_conflict, &answered);
    }
    while (answered < OBSTACLES)
        (void)inbox_wait(inbox, 100);

    for (int i = 0; i < OBSTACLES; i++)
        scope_close(scopes[i]);
    store_close(t.store);
    inbox_free(inbox);
}
