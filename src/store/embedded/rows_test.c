// Keys of arrival tables, and that the two parts of such a table are one to who reads it.
#include "store/embedded/rows.h"

#include "core/scope.h"
#include "store/change.h"
#include "store/embedded/embedded.h"
#include "sys/sim.h"
#include "test/harness.h"

static const struct table_def arrivals = {.name = "arrivals", .arrival = true};
static const struct store_schema schema = {
    (const struct table_def *const[]){&arrivals, NULL},
    (const struct queue_def *const[]){NULL},
    (const struct bucket_def *const[]){NULL},
};

TEST(the_number_of_a_record_orders_as_its_id)
{
    static const char *const ordered[] = {
        "00000000-0000-7000-8000-000000000000", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-a000-000000000000", "017f22e2-79b0-7cc4-8000-000000000000",
        "017f22e2-79b1-7000-8000-000000000000", "0fffffff-ffff-7fff-bfff-ffffffffffff",
    };
    static const char *const others[] = {
        "",
        "a",
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", // another version
        "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f", // another variant
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", // capitals order otherwise
        "117f22e2-79b0-7cc3-98c4-dc0c0c07398f", // after the year 2527
        "017f22e2x79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98",
    };
    const struct table t = {.def = &arrivals};
    int64_t before = -1;

    for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
        int64_t id = arrival_id(&t, str(ordered[i]), str(""));
        EXPECT(id > before);
        EXPECT_EQUAL(arrival_id(&t, str(ordered[i]), str("sort")), 0);
        before = id;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        EXPECT_EQUAL(arrival_id(&t, str(others[i]), str("")), 0);
}

// The first three have one number; the rest belongs to the plain part.
static const char *const KEYS[] = {
    "017f22e2-79b0-7cc3-98c4-000000000000", "017f22e2-79b0-7cc3-98c4-000000000001",
    "017f22e2-79b0-7cc3-98c4-000000000002", "017f22e2-79b0-7cc3-98",
    "017f22e2-79b1-7cc3-98c4-000000000000", "no id at all",
};
enum { KEY_COUNT = sizeof KEYS / sizeof *KEYS };

static enum status put(struct scope *s, struct store *store, const char *key, const char *sort)
{
    struct record r = {.partition = str(key), .sort = str(sort), .content = str(key)};
    struct change *c = change_new(s);

    change_put(c, &arrivals, &r, if_any());
    return store_commit(s, store, c);
}

static uint64_t version_of(struct scope *s, struct store *store, const char *key)
{
    struct record r;
    enum status e = record_get(s, store, &arrivals, str(key), str(""), &r);

    EXPECT(e == NOT_FOUND || str_is(r.content, key));
    return e == OK ? r.version : 0;
}

// Scans in pages of two; all keys must come in order.
static size_t scan_all(struct scope *s, struct store *store)
{
    struct str cursor = {0};
    struct record before = {0};
    size_t count = 0;

    do {
        struct page page = {0};
        EXPECT_OK(record_scan(s, store, &arrivals, 2, cursor, &page));
        for (size_t i = 0; i < page.count; i++, count++) {
            int order = str_compare(before.partition, page.records[i].partition);
            EXPECT(order < 0 || (order == 0 && str_compare(before.sort, page.records[i].sort) < 0));
            before = page.records[i];
        }
        cursor = page.cursor;
    } while (cursor.bytes);
    return count;
}

TEST(records_of_both_parts_are_found_changed_and_removed_alike)
{
    struct world *w = sim_new(1);
    struct store *store = NULL;
    struct embedded_options options = {.directory = str("data"), .schema = &schema};
    REQUIRE_OK(embedded_open(s, w, &options, &store));
    for (size_t i = 0; i < KEY_COUNT; i++)
        EXPECT_OK(put(s, store, KEYS[(i * 5) % KEY_COUNT], ""));
    EXPECT_OK(put(s, store, KEYS[1], "a"));

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < KEY_COUNT; i++) {
            EXPECT_EQUAL(version_of(s, store, KEYS[i]), round + 1);
            EXPECT_OK(put(s, store, KEYS[i], ""));
        }
        EXPECT_EQUAL(scan_all(s, store), KEY_COUNT + 1);
        if (round == 1) { // from the disk
            store_close(store);
            REQUIRE_OK(embedded_open(s, w, &options, &store));
        }
    }
    struct change *c = change_new(s);
    change_remove(c, &arrivals, str(KEYS[0]), str(""), if_present());
    change_remove(c, &arrivals, str(KEYS[5]), str(""), if_present());
    REQUIRE_OK(store_commit(s, store, c));
    EXPECT_EQUAL(version_of(s, store, KEYS[0]), 0);
    EXPECT_EQUAL(version_of(s, store, KEYS[1]), 4);
    EXPECT_OK(put(s, store, KEYS[1], "")); // stays where it is, although the place is free
    EXPECT_OK(put(s, store, KEYS[0], ""));
    EXPECT_EQUAL(version_of(s, store, KEYS[0]), 1);
    EXPECT_EQUAL(version_of(s, store, KEYS[1]), 5);
    EXPECT_EQUAL(scan_all(s, store), KEY_COUNT);
    store_close(store);
    sim_free(w);
}
