// Tables whose declaration changes from one release to the next: what was put before is found by
// what is declared now.
#include "store/embedded/index.h"

#include "core/scope.h"
#include "store/change.h"
#include "store/embedded/embedded.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { RECORDS = 30 };

#define BY(name_, partition_, sort_, steady_)                                                      \
    {                                                                                              \
        .name = (name_), .partition_attribute = (partition_), .sort_attribute = (sort_),           \
        .steady = (steady_)                                                                        \
    }

// Releases of one table, in the order they are opened.
static const struct table_def releases[] = {
    {.name = "papers"},
    {.name = "papers", .indexes = {BY("found", "kind", "day", false)}},
    {.name = "papers", .indexes = {BY("found", "kind", "day", true)}, .arrival = true},
    {.name = "papers", .indexes = {BY("found", "kind", "page", true)}, .arrival = true},
    {.name = "papers", .indexes = {BY("found", "kind", "day", true)}, .arrival = true},
    {.name = "papers", .indexes = {BY("found", "kind", "page", false)}, .arrival = true},
    {.name = "papers", .indexes = {BY("found", "kind", "day", true)}},
    {.name = "papers", .indexes = {BY("found", "kind", "page", false)}, .arrival = true},
};
enum { RELEASES = sizeof releases / sizeof *releases };

static void put_papers(struct scope *s, struct world *w, struct store *store,
                       const struct table_def *papers, size_t from)
{
    for (size_t i = from; i < from + RECORDS; i++) {
        struct attribute attributes[] = {{str("kind"), str("k")},
                                         {str("day"), str_format(s, "%03zu", i)},
                                         {str("page"), str_format(s, "%03zu", 999 - i)}};
        struct record r = {.partition = i % 10 ? world_uuid(w, s) : str_format(s, "paper %zu", i),
                           .content = str("content"),
                           .attributes = attributes,
                           .attribute_count = 3};
        struct change *c = change_new(s);
        change_put(c, papers, &r, if_absent());
        EXPECT_OK(store_commit(s, store, c));
    }
}

static void expect_found(struct scope *s, struct store *store, const struct table_def *papers,
                         size_t count)
{
    struct query q = {
        .table = papers, .index = "found", .partition = str("k"), .limit = QUERY_LIMIT_MAX};
    const char *sort = papers->indexes[0].sort_attribute;
    struct page page = {0};

    EXPECT_OK(record_query(s, store, &q, &page));
    EXPECT_EQUAL(page.count, count);
    for (size_t i = 1; i < page.count; i++)
        EXPECT(str_compare(record_attribute(&page.records[i - 1], sort),
                           record_attribute(&page.records[i], sort)) < 0);
}

TEST(records_outlive_every_change_of_their_tables_declaration)
{
    struct world *w = sim_new(1);

    for (size_t i = 0; i < RELEASES; i++) {
        const struct table_def *const tables[] = {&releases[i], NULL};
        const struct queue_def *const queues[] = {NULL};
        const struct bucket_def *const buckets[] = {NULL};
        const struct store_schema schema = {tables, queues, buckets};
        struct embedded_options options = {
            .directory = str("data"), .schema = &schema, .run_rows = 7};
        struct page page = {0};
        struct store *store = NULL;
        REQUIRE_OK(embedded_open(s, w, &options, &store));
        EXPECT_OK(record_scan(s, store, &releases[i], QUERY_LIMIT_MAX, str(""), &page));
        EXPECT_EQUAL(page.count, i * RECORDS);
        if (i > 0)
            expect_found(s, store, &releases[i], i * RECORDS);
        put_papers(s, w, store, &releases[i], i * RECORDS);
        if (i > 0)
            expect_found(s, store, &releases[i], (i + 1) * RECORDS);
        store_close(store);
    }
    sim_free(w);
}
