// Contract of worker.h on each backend: what a worker does is as good as the store below it.
#include "store/worker.h"

#include "sys/thread.h"
#include "test/contract/contract.h"

enum { MEMORY_BYTES = 1 << 20, RETRY_S = 4, ROUNDS_MAX = 20000 };

static enum status record_job(struct scope *s, struct work *job)
{
    struct record done = {.partition = str("done"), .sort = job->message->body};

    (void)s;
    change_put(job->change, &things, &done, if_any());
    change_send(job->change, &other, job->message->body, 0);
    return OK;
}

static enum status finish_job(struct scope *s, struct work *job)
{
    struct record end = {.partition = str("end"), .sort = job->message->body};

    (void)s;
    change_put(job->change, &things, &end, if_any());
    return OK;
}

// The first receive of every other job fails.
static enum status stumble(struct scope *s, struct work *job)
{
    char last = job->message->body.data[job->message->body.bytes - 1];

    if (job->message->receives == 1 && last % 2)
        return fail(s, TEMPORARY, "the partner is down");
    return record_job(s, job);
}

static struct worker_def worker_for(const struct queue_def *queue,
                                    enum status (*run)(struct scope *s, struct work *job),
                                    unsigned threads)
{
    return (struct worker_def){
        .queue = queue,
        .run = run,
        .threads = threads,
        .in_flight_max = 20,
        .memory_bytes_max = MEMORY_BYTES,
        .retry_s_first = RETRY_S,
        .retry_s_max = RETRY_S,
    };
}

static void send_jobs(struct scope *s, struct fixture *f, size_t count)
{
    for (size_t i = 0; i < count; i++)
        EXPECT_OK(enqueue(s, f, &work, str_z(s, str_format(s, "job %03zu", i)), 0));
}

static uint64_t left_in(struct fixture *f, const struct queue_def *queue)
{
    struct queue_stats q;

    queue_stats(f->store, queue, &q);
    return q.ready + q.delayed + q.leased;
}

static size_t ended(struct scope *s, struct fixture *f)
{
    struct query q = {.table = &things, .partition = str("end"), .limit = 1000, .keys_only = true};

    return query_all(s, f, &q).count;
}

// Expects that each job has left one record of version 1 in the partition.
static void expect_each_once(struct scope *s, struct fixture *f, const char *partition,
                             size_t count)
{
    struct query q = {.table = &things, .partition = str(partition), .limit = 1000};
    struct page page = query_all(s, f, &q);

    EXPECT_EQUAL(page.count, count);
    for (size_t i = 0; i < page.count; i++)
        EXPECT_EQUAL(page.records[i].version, 1);
}

CLAUSE(workers_without_threads_carry_every_job_through_retries_once)
{
    enum { JOBS = 40 };
    const struct worker_def defs[] = {
        worker_for(&work, stumble, 1), worker_for(&other, finish_job, 1), {0}};
    send_jobs(s, f, JOBS);

    for (int i = 0; i < ROUNDS_MAX && left_in(f, &work) + left_in(f, &other); i++) {
        (void)workers_run(f->store, defs, 10);
        pass_s(f, 1);
    }

    expect_each_once(s, f, "done", JOBS);
    expect_each_once(s, f, "end", JOBS);
}

CLAUSE(threads_of_workers_carry_every_job_through_two_queues_once)
{
    enum { JOBS = 150 };
    const struct worker_def defs[] = {
        worker_for(&work, record_job, 2), worker_for(&other, finish_job, 2), {0}};
    struct workers *w = workers_start(f->store, defs);
    struct mutex lock = MUTEX_INIT;
    struct condition nobody = CONDITION_INIT;
    send_jobs(s, f, JOBS);

    mutex_lock(&lock);
    // What is left in the queues cannot be asked in one moment: a job may be between the two.
    for (int i = 0; i < ROUNDS_MAX && ended(s, f) < JOBS; i++)
        (void)condition_wait_us(&nobody, &lock, 1000); // the clock stands: no lease ends
    mutex_unlock(&lock);
    workers_stop(w);

    expect_each_once(s, f, "done", JOBS);
    expect_each_once(s, f, "end", JOBS);
}
