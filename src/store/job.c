// One message on its way: the task, the commit, and what an answer other than OK means.
#include "core/scope.h"
#include "store/backend_impl.h"
#include "store/worker_impl.h"
#include "sys/world.h"

enum {
    ATTEMPTS_MAX = 5, // of one receive, while commits meet a conflict
    DOUBLINGS_MAX = 20,
};

static void job_done(struct change *c, void *context);

static void submit(struct job *job, struct change *c, bool ending)
{
    job->ending = ending;
    store_submit(job->worker->store, c, job->worker->inbox, job_done, job);
}

// Half of the delay is by chance, so that what failed together does not come back together.
static int64_t retry_delay_s(const struct job *job)
{
    const struct worker_def *def = job->worker->def;
    unsigned doublings = job_message(job)->receives - 1;
    uint64_t chance = 0;

    int64_t most_s = def->retry_s_first
                     << (doublings < DOUBLINGS_MAX ? doublings : (unsigned)DOUBLINGS_MAX);
    if (most_s > def->retry_s_max)
        most_s = def->retry_s_max;
    world_random(store_world(job->worker->store), &chance, sizeof chance);
    return most_s - (int64_t)(chance % (uint64_t)(most_s / 2 + 1));
}

void job_fail(struct job *job, enum status e, struct str why, int64_t delay_s)
{
    struct change *c = change_new(job->scope);
    bool again = status_may_retry(e);

    if (why.bytes == 0)
        why = str(status_meaning(e));
    if (again)
        change_give_back(c, job_message(job), delay_s, why);
    else
        change_set_aside(c, job_message(job), why);
    tally(again ? &job->worker->given_back : &job->worker->set_aside);
    submit(job, c, true);
}

void job_run(struct job *job)
{
    const struct worker_def *def = job->worker->def;
    struct work work = {
        .store = job->worker->store,
        .message = job_message(job),
        .change = change_new(job->scope),
        .obstacle = job->obstacle,
        .attempt = job->attempt,
        .context = def->context,
    };

    tally(&job->worker->runs);
    enum status e = def->run(job->scope, &work);
    if (e != OK) {
        job_fail(job, e, scope_why(job->scope), retry_delay_s(job));
        return;
    }
    change_settle(work.change, work.message);
    submit(job, work.change, false);
}

// Runs the task again soon, in a new scope that has nothing of the last attempt but the obstacle.
static void job_again(struct job *job, const struct change *c)
{
    struct scope *old = job->scope;
    struct record *obstacle = NULL;

    job->scope = job_scope(job->worker->def);
    if (change_obstacle(c)) {
        obstacle = scope_new(job->scope, struct record);
        *obstacle = record_copy(job->scope, change_obstacle(c));
    }
    job->obstacle = obstacle;
    job->attempt++;
    scope_close(old);
    job->next = job->worker->again;
    job->worker->again = job;
}

static void job_conflict(struct job *job, struct change *c)
{
    if (change_lost_lease(c)) { // somebody else has the message, or has done the work
        tally(&job->worker->lost);
        job_end(job);
        return;
    }
    tally(&job->worker->conflicts);
    if (job->attempt < ATTEMPTS_MAX)
        job_again(job, c);
    else
        job_fail(job, BUSY, change_why(c), retry_delay_s(job));
}

// On the worker's thread. Where even the giving back fails, the end of the lease does it.
static void job_done(struct change *c, void *context)
{
    struct job *job = context;
    enum status e = change_status(c);

    if (e == OK || e == TIMEOUT || (job->ending && e != CONFLICT))
        job_end(job);
    else if (e == CONFLICT)
        job_conflict(job, c);
    else
        job_fail(job, e, change_why(c), retry_delay_s(job));
}
