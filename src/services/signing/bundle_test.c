// Bundles and vehicles: what is put is what is got, in order, and statuses move as declared.
#include "services/signing/bundle.h"

#include "core/scope.h"
#include "store/memory/memory.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

static const struct table_def *const tables[] = {&bundles_table, NULL};
static const struct queue_def *const no_queues[] = {NULL};
static const struct bucket_def *const no_buckets[] = {NULL};
static const struct store_schema schema = {
    .tables = tables, .queues = no_queues, .buckets = no_buckets};

static void close_store(void *store)
{
    store_close(store);
}

static void free_world(void *world)
{
    sim_free(world);
}

static struct store *store_made(struct scope *s)
{
    struct world *world = sim_new(1);
    scope_defer(s, free_world, world);
    struct store *store = memory_open(world, &schema, 1, MEMORY_ADVERSE & ~MEMORY_KEEPS);
    scope_defer(s, close_store, store);
    return store;
}

static const struct bundle fresh = {.tenant = STR_INIT("t1"),
                                    .bundle_id = STR_INIT("2025-09-15-DEALER123")};

static enum status put(struct scope *s, struct store *store, const struct bundle *b)
{
    struct change *c = change_new(s);

    bundle_put(s, c, b, world_now_us(store_world(store)));
    return store_commit(s, store, c);
}

TEST(a_bundle_is_got_as_it_was_put_and_belongs_to_its_tenant)
{
    struct store *store = store_made(s);
    struct bundle b = fresh;
    struct bundle back = {0};

    bundle_set(s, &b, "dealer_id", json_string(str("DEALER123")));
    REQUIRE_OK(put(s, store, &b));
    REQUIRE_OK(bundle_get(s, store, str("t1"), b.bundle_id, &back));
    EXPECT_STR(back.tenant, "t1");
    EXPECT_STR(back.bundle_id, "2025-09-15-DEALER123");
    EXPECT_EQUAL(back.status, BUNDLE_NEW);
    EXPECT_EQUAL(back.version, 1);
    EXPECT_STR(json_text(bundle_member(&back, "dealer_id")), "DEALER123");
    EXPECT_STR(json_text(bundle_member(&back, "item_type")), "header");
    EXPECT_STR(json_text(bundle_member(&back, "created_at")), "2026-01-01T00:00:00.000Z");
    EXPECT_EQUAL(bundle_get(s, store, str("t2"), b.bundle_id, &back), NOT_FOUND);
}

TEST(of_two_who_move_a_bundle_one_meets_a_conflict)
{
    struct store *store = store_made(s);
    struct bundle one = {0};
    struct bundle two = {0};

    REQUIRE_OK(put(s, store, &fresh));
    REQUIRE_OK(bundle_get(s, store, str("t1"), fresh.bundle_id, &one));
    REQUIRE_OK(bundle_get(s, store, str("t1"), fresh.bundle_id, &two));
    bundle_move(s, &one, BUNDLE_READY, 1000, str("checked"));
    bundle_move(s, &two, BUNDLE_FAILED, 1000, str("no vehicles"));
    EXPECT_OK(put(s, store, &one));
    EXPECT_EQUAL(put(s, store, &two), CONFLICT);
    REQUIRE_OK(bundle_get(s, store, str("t1"), fresh.bundle_id, &two));
    EXPECT_EQUAL(two.status, BUNDLE_READY);
    EXPECT_STR(json_to_str(s, bundle_member(&two, "moves")),
               "[{\"to\":\"READY\",\"at\":\"1970-01-01T00:00:00.001Z\",\"cause\":\"checked\"}]");
}

TEST(the_newest_moves_of_a_bundle_are_kept)
{
    struct bundle b = fresh;

    bundle_move(s, &b, BUNDLE_READY, 0, str("first"));
    for (int64_t i = 0; i < BUNDLE_MOVES_MAX; i++)
        bundle_move(s, &b, i % 2 ? BUNDLE_READY : BUNDLE_FAILED, i * 1000000, str("again"));
    struct json moves = bundle_member(&b, "moves");
    EXPECT_EQUAL(moves.count, BUNDLE_MOVES_MAX);
    EXPECT_STR(json_text(json_path(json_at(moves, 0), "cause")), "again");
    EXPECT_STR(json_text(json_path(json_at(moves, BUNDLE_MOVES_MAX - 1), "to")), "READY");
    bundle_move(s, &b, BUNDLE_READY, 0, str("it is there already"));
    EXPECT_EQUAL(bundle_member(&b, "moves").count, BUNDLE_MOVES_MAX);
}

// From (row) to (column), in the order of bundle_statuses.def.
static const char *const bundle_moves[BUNDLE_STATUSES] = {
    ".x....x", // NEW
    "..x...x", // READY
    "...x..x", // SENT
    "....xxx", // SIGNED
    ".......", // DELIVERED
    "...xx..", // PARTIAL_FAILED
    ".xxx...", // FAILED
};

TEST(a_bundle_moves_as_its_life_goes_and_no_other_way)
{
    for (unsigned from = 0; from < BUNDLE_STATUSES; from++) {
        for (unsigned to = 0; to < BUNDLE_STATUSES; to++)
            EXPECT_EQUAL(bundle_may_move((enum bundle_status)from, (enum bundle_status)to),
                         bundle_moves[from][to] == 'x');
    }
}

TEST(every_status_of_a_bundle_reads_back_from_its_name)
{
    enum bundle_status back = BUNDLE_NEW;

    for (unsigned i = 0; i < BUNDLE_STATUSES; i++) {
        EXPECT(bundle_status_parse(str(bundle_status_name((enum bundle_status)i)), &back));
        EXPECT_EQUAL(back, i);
    }
    EXPECT(!bundle_status_parse(str("new"), &back));
    EXPECT(!bundle_status_parse(str(""), &back));
}

TEST(vehicles_come_by_sequence_number_then_contract)
{
    static const struct {
        uint32_t sequence_no;
        const char *contract_id;
    } given[] = {{3, "100"}, {1, "900"}, {2, "0200"}, {2, "0100"}, {10, "1"}};
    static const char *const expected[] = {"900", "0100", "0200", "100", "1"};
    struct store *store = store_made(s);
    struct change *c = change_new(s);
    struct vehicle *all = NULL;
    size_t count = 0;

    for (size_t i = 0; i < 5; i++) {
        struct vehicle v = {.tenant = str("t1"),
                            .bundle_id = fresh.bundle_id,
                            .contract_id = str(given[i].contract_id),
                            .sequence_no = given[i].sequence_no};
        vehicle_put(s, c, &v, 0);
    }
    bundle_put(s, c, &fresh, 0);
    REQUIRE_OK(store_commit(s, store, c));
    REQUIRE_OK(bundle_vehicles(s, store, str("t1"), fresh.bundle_id, &all, &count));
    REQUIRE(count == 5);
    for (size_t i = 0; i < count; i++)
        EXPECT_STR(all[i].contract_id, expected[i]);
    EXPECT_OK(bundle_vehicles(s, store, str("t2"), fresh.bundle_id, &all, &count));
    EXPECT_EQUAL(count, 0);
}

TEST(a_vehicle_keeps_how_it_moved_last)
{
    struct store *store = store_made(s);
    struct vehicle v = {.tenant = str("t1"), .bundle_id = fresh.bundle_id, .contract_id = str("7")};
    struct change *c = change_new(s);

    vehicle_put(s, c, &v, 0);
    REQUIRE_OK(store_commit(s, store, c));
    REQUIRE_OK(vehicle_get(s, store, str("t1"), fresh.bundle_id, str("7"), &v));
    vehicle_move(s, &v, VEHICLE_RENDERED, 2000, str("rendered"));
    c = change_new(s);
    vehicle_put(s, c, &v, 2000);
    REQUIRE_OK(store_commit(s, store, c));
    REQUIRE_OK(vehicle_get(s, store, str("t1"), fresh.bundle_id, str("7"), &v));
    EXPECT_EQUAL(v.status, VEHICLE_RENDERED);
    EXPECT_STR(json_text(json_path(vehicle_member(&v, "moved"), "cause")), "rendered");
    EXPECT_EQUAL(vehicle_get(s, store, str("t1"), fresh.bundle_id, str("8"), &v), NOT_FOUND);
}
