#include "test/signing_fixture.h"

#include "core/scope.h"
#include "services/signing/signing.h"
#include "store/worker.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { US_PER_S = 1000000, WORK_MAX = 100000, TURN_BYTES_MAX = 1 << 30, TRIES_MAX = 100 };

static const struct service *const services[] = {&signing_service, NULL};

static char **flags_of(struct scope *s, const struct signing_fixture_options *options)
{
    char **flags = scope_array(s, SIGNING_FLAGS_MAX + 3, sizeof *flags);
    size_t count = 0;

    flags[count++] = str_z(s, str("--signing.tenant=acme"));
    flags[count++] =
        str_z(s, str_concat(s, 2, str("--signing.inbound="),
                            options->embedded ? str_concat(s, 2, test_directory(s), str("/in"))
                                              : str("in")));
    for (size_t i = 0; i < SIGNING_FLAGS_MAX && options->flags[i]; i++)
        flags[count++] = str_z(s, str(options->flags[i]));
    return flags;
}

static enum status make_key(struct scope *s, struct signing_fixture *f)
{
    struct key_order order = {.tenant = str("acme"),
                              .scopes = str("signing:operate signing:read signing:write")};
    struct key_made made = {0};
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && e == TEMPORARY; i++) // the store may be one that fails
        e = key_create(s, f->edge.store, &order, str("test"), &made);
    f->key = made.secret;
    return e;
}

struct signing_fixture *signing_fixture_start(struct scope *s,
                                              const struct signing_fixture_options *options)
{
    struct signing_fixture *f = scope_new(s, struct signing_fixture);
    struct edge_fixture_options edge = {
        .services = services,
        .seed = options->seed,
        .adversity = options->adversity,
        .flags = flags_of(s, options),
        .outside = options->outside,
        .flow = true,
    };

    log_capture(s, world_real()); // what goes wrong here goes wrong on purpose
    if (options->embedded)
        edge.embedded = str_concat(s, 2, test_directory(s), str("/data"));
    if (!edge_fixture_start(s, &edge, &f->edge))
        return NULL;
    f->self = f->edge.selves[0];
    f->workers[0] = signing_service.workers(s, f->self);
    f->workers[1] = flow_workers(s, f->edge.platform.flow);
    EXPECT_OK(make_key(s, f));
    return test_failed() ? NULL : f;
}

struct answered signing_get(struct scope *s, struct signing_fixture *f, const char *path)
{
    return edge_fixture_call(s, &f->edge, "GET", path, f->key, NULL, (struct str){0});
}

struct answered signing_put(struct scope *s, struct signing_fixture *f, const char *path,
                            struct str body)
{
    return edge_fixture_call(s, &f->edge, "PUT", path, f->key,
                             "Content-Type: application/octet-stream\n", body);
}

unsigned signing_work_on(struct signing_fixture *f, const struct queue_def *queue)
{
    struct worker_def only[2] = {0};

    for (const struct worker_def *d = f->workers[0]; d->queue; d++)
        if (d->queue == queue)
            only[0] = *d;
    return workers_run(f->edge.store, only, WORK_MAX);
}

unsigned signing_work(struct signing_fixture *f)
{
    unsigned done = 0;

    for (size_t i = 0; f->workers[i]; i++)
        done += workers_run(f->edge.store, f->workers[i], WORK_MAX);
    return done;
}

// Messages may be late, and leases end: what comes next may be a moment and not a timer.
static int64_t next_moment(struct signing_fixture *f, int64_t due_us, int64_t until_us)
{
    int64_t soon_us = world_now_us(f->edge.world) + US_PER_S;

    for (size_t i = 0; f->workers[i]; i++) {
        for (const struct worker_def *d = f->workers[i]; d->queue; d++) {
            struct queue_stats stats = {0};
            queue_stats(f->edge.store, d->queue, &stats);
            if ((stats.ready || stats.delayed || stats.leased) && soon_us < due_us)
                due_us = soon_us;
        }
    }
    return due_us < until_us ? due_us : until_us;
}

void signing_settle(struct signing_fixture *f, int64_t seconds)
{
    int64_t until_us = world_now_us(f->edge.world) + seconds * US_PER_S;

    for (;;) {
        struct scope *turn = scope_open(TURN_BYTES_MAX);
        int64_t due_us = flow_tend(turn, f->edge.platform.flow);
        scope_close(turn);
        if (signing_work(f) > 0)
            continue;
        int64_t now_us = world_now_us(f->edge.world);
        if (now_us >= until_us)
            return;
        int64_t next_us = next_moment(f, due_us, until_us);
        if (next_us > now_us)
            sim_advance_us(f->edge.world, next_us - now_us);
    }
}

void signing_look(struct signing_fixture *f)
{
    struct scope *turn = scope_open(TURN_BYTES_MAX);

    (void)signing_service.tend(turn, f->self);
    scope_close(turn);
}
