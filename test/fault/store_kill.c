// The embedded store on a real folder when its process is killed: a child writes and says what was
// acknowledged, and is killed at once.
#include "core/scope.h"
#include "store/change.h"
#include "store/embedded/embedded.h"
#include "store/queue.h"
#include "sys/world.h"
#include "test/harness.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct table_def papers = {
    .name = "papers",
    .indexes = {{.name = "all", .partition_attribute = "kind", .steady = true}},
    .arrival = true,
};
static const struct queue_def work = {.name = "work", .receives_max = 1000, .lease_s = 30};
static const struct store_schema schema = {
    (const struct table_def *const[]){&papers, NULL},
    (const struct queue_def *const[]){&work, NULL},
    (const struct bucket_def *const[]){NULL},
};

static enum status open_store(struct scope *s, struct str directory, struct store **out)
{
    struct embedded_options options = {
        .directory = directory, .schema = &schema, .run_rows = 8, .record_cache_bytes = 1 << 20};

    return embedded_open(s, world_real(), &options, out);
}

static enum status put_paper(struct scope *s, struct store *store)
{
    struct attribute kind = {str("kind"), str("k")};
    struct record r = {
        .partition = world_uuid(world_real(), s), .attributes = &kind, .attribute_count = 1};
    struct change *c = change_new(s);

    change_put(c, &papers, &r, if_absent());
    change_send(c, &work, r.partition, 0);
    return store_commit(s, store, c);
}

// The child: a byte for each acknowledged change, until it is killed.
static void write_papers(struct str directory, int out)
{
    struct scope *s = scope_open(1 << 26);
    struct store *store = NULL;

    if (open_store(s, directory, &store) != OK)
        _exit(1);
    for (;;) {
        struct scope *brief = scope_open(1 << 16);
        if (put_paper(brief, store) != OK || write(out, "", 1) != 1)
            _exit(1);
        scope_close(brief);
    }
}

// Starts a child, lets it have `wanted` changes acknowledged, and kills it. Returns how many it
// had.
static size_t run_child(struct str directory, size_t wanted)
{
    int ends[2];
    char byte;
    size_t acknowledged = 0;

    if (pipe(ends) != 0)
        return 0;
    pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        write_papers(directory, ends[1]);
    }
    (void)close(ends[1]);
    while (acknowledged < wanted && read(ends[0], &byte, 1) == 1)
        acknowledged++;
    (void)kill(child, SIGKILL);
    while (read(ends[0], &byte, 1) == 1)
        acknowledged++;
    (void)close(ends[0]);
    (void)waitpid(child, NULL, 0);
    return acknowledged;
}

static size_t count_papers(struct scope *s, struct store *store)
{
    struct query q = {
        .table = &papers, .index = "all", .partition = str("k"), .keys_only = true, .limit = 1000};
    struct page page = {0};

    EXPECT_OK(record_query(s, store, &q, &page));
    return page.count;
}

TEST(whenever_the_process_is_killed_what_it_acknowledged_is_there)
{
    static const size_t wanted[] = {1, 3, 7, 20, 50};
    struct str directory = str_concat(s, 2, test_directory(s), str("/data"));
    size_t acknowledged = 0;

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct store *store = NULL;
        struct queue_stats stats;
        acknowledged += run_child(directory, wanted[i]);
        REQUIRE_OK(open_store(s, directory, &store));
        size_t found = count_papers(s, store);
        queue_stats(store, &work, &stats);
        EXPECT(found >= acknowledged &&
               found <= acknowledged + i + 1); // one may not have been told
        EXPECT_EQUAL(stats.ready, found);
        store_close(store);
    }
}
