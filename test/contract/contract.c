// Opening fresh stores, and the loops that a client of any backend needs.
#include "test/contract/contract.h"

#include "store/embedded/embedded.h"
#include "store/memory/memory.h"
#include "sys/sim.h"

#include <stdio.h>

enum {
    MEMORY_SEEDS = 6,
    TENDS_MAX = 1000,
    US_PER_S = 1000000,
    PAGES_MAX = 100000,
};

const struct table_def things = {
    .name = "things",
    .indexes =
        {
            {.name = "by_state", .partition_attribute = "state", .sort_attribute = "rank"},
            {
                .name = "by_owner",
                .partition_attribute = "owner",
                .sort_attribute = "made",
                .steady = true,
            },
        },
    .feed = true,
};
const struct table_def arrivals = {.name = "arrivals", .arrival = true, .feed = true};
const struct table_def tickets = {.name = "tickets", .keep_s = TICKETS_KEEP_S};
const struct queue_def work = {
    .name = "work",
    .receives_max = WORK_RECEIVES_MAX,
    .lease_s = WORK_LEASE_S,
};
const struct queue_def other = {.name = "other", .receives_max = 1, .lease_s = 30};
const struct bucket_def files = {
    .name = "files",
    .lifecycles = {{.prefix = "tmp/", .keep_s = FILES_TMP_KEEP_S}},
};
const struct store_schema contract_schema = {
    .tables = (const struct table_def *const[]){&things, &arrivals, &tickets, NULL},
    .queues = (const struct queue_def *const[]){&work, &other, NULL},
    .buckets = (const struct bucket_def *const[]){&files, NULL},
};

static void on_memory_seed(clause *run, uint64_t seed, unsigned adversity)
{
    struct scope *s = scope_open(1 << 30);
    struct fixture f = {.world = sim_new(seed)};

    f.store = memory_open(f.world, &contract_schema, seed, adversity);
    run(s, &f);
    scope_close(s); // readers of blobs end before their store
    store_close(f.store);
    sim_free(f.world);
}

void contract_on_memory(struct scope *s, clause *run)
{
    (void)s;
    on_memory_seed(run, 0, MEMORY_KIND);
    for (uint64_t seed = 1; seed <= MEMORY_SEEDS && !test_failed(); seed++) {
        on_memory_seed(run, seed, MEMORY_ADVERSE | MEMORY_LATE_ANSWERS);
        if (test_failed())
            (void)fprintf(stderr, "with seed %llu\n", (unsigned long long)seed);
    }
}

void contract_on_embedded(struct scope *s, clause *run)
{
    struct scope *inner = scope_open(1 << 30);
    struct fixture f = {.world = sim_new(1)};
    struct embedded_options options = {.directory = str("data"), .schema = &contract_schema};

    REQUIRE_OK(embedded_open(s, f.world, &options, &f.store));
    run(inner, &f);
    scope_close(inner); // readers of blobs end before their store
    store_close(f.store);
    sim_free(f.world);
}

void pass_s(struct fixture *f, int64_t seconds)
{
    sim_advance_us(f->world, seconds * US_PER_S);
}

void tend(struct scope *s, struct fixture *f)
{
    for (int i = 0; i < TENDS_MAX && store_tend(s, f->store); i++)
        ;
}

enum status put_thing(struct scope *s, struct fixture *f, struct str partition, struct str sort,
                      const char *state, const char *rank)
{
    struct attribute attributes[] = {{str("state"), str(state)}, {str("rank"), str(rank)}};
    struct change *c = change_new(s);
    struct record r = {
        .partition = partition,
        .sort = sort,
        .content = str_concat(s, 3, partition, str("/"), sort),
        .attributes = attributes,
        .attribute_count = state ? rank ? 2 : 1 : 0,
    };

    change_put(c, &things, &r, if_any());
    return store_commit(s, f->store, c);
}

uint64_t version_of(struct scope *s, struct fixture *f, const struct table_def *table,
                    struct str partition, struct str sort)
{
    struct record r = {0};

    return record_get(s, f->store, table, partition, sort, &r) == OK ? r.version : 0;
}

static void append_page(struct scope *s, struct page *all, const struct page *page)
{
    struct record *records = scope_array(s, all->count + page->count, sizeof *records);

    if (all->count)
        memcpy(records, all->records, all->count * sizeof *records);
    if (page->count)
        memcpy(records + all->count, page->records, page->count * sizeof *records);
    all->records = records;
    all->count += page->count;
}

struct page query_all(struct scope *s, struct fixture *f, const struct query *query)
{
    struct query q = *query;
    struct page all = {0};

    for (int i = 0; i < PAGES_MAX && (i == 0 || q.cursor.bytes); i++) {
        struct page page = {0};
        EXPECT_OK(record_query(s, f->store, &q, &page));
        EXPECT(page.count <= q.limit);
        append_page(s, &all, &page);
        q.cursor = page.cursor;
    }
    EXPECT(q.cursor.bytes == 0); // a query ends
    return all;
}

struct page query_until(struct scope *s, struct fixture *f, const struct query *query, size_t count)
{
    struct page page = query_all(s, f, query);

    for (int i = 0; i < PATIENCE && page.count != count; i++)
        page = query_all(s, f, query);
    EXPECT_EQUAL(page.count, count);
    return page;
}

enum status enqueue(struct scope *s, struct fixture *f, const struct queue_def *queue,
                    const char *body, int64_t delay_s)
{
    struct change *c = change_new(s);

    change_send(c, queue, str(body), delay_s);
    return store_commit(s, f->store, c);
}

bool take_one(struct scope *s, struct fixture *f, const struct queue_def *queue,
              struct message *out)
{
    size_t count = 0;

    for (int i = 0; i < PATIENCE && count == 0; i++)
        EXPECT_OK(queue_take(s, f->store, queue, 1, 0, 0, out, &count));
    return count == 1;
}

enum status settle(struct scope *s, struct fixture *f, const struct message *m)
{
    struct change *c = change_new(s);

    change_settle(c, m);
    enum status e = store_commit(s, f->store, c);
    EXPECT(e == OK || change_lost_lease(c));
    return e;
}

enum status give_back(struct scope *s, struct fixture *f, const struct message *m, int64_t delay_s,
                      const char *why)
{
    struct change *c = change_new(s);

    change_give_back(c, m, delay_s, str(why));
    enum status e = store_commit(s, f->store, c);
    EXPECT(e == OK || change_lost_lease(c));
    return e;
}

bool end_one(struct scope *s, struct fixture *f, const struct queue_def *queue,
             enum status (*end)(struct scope *s, struct fixture *f, const struct message *m),
             struct message *out)
{
    while (take_one(s, f, queue, out))
        if (end(s, f, out) == OK)
            return true;
    return false;
}

bool is_drained(struct scope *s, struct fixture *f, const struct queue_def *queue)
{
    struct message m;

    return !end_one(s, f, queue, settle, &m);
}
