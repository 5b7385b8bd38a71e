// Steady indexes against a plain model: what a query gives is what a sorted list of the live
// records gives, whatever was written as a run, is in memory, came late, or is gone.
#include "store/embedded/runs.h"

#include "core/chance.h"
#include "core/scope.h"
#include "store/change.h"
#include "store/embedded/embedded.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

#include <stdlib.h>

enum { RECORDS = 600, CLIENTS = 3, DAYS = 20, RUN_ROWS = 50 };

static const struct table_def papers = {
    .name = "papers",
    .indexes = {{.name = "by_client",
                 .partition_attribute = "client",
                 .sort_attribute = "day",
                 .steady = true}},
    .arrival = true,
};
static const struct store_schema schema = {
    (const struct table_def *const[]){&papers, NULL},
    (const struct queue_def *const[]){NULL},
    (const struct bucket_def *const[]){NULL},
};

struct paper {
    struct str id;
    unsigned client;
    unsigned day;
    bool live;
};

struct archive {
    struct world *world;
    struct store *store;
    struct chance chance;
    struct paper papers[RECORDS];
    size_t count;
};

static struct str client_name(struct scope *s, unsigned client)
{
    return str_format(s, "client-%u", client);
}

static struct str day_name(struct scope *s, unsigned day)
{
    return str_format(s, "%02u", day);
}

static void open_archive(struct scope *s, struct archive *a)
{
    struct embedded_options options = {
        .directory = str("data"), .schema = &schema, .run_rows = RUN_ROWS};

    EXPECT_OK(embedded_open(s, a->world, &options, &a->store));
}

static void put_paper(struct scope *s, struct archive *a, struct paper *p)
{
    struct attribute attributes[] = {{str("client"), client_name(s, p->client)},
                                     {str("day"), day_name(s, p->day)}};
    struct record r = {.partition = p->id, .attributes = attributes, .attribute_count = 2};
    struct change *c = change_new(s);

    change_put(c, &papers, &r, if_any());
    EXPECT_OK(store_commit(s, a->store, c));
    p->live = true;
}

static void add_paper(struct scope *s, struct archive *a, struct str id)
{
    struct paper *p = &a->papers[a->count++];

    *p = (struct paper){id, (unsigned)chance_below(&a->chance, CLIENTS),
                        (unsigned)chance_below(&a->chance, DAYS), false};
    put_paper(s, a, p);
}

static void remove_paper(struct scope *s, struct archive *a, struct paper *p)
{
    struct change *c = change_new(s);

    change_remove(c, &papers, p->id, (struct str){0}, if_present());
    EXPECT_OK(store_commit(s, a->store, c));
    p->live = false;
}

static int by_day_and_id(const void *a, const void *b)
{
    const struct paper *x = *(const struct paper *const *)a;
    const struct paper *y = *(const struct paper *const *)b;

    return x->day != y->day ? (x->day < y->day ? -1 : 1) : str_compare(x->id, y->id);
}

// Asks for a client's papers of some days, page by page, and compares with the model.
static void expect_same(struct scope *s, struct archive *a, unsigned client, unsigned from,
                        unsigned to, bool descending)
{
    const struct paper *wanted[RECORDS];
    size_t count = 0;
    size_t seen = 0;
    struct query q = {.table = &papers,
                      .index = "by_client",
                      .partition = client_name(s, client),
                      .sort_from = from ? day_name(s, from) : (struct str){0},
                      .sort_to = to < DAYS ? day_name(s, to) : (struct str){0},
                      .descending = descending,
                      .limit = 7};

    for (size_t i = 0; i < a->count; i++) {
        if (a->papers[i].live && a->papers[i].client == client && a->papers[i].day >= from &&
            a->papers[i].day < to)
            wanted[count++] = &a->papers[i];
    }
    qsort((void *)wanted, count, sizeof *wanted, by_day_and_id);
    do {
        struct page page = {0};
        EXPECT_OK(record_query(s, a->store, &q, &page));
        for (size_t i = 0; i < page.count; i++, seen++)
            EXPECT(seen < count && str_equal(page.records[i].partition,
                                             wanted[descending ? count - 1 - seen : seen]->id));
        q.cursor = page.cursor;
    } while (q.cursor.bytes && !test_failed());
    EXPECT_EQUAL(seen, count);
}

static void expect_all_same(struct scope *s, struct archive *a)
{
    for (unsigned client = 0; client < CLIENTS && !test_failed(); client++) {
        expect_same(s, a, client, 0, DAYS, false);
        expect_same(s, a, client, 0, DAYS, true);
        expect_same(s, a, client, 5, 11, false);
        expect_same(s, a, client, 7, 8, true);
    }
}

TEST(a_steady_index_gives_what_a_sorted_list_would)
{
    struct archive *a = scope_new(s, struct archive);
    struct str late[10];
    a->world = sim_new(7);
    a->chance = chance_seeded(7);
    for (size_t i = 0; i < 10; i++) // made before all others, put after them
        late[i] = world_uuid(a->world, s);
    open_archive(s, a);

    for (size_t i = 0; i < RECORDS - 20; i++) {
        add_paper(s, a, world_uuid(a->world, s));
        if (i % 100 == 99)
            add_paper(s, a, late[i / 100]);
        if (i % 150 == 149)
            expect_all_same(s, a);
        if (i % 200 == 199) {
            store_close(a->store);
            open_archive(s, a);
            expect_all_same(s, a);
        }
    }
    store_close(a->store);
    sim_free(a->world);
}

TEST(a_run_goes_when_its_records_are_gone)
{
    struct archive *a = scope_new(s, struct archive);
    a->world = sim_new(8);
    a->chance = chance_seeded(8);
    open_archive(s, a);
    for (size_t i = 0; i < 300; i++)
        add_paper(s, a, world_uuid(a->world, s));

    for (size_t i = 0; i < 290; i++) { // as archiving does: from the left
        remove_paper(s, a, &a->papers[i]);
        if (i % 70 == 0)
            expect_all_same(s, a);
    }
    for (int i = 0; i < 100 && store_tend(s, a->store); i++)
        ;
    expect_all_same(s, a);
    store_close(a->store);
    open_archive(s, a);
    expect_all_same(s, a);
    put_paper(s, a, &a->papers[0]); // older than all runs there ever were
    expect_all_same(s, a);
    store_close(a->store);
    open_archive(s, a);
    expect_all_same(s, a);
    store_close(a->store);
    sim_free(a->world);
}
