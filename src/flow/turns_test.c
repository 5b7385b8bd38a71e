#include "flow/turns.h"

#include "core/scope.h"
#include "store/change.h"
#include "store/memory/memory.h"
#include "sys/inbox.h"
#include "sys/sim.h"
#include "test/harness.h"

static const struct table_def things = {.name = "things"};
static const struct store_schema schema = {
    (const struct table_def *const[]){&things, NULL},
    (const struct queue_def *const[]){NULL},
    (const struct bucket_def *const[]){NULL},
};
static const struct str id = STR_INIT("019b77a1-0000-7000-8000-000000000001");

struct fixture {
    struct world *world;
    struct store *store;
    struct turns *turns;
    struct inbox *inbox;
};

static void open_fixture(struct fixture *f)
{
    f->world = sim_new(1);
    f->store = memory_open(f->world, &schema, 1, MEMORY_KIND);
    f->turns = turns_new();
    f->inbox = inbox_new();
}

static void close_fixture(struct fixture *f)
{
    turns_free(f->turns); // asserts that nothing is left in it
    inbox_free(f->inbox);
    store_close(f->store);
    sim_free(f->world);
}

static void done(struct change *c, void *context)
{
    (void)c;
    (void)context;
}

// Takes a turn, writes the next version of the record, and submits it.
static void write_next(struct scope *s, struct fixture *f, const char *content, uint64_t expected)
{
    struct change *c = change_new(s);
    struct turn *turn = NULL;
    struct str before = {0};
    uint64_t version = 0;
    struct record r = {.partition = id, .content = str(content)};

    EXPECT_OK(turn_take(s, f->turns, c, id, &turn));
    if (!turn_find(s, turn, &things, (struct str){0}, &before, &version)) {
        struct record stands = {0};
        version = record_get(s, f->store, &things, id, (struct str){0}, &stands) == OK
                      ? stands.version
                      : 0;
    }
    EXPECT_EQUAL(version, expected);
    change_put(c, &things, &r, if_version(version));
    turn_note(turn, &things, (struct str){0}, r.content, version + 1);
    store_submit(f->store, c, f->inbox, done, NULL);
}

TEST(the_next_turn_builds_on_what_is_under_way)
{
    struct fixture f;
    struct scope *calls = scope_open(1 << 20);
    struct record r = {0};

    open_fixture(&f);
    write_next(calls, &f, "one", 0);
    write_next(calls, &f, "two", 1);
    (void)store_wait(f.store, f.inbox);
    write_next(calls, &f, "three", 2);
    (void)store_wait(f.store, f.inbox);
    EXPECT_OK(record_get(s, f.store, &things, id, (struct str){0}, &r));
    EXPECT_STR(r.content, "three");
    EXPECT_EQUAL(r.version, 3);
    scope_close(calls);
    close_fixture(&f);
}

TEST(what_was_built_on_a_failure_is_forgotten_with_it)
{
    struct fixture f;
    struct scope *calls = scope_open(1 << 20);
    struct record r = {0};

    open_fixture(&f);
    memory_halt_nth(f.store, 1);
    write_next(calls, &f, "lost", 0);
    write_next(calls, &f, "lost too", 1);
    (void)store_wait(f.store, f.inbox);
    (void)memory_mend(f.store);
    write_next(calls, &f, "kept", 0);
    (void)store_wait(f.store, f.inbox);
    EXPECT_OK(record_get(s, f.store, &things, id, (struct str){0}, &r));
    EXPECT_STR(r.content, "kept");
    scope_close(calls);
    close_fixture(&f);
}

TEST(a_turn_that_is_not_used_is_passed_on)
{
    struct fixture f;
    struct scope *first = scope_open(1 << 20);
    struct scope *calls = scope_open(1 << 20);
    struct turn *turn = NULL;
    struct turn *again = NULL;

    open_fixture(&f);
    struct change *c = change_new(first);
    EXPECT_OK(turn_take(first, f.turns, c, id, &turn));
    EXPECT_EQUAL(turn_take(first, f.turns, c, id, &again), INVALID);
    scope_close(first); // the change was never submitted
    write_next(calls, &f, "one", 0);
    (void)store_wait(f.store, f.inbox);
    scope_close(calls);
    close_fixture(&f);
}
