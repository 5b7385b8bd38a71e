// The embedded store by itself: opening, closing, coming back. What every backend does is in
// test/contract/.
#include "store/embedded/embedded.h"

#include "core/scope.h"
#include "store/change.h"
#include "store/queue.h"
#include "sys/file.h"
#include "sys/inbox.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

#include <sqlite3.h>
#include <sys/stat.h>

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

TEST(the_master_key_is_asked_for_and_checked)
{
    static const uint8_t right[32] = {1};
    static const uint8_t wrong[32] = {2};
    struct world *w = sim_new(1);
    struct embedded_options options = {
        .directory = str("data"), .schema = &schema, .master_key = right};
    struct store *store = NULL;
    REQUIRE_OK(embedded_open(s, w, &options, &store));
    EXPECT_OK(put(s, store, &plain, str("p"), "secret"));
    store_close(store);

    options.master_key = wrong;
    EXPECT_EQUAL(embedded_open(s, w, &options, &store), DENIED);
    options.master_key = NULL; // none lies in the folder, and none may be made now
    EXPECT_EQUAL(embedded_open(s, w, &options, &store), NOT_FOUND);
    EXPECT_OK(file_write_whole(
        s, w, str("key"),
        str("0100000000000000000000000000000000000000000000000000000000000000\n")));
    options.master_key_path = str("key");
    REQUIRE_OK(embedded_open(s, w, &options, &store));
    store_close(store);
    EXPECT_OK(file_write_whole(s, w, str("key"), str("short")));
    EXPECT_EQUAL(embedded_open(s, w, &options, &store), INVALID);
    sim_free(w);
}

TEST(what_was_packed_with_an_old_dictionary_is_still_read)
{
    static const char content[] =
        "{\"client\":\"acme\",\"currency\":\"SEK\",\"lines\":[],\"total\":\"1.00\"}";
    struct world *w = sim_new(1);
    struct embedded_dictionary dictionaries[] = {{"plain", str(content)}, {0}};
    struct embedded_options options = {
        .directory = str("data"), .schema = &schema, .dictionaries = dictionaries};
    struct store *store = NULL;
    struct record r;
    REQUIRE_OK(embedded_open(s, w, &options, &store));
    EXPECT_OK(put(s, store, &plain, str("old"), content));
    store_close(store);

    dictionaries[0].sample = str("another sample of what such records hold, which is not the old");
    REQUIRE_OK(embedded_open(s, w, &options, &store));
    EXPECT_OK(put(s, store, &plain, str("new"), content));
    store_close(store);
    dictionaries[0].table = NULL;
    REQUIRE_OK(embedded_open(s, w, &options, &store));
    EXPECT_OK(record_get(s, store, &plain, str("old"), str(""), &r));
    EXPECT_STR(r.content, content);
    EXPECT_OK(record_get(s, store, &plain, str("new"), str(""), &r));
    EXPECT_STR(r.content, content);
    store_close(store);
    sim_free(w);
}

TEST(nobody_else_reads_the_files_of_a_data_folder)
{
    static const char *const names[] = {"sheaf.db", "sheaf.db-wal", "keys/master.key", "lock"};
    struct str directory = str_concat(s, 2, test_directory(s), str("/data"));
    struct store *store = NULL;
    struct stat info;
    REQUIRE_OK(open_store(s, directory, &store));

    EXPECT(stat(str_z(s, directory), &info) == 0 && (info.st_mode & 0777) == 0700);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str path = str_concat(s, 3, directory, str("/"), str(names[i]));
        EXPECT(stat(str_z(s, path), &info) == 0 && (info.st_mode & 0777) == 0600);
    }
    store_close(store);
}

TEST(a_folder_of_a_newer_version_is_refused)
{
    struct str directory = str_concat(s, 2, test_directory(s), str("/data"));
    struct store *store = NULL;
    sqlite3 *db = NULL;
    REQUIRE_OK(open_store(s, directory, &store));
    store_close(store);
    REQUIRE(sqlite3_open(str_z(s, str_concat(s, 2, directory, str("/sheaf.db"))), &db) ==
            SQLITE_OK);
    EXPECT(sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL) == SQLITE_OK);
    (void)sqlite3_close(db);

    EXPECT_EQUAL(open_store(s, directory, &store), UNSUPPORTED);
}

// Writes over the first page of a table.
static void damage(struct scope *s, struct str directory, const char *table)
{
    enum { PAGE = 8192 };
    char *path = str_z(s, str_concat(s, 2, directory, str("/sheaf.db")));
    char *query =
        str_z(s, str_format(s, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table));
    sqlite3 *db = NULL;
    sqlite3_stmt *find = NULL;
    struct file *f = NULL;
    REQUIRE(sqlite3_open(path, &db) == SQLITE_OK);
    REQUIRE(sqlite3_prepare_v2(db, query, -1, &find, NULL) == SQLITE_OK);
    REQUIRE(sqlite3_step(find) == SQLITE_ROW);
    uint64_t page = (uint64_t)sqlite3_column_int64(find, 0);
    (void)sqlite3_finalize(find);
    EXPECT(sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
           SQLITE_OK);
    (void)sqlite3_close(db);
    REQUIRE_OK(file_open(s, world_real(), str(path), FILE_EDIT, &f));
    EXPECT_OK(file_write_at(s, f, (page - 1) * PAGE, str_of(scope_alloc(s, PAGE), PAGE)));
    file_close(f);
}

static void count_answer(struct change *c, void *context)
{
    (void)c;
    ++*(int *)context;
}

TEST(a_damaged_table_fails_its_own_changes_only)
{
    enum { CHANGES = 40 };
    struct str directory = str_concat(s, 2, test_directory(s), str("/data"));
    struct inbox *inbox = inbox_new();
    struct store *store = NULL;
    struct change *changes[CHANGES];
    int answered = 0;
    REQUIRE_OK(open_store(s, directory, &store));
    EXPECT_OK(put(s, store, &plain, str("p"), "content"));
    store_close(store);
    damage(s, directory, "record_plain");
    REQUIRE_OK(open_store(s, directory, &store));

    for (int i = 0; i < CHANGES; i++) { // many share a batch
        struct record r = {.partition = world_uuid(world_real(), s)};
        changes[i] = change_new(s);
        change_put(changes[i], i % 10 == 7 ? &plain : &arrived, &r, if_absent());
        change_send(changes[i], &jobs, str("job"), 0);
        store_submit(store, changes[i], inbox, count_answer, &answered);
    }
    while (answered < CHANGES)
        (void)inbox_wait(inbox, 100);

    for (int i = 0; i < CHANGES; i++)
        EXPECT_EQUAL(change_status(changes[i]), i % 10 == 7 ? CORRUPT : OK);
    struct queue_stats stats;
    queue_stats(store, &jobs, &stats);
    EXPECT_EQUAL(stats.ready, CHANGES - CHANGES / 10);
    store_close(store);
    inbox_free(inbox);
}
