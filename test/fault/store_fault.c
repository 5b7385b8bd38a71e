// The embedded store when the disk fails, the process is killed, or the power goes: whatever was
// answered OK is there afterwards, whole; whatever was answered TEMPORARY is not; and records,
// index, messages and audit log tell the same story.
#include "core/scope.h"
#include "store/embedded/embedded.h"
#include "store/feed.h"
#include "store/queue.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { JOBS = 12, TAKEN_MAX = 100, AUDITS_MAX = 100 };

static const struct table_def things = {
    .name = "things",
    .indexes = {{.name = "by_kind", .partition_attribute = "kind", .sort_attribute = "number"}},
    .feed = true,
};
static const struct table_def papers = {
    .name = "papers",
    .indexes = {{.name = "by_kind",
                 .partition_attribute = "kind",
                 .sort_attribute = "number",
                 .steady = true}},
    .arrival = true,
};
static const struct queue_def work = {.name = "work", .receives_max = 1000, .lease_s = 30};
static const struct store_schema schema = {
    (const struct table_def *const[]){&things, &papers, NULL},
    (const struct queue_def *const[]){&work, NULL},
    (const struct bucket_def *const[]){NULL},
};

// What became of one job: putting its records with its message, and settling that.
struct job {
    struct str id;
    enum status put;
    enum status settled;
    bool tried_put;
    bool tried_settle;
};

struct trial {
    struct world *world;
    struct store *store;
    struct job jobs[JOBS];
    _Atomic bool dead;
};

static void note_fatal(void *context, struct str why)
{
    (void)why;
    atomic_store(&((struct trial *)context)->dead, true);
}

static enum status open_store(struct scope *s, struct trial *t)
{
    struct embedded_options options = {.directory = str("data"),
                                       .schema = &schema,
                                       .run_rows = 4,
                                       .record_cache_bytes = 1 << 20,
                                       .on_fatal = note_fatal,
                                       .on_fatal_context = t};

    t->store = NULL;
    return embedded_open(s, t->world, &options, &t->store);
}

static struct str number_text(struct scope *s, size_t number)
{
    return str_format(s, "%03zu", number);
}

static void audit(struct scope *s, struct change *c, const char *action, size_t number)
{
    struct audit_entry entry = {.action = str(action), .subject = number_text(s, number)};

    change_audit(c, &entry);
}

static void put_job(struct scope *s, struct trial *t, size_t number)
{
    struct job *job = &t->jobs[number];
    struct attribute attributes[] = {{str("kind"), str("k")},
                                     {str("number"), number_text(s, number)}};
    struct record r = {.partition = str_format(s, "job %zu", number),
                       .content = str("content"),
                       .attributes = attributes,
                       .attribute_count = 2};
    struct change *c = change_new(s);

    job->id = world_uuid(t->world, s);
    job->tried_put = true;
    change_put(c, &things, &r, if_absent());
    r.partition = job->id;
    change_put(c, &papers, &r, if_absent());
    change_send(c, &work, number_text(s, number), 0);
    audit(s, c, "put", number);
    job->put = store_commit(s, t->store, c);
}

static void settle_one(struct scope *s, struct trial *t)
{
    struct message m;
    size_t count = 0;
    uint64_t number = 0;

    if (queue_take(s, t->store, &work, 1, 0, 0, &m, &count) != OK || count == 0)
        return;
    REQUIRE(str_to_u64(m.body, JOBS - 1, &number));
    struct record r = {.partition = str_format(s, "done %zu", (size_t)number)};
    struct change *c = change_new(s);
    change_put(c, &things, &r, if_absent());
    change_settle(c, &m);
    audit(s, c, "settle", (size_t)number);
    t->jobs[number].tried_settle = true;
    t->jobs[number].settled = store_commit(s, t->store, c);
}

static void do_jobs(struct scope *s, struct trial *t)
{
    for (size_t i = 0; i < JOBS && !atomic_load(&t->dead); i++) {
        put_job(s, t, i);
        if (i % 2)
            settle_one(s, t);
        if (i % 5 == 4)
            (void)store_tend(s, t->store);
    }
}

static bool is_there(struct scope *s, struct trial *t, const struct table_def *table,
                     struct str partition)
{
    struct record r;
    enum status e = record_get(s, t->store, table, partition, (struct str){0}, &r);

    EXPECT(e == OK || e == NOT_FOUND);
    return e == OK;
}

static bool is_found(struct scope *s, struct trial *t, const struct table_def *table, size_t number)
{
    struct str sort = number_text(s, number);
    struct query q = {.table = table,
                      .index = "by_kind",
                      .partition = str("k"),
                      .sort_from = sort,
                      .sort_to = number_text(s, number + 1),
                      .limit = 10};
    struct page page = {0};

    EXPECT_OK(record_query(s, t->store, &q, &page));
    return page.count == 1;
}

static size_t count_audits(struct scope *s, struct trial *t, const char *action, size_t number)
{
    struct audit_row *rows = NULL;
    size_t count = 0;
    size_t found = 0;

    EXPECT_OK(audit_read(s, t->store, 0, AUDITS_MAX, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        EXPECT_EQUAL(rows[i].sequence, i + 1);
        found += str_is(rows[i].entry.action, action) &&
                 str_equal(rows[i].entry.subject, number_text(s, number));
    }
    return found;
}

// Takes all messages and says which jobs they are of.
static void take_all(struct scope *s, struct trial *t, bool waiting[JOBS])
{
    struct message messages[TAKEN_MAX];
    size_t count = 0;

    EXPECT_OK(queue_take(s, t->store, &work, TAKEN_MAX, 0, 0, messages, &count));
    for (size_t i = 0; i < count; i++) {
        uint64_t number = 0;
        REQUIRE(str_to_u64(messages[i].body, JOBS - 1, &number));
        EXPECT(!waiting[number]);
        waiting[number] = true;
    }
}

static void expect_consistent(struct scope *s, struct trial *t)
{
    bool waiting[JOBS] = {false};

    take_all(s, t, waiting);
    for (size_t i = 0; i < JOBS && !test_failed(); i++) {
        const struct job *job = &t->jobs[i];
        bool put = is_there(s, t, &things, str_format(s, "job %zu", i));
        bool settled = is_there(s, t, &things, str_format(s, "done %zu", i));
        EXPECT(!(job->tried_put && job->put == OK) || put);
        EXPECT(!put || (job->tried_put && job->put != TEMPORARY && job->put != BUSY));
        EXPECT(!(job->tried_settle && job->settled == OK) || settled);
        EXPECT(!settled || (job->tried_settle && job->settled != TEMPORARY));
        EXPECT_EQUAL(job->tried_put && is_there(s, t, &papers, job->id), put);
        EXPECT_EQUAL(is_found(s, t, &things, i), put);
        EXPECT_EQUAL(is_found(s, t, &papers, i), put);
        EXPECT_EQUAL(waiting[i], put && !settled);
        EXPECT_EQUAL(count_audits(s, t, "put", i), put);
        EXPECT_EQUAL(count_audits(s, t, "settle", i), settled);
    }
}

// Opens on what is on the disk, looks, and works on.
static void expect_recovered(struct scope *s, struct trial *t)
{
    atomic_store(&t->dead, false);
    REQUIRE_OK(open_store(s, t));
    expect_consistent(s, t);
    struct record r = {.partition = str("afterwards")};
    struct change *c = change_new(s);
    change_put(c, &things, &r, if_any());
    EXPECT_OK(store_commit(s, t->store, c));
    store_close(t->store);
}

// Which operations are tried: every 17th, or as FAULT_STEP says; 1 takes minutes.
static unsigned fault_step(void)
{
    const char *text = getenv("FAULT_STEP");
    uint64_t step = 17;

    (void)str_to_u64(str(text), 1000, &step);
    return step ? (unsigned)step : 1;
}

TEST(whatever_call_fails_the_store_is_whole)
{
    bool struck = true;

    for (unsigned nth = 1; struck && !test_failed(); nth += fault_step()) {
        struct scope *inner = scope_open(1 << 26);
        struct trial t = {.world = sim_new(nth)};
        sim_fail_nth(t.world, nth);
        if (open_store(inner, &t) == OK)
            do_jobs(inner, &t);
        store_close(t.store);
        struck = sim_mend(t.world);
        expect_recovered(inner, &t);
        if (test_failed())
            printf("when call %u failed\n", nth);
        scope_close(inner);
        sim_free(t.world);
    }
}

// The program is dead from the n-th operation on; then what the disk keeps follows from `end`.
static bool end_at(struct scope *s, unsigned nth, void (*end)(struct world *))
{
    struct trial t = {.world = sim_new(nth)};

    sim_halt_nth(t.world, nth);
    if (open_store(s, &t) == OK)
        do_jobs(s, &t);
    store_close(t.store);
    end(t.world);
    bool struck = sim_mend(t.world);
    expect_recovered(s, &t);
    sim_free(t.world);
    return struck;
}

static void end_everywhere(unsigned first, void (*end)(struct world *))
{
    bool struck = true;

    for (unsigned nth = first; struck && !test_failed(); nth += fault_step()) {
        struct scope *inner = scope_open(1 << 26);
        struck = end_at(inner, nth, end);
        if (test_failed())
            printf("at operation %u\n", nth);
        scope_close(inner);
    }
}

TEST(after_a_power_cut_what_was_acknowledged_is_there)
{
    end_everywhere(3, sim_power_cut);
}

TEST(after_a_kill_what_was_acknowledged_is_there)
{
    end_everywhere(5, sim_kill);
}
