// The embedded store by itself: opening, closing, coming back. What every backend does is in
// test/contract/.
#include "store/embedded/embedded.h"

#include "core/scope.h"
#include "store/change.h"
#include "store/queue.h"
#include "sys/world.h"
#include "test/harness.h"

static const struct table_def plain = {.name = "plain"};
static const struct table_def arrived = {.name = "arrived", .arrival = true};
static const struct table_def *const tables[] = {&plain, &arrived, NULL};
static const struct queue_def jobs = {.name = "jobs", .receives_max = 3, .lease_s = 30};
static const struct queue_def *const queues[] = {&jobs, NULL};
static const struct bucket_def *const buckets[] = {NULL};
static const struct store_schema schema = {tables, queues, buckets};

static enum status open_store(struct scope *s, struct str directory, struct store **out)
{
    struct embedded_options options = {.directory = directory, .schema = &schema};

    return embedded_open(s, world_real(), &options, out);
}

static enum status put(struct scope *s, struct store *store, const struct table_def *table,
                       struct str partition, const char *content)
{
    struct record r = {.partition = partition, .content = str(content)};
    struct change *c = change_new(s);

    change_put(c, table, &r, if_any());
    return store_commit(s, store, c);
}

TEST(what_was_committed_is_there_after_reopening)
{
    struct str directory = str_concat(s, 2, test_directory(s), str("/data"));
    struct store *store = NULL;
    struct record r;
    struct str id = world_uuid(world_real(), s);
    REQUIRE_OK(open_store(s, directory, &store));
    EXPECT_OK(put(s, store, &plain, str("p"), "first"));
    EXPECT_OK(put(s, store, &arrived, id, "second"));
    EXPECT_OK(put(s, store, &arrived, str("no-uuid"), "third"));
    store_close(store);

    REQUIRE_OK(open_store(s, directory, &store));
    EXPECT_OK(record_get(s, store, &plain, str("p"), str(""), &r));
    EXPECT_STR(r.content, "first");
    EXPECT_EQUAL(r.version, 1);
    EXPECT_OK(record_get(s, store, &arrived, id, str(""), &r));
    EXPECT_STR(r.content, "second");
    EXPECT_OK(put(s, store, &arrived, id, "changed"));
    EXPECT_OK(record_get(s, store, &arrived, id, str(""), &r));
    EXPECT_STR(r.content, "changed");
    EXPECT_EQUAL(r.version, 2);
    EXPECT_OK(record_get(s, store, &arrived, str("no-uuid"), str(""), &r));
    EXPECT_STR(r.content, "third");
    EXPECT_EQUAL(record_get(s, store, &plain, str("q"), str(""), &r), NOT_FOUND);
    store_close(store);
}

TEST(a_message_survives_reopening_and_counts_its_receives)
{
    struct str directory = str_concat(s, 2, test_directory(s), str("/data"));
    struct store *store = NULL;
    struct message m;
    size_t count = 0;
    REQUIRE_OK(open_store(s, directory, &store));
    struct change *c = change_new(s);
    change_send(c, &jobs, str("job"), 0);
    EXPECT_OK(store_commit(s, store, c));
    EXPECT_OK(queue_take(s, store, &jobs, 1, 0, 0, &m, &count));
    EXPECT_EQUAL(count, 1);
    store_close(store);

    REQUIRE_OK(open_store(s, directory, &store));
    EXPECT_OK(queue_take(s, store, &jobs, 1, 0, 1000, &m, &count));
    REQUIRE(count == 1);
    EXPECT_STR(m.body, "job");
    EXPECT_EQUAL(m.receives, 2);
    c = change_new(s);
    change_settle(c, &m);
    EXPECT_OK(store_commit(s, store, c));
    store_close(store);

    REQUIRE_OK(open_store(s, directory, &store));
    EXPECT_OK(queue_take(s, store, &jobs, 1, 0, 0, &m, &count));
    EXPECT_EQUAL(count, 0);
    store_close(store);
}

TEST(a_data_folder_is_open_once)
{
    struct str directory = str_concat(s, 2, test_directory(s), str("/data"));
    struct store *first = NULL;
    struct store *second = NULL;
    REQUIRE_OK(open_store(s, directory, &first));

    EXPECT_EQUAL(open_store(s, directory, &second), BUSY);
    EXPECT(str_find(scope_why(s), str("in use by another process")) < scope_why(s).bytes);

    store_close(first);
}
