// Workers on the adversary in memory: what a task's status leads to, conflicts, leases, threads.
#include "store/worker.h"

#include "store/memory/memory.h"
#include "store/worker_impl.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { RECEIVES_MAX = 4, LEASE_S = 30, RETRY_S = 8, RETRY_S_MAX = 20, US_PER_S = 1000000 };

static const struct table_def things = {.name = "things"};
static const struct queue_def jobs = {
    .name = "jobs", .receives_max = RECEIVES_MAX, .lease_s = LEASE_S};
static const struct queue_def next_jobs = {
    .name = "next_jobs", .receives_max = RECEIVES_MAX, .lease_s = LEASE_S};
static const struct store_schema schema = {
    .tables = (const struct table_def *const[]){&things, NULL},
    .queues = (const struct queue_def *const[]){&jobs, &next_jobs, NULL},
};

struct bench {
    struct world *world;
    struct store *store;
    struct worker_def defs[3];
    unsigned runs; // of the task
    bool blocked;
    struct mutex lock;
    struct condition changed;
};

static void bench_close(void *opaque)
{
    struct bench *b = opaque;

    store_close(b->store);
    sim_free(b->world);
}

// A store in memory and one worker for the queue `jobs`.
static struct bench *bench_open(struct scope *s, uint64_t seed, unsigned adversity,
                                enum status (*run)(struct scope *s, struct work *work))
{
    struct bench *b = scope_new(s, struct bench);

    b->world = sim_new(seed);
    b->store = memory_open(b->world, &schema, seed, adversity);
    b->defs[0] = (struct worker_def){
        .queue = &jobs,
        .run = run,
        .context = b,
        .threads = 1,
        .in_flight_max = 8,
        .memory_bytes_max = 1 << 20,
        .retry_s_first = RETRY_S,
        .retry_s_max = RETRY_S_MAX,
    };
    mutex_init(&b->lock);
    condition_init(&b->changed);
    scope_defer(s, bench_close, b);
    return b;
}

static void send_jobs(struct scope *s, struct bench *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum status e = TEMPORARY; // the adversary may have a bad moment
        while (e == TEMPORARY) {
            struct change *c = change_new(s);
            change_send(c, &jobs, str_format(s, "job %zu", i), 0);
            e = store_commit(s, b->store, c);
        }
        EXPECT_EQUAL(e, OK);
    }
}

static struct record read_thing(struct scope *s, struct bench *b, const char *name)
{
    struct record r = {0};

    (void)record_get(s, b->store, &things, str(name), str(""), &r);
    return r;
}

static struct queue_stats stats_of(struct bench *b, const struct queue_def *queue)
{
    struct queue_stats stats;

    queue_stats(b->store, queue, &stats);
    return stats;
}

static struct message dead_message(struct scope *s, struct bench *b)
{
    struct message_page page = {0};

    EXPECT_OK(queue_browse(s, b->store, &jobs, QUEUE_DEAD, 10, str(""), &page));
    EXPECT_EQUAL(page.count, 1);
    return page.count ? page.messages[0] : (struct message){0};
}

// Adds to the record of the job's name and passes it on.
static enum status record_job(struct scope *s, struct work *work)
{
    struct record done = {.partition = work->message->body, .content = str("done")};

    (void)s;
    change_put(work->change, &things, &done, if_any());
    change_send(work->change, &next_jobs, work->message->body, 0);
    return OK;
}

TEST(a_task_commits_its_result_and_the_settlement_together)
{
    struct bench *b = bench_open(s, 1, MEMORY_KIND, record_job);
    send_jobs(s, b, 3);

    EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 3);

    EXPECT_EQUAL(read_thing(s, b, "job 2").version, 1);
    EXPECT_EQUAL(stats_of(b, &jobs).ready + stats_of(b, &jobs).leased, 0);
    EXPECT_EQUAL(stats_of(b, &next_jobs).ready, 3);
    EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 0);
}

TEST(no_more_messages_run_than_were_asked_for)
{
    struct bench *b = bench_open(s, 1, MEMORY_KIND, record_job);
    send_jobs(s, b, 50);

    EXPECT_EQUAL(workers_run(b->store, b->defs, 1), 1);
    EXPECT_EQUAL(workers_run(b->store, b->defs, 20), 20);
    EXPECT_EQUAL(stats_of(b, &jobs).ready, 29);
}

static enum status fail_for_now(struct scope *s, struct work *work)
{
    struct record never = {.partition = str("never")};

    change_put(work->change, &things, &never, if_any());
    return fail(s, TEMPORARY, "the partner is down");
}

TEST(a_failure_that_may_pass_is_tried_again_after_growing_delays_and_then_set_aside)
{
    static const int64_t most_s[] = {RETRY_S, RETRY_S * 2, RETRY_S_MAX};
    struct bench *b = bench_open(s, 1, MEMORY_KIND, fail_for_now);
    send_jobs(s, b, 1);

    for (int i = 0; i < RECEIVES_MAX - 1; i++) {
        EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 1);
        sim_advance_us(b->world, (most_s[i] / 2 - 1) * US_PER_S);
        EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 0);
        sim_advance_us(b->world, (most_s[i] / 2 + 1) * US_PER_S);
    }
    EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 1);

    EXPECT_STR(dead_message(s, b).error, "the partner is down");
    EXPECT_EQUAL(read_thing(s, b, "never").version, 0);
}

static enum status fail_for_good(struct scope *s, struct work *work)
{
    (void)work;
    return fail(s, REFUSED, "no such type");
}

TEST(a_failure_that_cannot_pass_is_set_aside_at_once)
{
    struct bench *b = bench_open(s, 1, MEMORY_KIND, fail_for_good);
    send_jobs(s, b, 1);

    EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 1);

    EXPECT_STR(dead_message(s, b).error, "no such type");
}

static enum status exceed_a_limit(struct scope *s, struct work *work)
{
    struct record nameless = {.content = str("x")};

    (void)s;
    change_put(work->change, &things, &nameless, if_any());
    return OK;
}

TEST(a_change_past_a_limit_is_set_aside_with_the_limit)
{
    struct bench *b = bench_open(s, 1, MEMORY_KIND, exceed_a_limit);
    send_jobs(s, b, 1);

    EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 1);

    struct str error = dead_message(s, b).error;
    EXPECT(str_find(error, str("partition key")) < error.bytes);
}

static void put_beside(struct bench *b)
{
    struct scope *s = scope_open(1 << 16);
    struct record r = {.partition = str("counter"), .content = str("theirs")};
    struct change *c = change_new(s);

    change_put(c, &things, &r, if_any());
    EXPECT(store_commit(s, b->store, c) == OK);
    scope_close(s);
}

// Adds one to the counter; somebody else is faster the first time.
static enum status count_job(struct scope *s, struct work *work)
{
    struct bench *b = work->context;
    struct record r = {.partition = str("counter"), .content = str("ours")};

    (void)s;
    if (++b->runs == 1)
        put_beside(b);
    EXPECT_EQUAL(work->attempt, b->runs);
    if (work->obstacle)
        EXPECT_STR(work->obstacle->content, "theirs");
    change_put(work->change, &things, &r, if_version(work->obstacle ? work->obstacle->version : 0));
    return OK;
}

TEST(after_a_conflict_the_task_runs_again_and_sees_what_was_in_the_way)
{
    struct bench *b = bench_open(s, 1, MEMORY_KIND, count_job);
    send_jobs(s, b, 1);

    EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 1);

    EXPECT_EQUAL(b->runs, 2);
    EXPECT_EQUAL(read_thing(s, b, "counter").version, 2);
    EXPECT_EQUAL(stats_of(b, &jobs).leased, 0);
}

static enum status require_the_impossible(struct scope *s, struct work *work)
{
    struct bench *b = work->context;

    (void)s;
    b->runs++;
    change_require(work->change, &things, str("missing"), str(""), if_present());
    return OK;
}

TEST(a_conflict_that_stays_is_tried_again_later)
{
    struct bench *b = bench_open(s, 1, MEMORY_KIND, require_the_impossible);
    send_jobs(s, b, 1);

    EXPECT_EQUAL(workers_run(b->store, b->defs, 10), 1);

    EXPECT(b->runs > 1 && b->runs < 10);
    EXPECT_EQUAL(stats_of(b, &jobs).delayed, 1);
}

static enum status outlive_the_lease(struct scope *s, struct work *work)
{
    struct bench *b = work->context;

    if (b->runs++ == 0)
        sim_advance_us(b->world, (LEASE_S + 1) * US_PER_S);
    return record_job(s, work);
}

TEST(what_comes_after_the_end_of_the_lease_does_not_count)
{
    struct bench *b = bench_open(s, 1, MEMORY_KIND, outlive_the_lease);
    send_jobs(s, b, 1);

    EXPECT_EQUAL(workers_run(b->store, b->defs, 1), 1);
    EXPECT_EQUAL(read_thing(s, b, "job 0").version, 0);

    EXPECT_EQUAL(workers_run(b->store, b->defs, 1), 1);
    EXPECT_EQUAL(read_thing(s, b, "job 0").version, 1);
    EXPECT_EQUAL(stats_of(b, &next_jobs).ready, 1);
}

static unsigned work_of(const struct queue_stats *q)
{
    return (unsigned)(q->ready + q->delayed + q->leased);
}

TEST(on_the_adversary_every_job_has_its_effect_once)
{
    enum { JOBS = 60 };
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct bench *b = bench_open(s, seed, MEMORY_WORST, record_job);
        send_jobs(s, b, JOBS);

        struct queue_stats left = stats_of(b, &jobs);
        for (int i = 0; i < 1000 && work_of(&left); i++, left = stats_of(b, &jobs)) {
            (void)workers_run(b->store, b->defs, 20);
            sim_advance_us(b->world, US_PER_S);
        }

        EXPECT_EQUAL(work_of(&left), 0);
        EXPECT_EQUAL(stats_of(b, &next_jobs).ready, JOBS - left.dead);
        for (size_t i = 0; i < JOBS; i++)
            EXPECT(read_thing(s, b, str_z(s, str_format(s, "job %zu", i))).version <= 1);
    }
}

static unsigned work_left(struct bench *b)
{
    unsigned left = 0;

    for (const struct worker_def *def = b->defs; def->queue; def++) {
        struct queue_stats stats = stats_of(b, def->queue);
        left += work_of(&stats);
    }
    return left;
}

// Moves the clock of the world, so that retries come due, until nothing is left for the workers.
static void await_drained(struct bench *b)
{
    mutex_lock(&b->lock);
    for (int i = 0; i < 30000 && work_left(b); i++) {
        (void)condition_wait_us(&b->changed, &b->lock, 1000);
        sim_advance_us(b->world, US_PER_S / 10);
    }
    mutex_unlock(&b->lock);
    EXPECT_EQUAL(work_left(b), 0);
}

static enum status finish_job(struct scope *s, struct work *work)
{
    struct record end = {.partition = str_concat(s, 2, str("end of "), work->message->body)};

    change_put(work->change, &things, &end, if_any());
    return OK;
}

TEST(threads_carry_every_job_through_two_queues_once)
{
    enum { JOBS = 400 };
    struct bench *b = bench_open(s, 5, MEMORY_WORST, record_job);
    b->defs[0].threads = 2;
    b->defs[1] = b->defs[0];
    b->defs[1].queue = &next_jobs;
    b->defs[1].run = finish_job;
    struct workers *w = workers_start(b->store, b->defs);
    send_jobs(s, b, JOBS);

    await_drained(b);
    struct worker_stats counts;
    workers_stats(w, &jobs, &counts);
    workers_stop(w);

    size_t dead = stats_of(b, &jobs).dead + stats_of(b, &next_jobs).dead;
    size_t ended = 0;
    for (size_t i = 0; i < JOBS; i++) {
        uint64_t version = read_thing(s, b, str_z(s, str_format(s, "end of job %zu", i))).version;
        EXPECT(version <= 1);
        ended += version;
    }
    EXPECT_EQUAL(ended + dead, JOBS);
    EXPECT(counts.runs >= JOBS - dead);
}

static enum status wait_until_unblocked(struct scope *s, struct work *work)
{
    struct bench *b = work->context;

    mutex_lock(&b->lock);
    b->runs++;
    condition_broadcast(&b->changed);
    while (b->blocked)
        condition_wait(&b->changed, &b->lock);
    mutex_unlock(&b->lock);
    return record_job(s, work);
}

static void await_runs(struct bench *b, unsigned runs)
{
    mutex_lock(&b->lock);
    while (b->runs < runs)
        condition_wait(&b->changed, &b->lock);
    mutex_unlock(&b->lock);
}

static void unblock(struct bench *b)
{
    mutex_lock(&b->lock);
    b->blocked = false;
    condition_broadcast(&b->changed);
    mutex_unlock(&b->lock);
}

TEST(the_lease_of_a_long_task_and_of_what_waits_behind_it_is_extended)
{
    enum { JOBS = 3 };
    struct bench *b = bench_open(s, 1, MEMORY_KIND, wait_until_unblocked);
    b->blocked = true;
    send_jobs(s, b, JOBS);
    struct workers *w = workers_start(b->store, b->defs);
    await_runs(b, 1);

    for (int i = 0; i < 10; i++) { // five leases long
        sim_advance_us(b->world, LEASE_S * US_PER_S / 2);
        workers_extend(w);
    }
    EXPECT_EQUAL(stats_of(b, &jobs).leased, JOBS);
    unblock(b);
    await_drained(b);
    workers_stop(w);

    EXPECT_EQUAL(b->runs, JOBS);
    EXPECT_EQUAL(stats_of(b, &next_jobs).ready, JOBS);
}

struct stopper {
    struct workers *workers;
    struct bench *bench;
};

static void stop_them(void *opaque)
{
    struct stopper *stopper = opaque;

    workers_stop(stopper->workers);
}

TEST(a_stop_waits_for_the_task_that_runs_and_gives_back_the_rest)
{
    enum { JOBS = 3 };
    struct bench *b = bench_open(s, 1, MEMORY_KIND, wait_until_unblocked);
    b->blocked = true;
    send_jobs(s, b, JOBS);
    struct stopper stopper = {workers_start(b->store, b->defs), b};
    await_runs(b, 1);
    struct workers *w = stopper.workers;
    struct thread *thread = thread_start("stopper", stop_them, &stopper);
    while (!atomic_load(&w->stopping))
        (void)stats_of(b, &jobs);

    unblock(b);
    thread_join(thread);

    EXPECT_EQUAL(b->runs, 1);
    EXPECT_EQUAL(read_thing(s, b, "job 0").version, 1);
    EXPECT_EQUAL(stats_of(b, &jobs).ready, JOBS - 1);
    EXPECT_EQUAL(stats_of(b, &jobs).leased, 0);
}

TEST(idle_workers_stop_at_once)
{
    struct bench *b = bench_open(s, 1, MEMORY_KIND, record_job);
    b->defs[0].threads = 3;

    workers_stop(workers_start(b->store, b->defs));
    workers_stop(NULL);
}
