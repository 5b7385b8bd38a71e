// A bundle on its way from records to OnBase, on a store that fails and a virtual clock, with a
// crash again and again: after every commit, or anywhere. It must end delivered, and OnBase must
// have got each vehicle exactly once.
//
// BUNDLE_SEEDS in the environment makes it longer; BUNDLE_FIRST is the first seed.
#include "core/chance.h"
#include "core/scope.h"
#include "store/memory/memory.h"
#include "sys/sim.h"
#include "test/bundle_fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SEEDS_DEFAULT = 4,
    VEHICLES = 4,
    US_PER_S = 1000000,
    LIVES_MAX = 3000,
    QUIET_MAX = 100,
    STEPS = 12,
    SIMULATION_BYTES_MAX = 1 << 30,
};

struct simulation {
    struct scope *s;
    struct bundle_fixture *f;
    struct chance chance;
    unsigned lives;
};

static bool has_ended(struct simulation *m)
{
    struct scope *own = scope_open(SIMULATION_BYTES_MAX);
    struct bundle b = {0};
    bool ended = bundle_get(own, m->f->platform.store, str("acme"), str("b"), &b) == OK &&
                 bundle_status_is_final(b.status);

    scope_close(own);
    return ended;
}

static void tend_once(struct simulation *m)
{
    struct scope *own = scope_open(SIMULATION_BYTES_MAX);

    (void)flow_tend(own, m->f->platform.flow);
    scope_close(own);
}

static void import_once(struct simulation *m)
{
    struct scope *own = scope_open(SIMULATION_BYTES_MAX);

    (void)onbase_run(own, m->f->onbase);
    scope_close(own);
}

static void step(struct simulation *m)
{
    uint64_t what = chance_below(&m->chance, 100);

    if (what < 60)
        (void)bundle_fixture_work(m->f, 1 + (unsigned)chance_below(&m->chance, 8));
    else if (what < 75)
        tend_once(m);
    else if (what < 90)
        import_once(m);
    else
        sim_advance_us(m->f->world, 20LL * US_PER_S);
}

// A life ends with a crash: after a few effects (a task has up to five), so that it comes between
// any two of them, or anywhere.
static void live_and_crash(struct simulation *m, bool few)
{
    bool embedded = m->f->options->embedded.bytes > 0;
    unsigned most = embedded ? 400 : few ? 8 : 25;
    unsigned nth = 1 + (unsigned)chance_below(&m->chance, most);

    if (embedded)
        sim_halt_nth(m->f->world, nth);
    else
        memory_halt_nth(m->f->platform.store, nth);
    for (int i = 0; i < STEPS && !m->f->died; i++)
        step(m);
    if (!embedded)
        (void)memory_mend(m->f->platform.store);
    bundle_fixture_crash(m->f, chance_coin(&m->chance));
    sim_advance_us(m->f->world, 130LL * US_PER_S); // leases of the dead end
    m->lives++;
}

static void expect_nothing_set_aside(struct simulation *m)
{
    for (size_t i = 0; m->f->workers[i]; i++) {
        for (const struct worker_def *d = m->f->workers[i]; d->queue; d++) {
            struct queue_stats stats = {0};
            queue_stats(m->f->platform.store, d->queue, &stats);
            EXPECT_EQUAL(stats.dead, 0);
        }
    }
}

static void expect_delivered_once(struct simulation *m, bool embedded)
{
    struct bundle b = bundle_fixture_get(m->s, m->f, "b");
    struct onbase_counts counts = onbase_count(m->f->onbase);

    EXPECT_EQUAL(b.status, BUNDLE_DELIVERED);
    EXPECT_STR(json_text(bundle_member(&b, "why")), "");
    EXPECT_EQUAL(counts.documents, 2 * VEHICLES);
    EXPECT_EQUAL(counts.differing, 0);
    EXPECT_EQUAL(counts.malformed, 0);
    EXPECT_EQUAL(counts.missing, 0);
    // A power cut may bring back an index that OnBase's own disk had let go.
    if (!embedded)
        EXPECT_EQUAL(counts.repeats, 0);
}

static void run(struct scope *s, const struct bundle_fixture_options *options)
{
    struct simulation *m = scope_new(s, struct simulation);
    bool embedded = options->embedded.bytes > 0;

    m->s = s;
    m->chance = chance_seeded(options->seed);
    m->f = bundle_fixture_open(s, options);
    if (!m->f)
        return;
    bundle_fixture_put(s, m->f, "b", VEHICLES, true);
    while (m->lives < LIVES_MAX && !test_failed() && !has_ended(m))
        live_and_crash(m, options->seed % 2 == 0 && !embedded);
    for (int i = 0; i < QUIET_MAX && !has_ended(m); i++)
        bundle_fixture_settle(m->f, 600);
    bundle_fixture_settle(m->f, 1200);
    expect_delivered_once(m, embedded);
    expect_nothing_set_aside(m);
    if (test_failed())
        (void)fprintf(stderr, "with seed %llu%s, %u lives\n", (unsigned long long)options->seed,
                      embedded ? " on the embedded store" : "", m->lives);
}

static uint64_t from_environment(const char *name, uint64_t standard)
{
    uint64_t number = 0;

    return str_to_u64(str(getenv(name)), UINT32_MAX, &number) ? number : standard;
}

static void run_seeds(uint64_t seeds, const char *folder, unsigned adversity)
{
    uint64_t first = from_environment("BUNDLE_FIRST", 1);

    for (uint64_t seed = first; seed < first + seeds && !test_failed(); seed++) {
        struct scope *own = scope_open(SIMULATION_BYTES_MAX);
        struct bundle_fixture_options options = {.seed = seed,
                                                 .adversity = adversity,
                                                 .embedded = str(folder),
                                                 .signee = SESSION_SIGNED};
        run(own, &options);
        scope_close(own);
    }
}

TEST(bundle_simulation_each_vehicle_is_delivered_once)
{
    (void)s;
    run_seeds(from_environment("BUNDLE_SEEDS", SEEDS_DEFAULT), "", MEMORY_WORST);
}

TEST(bundle_simulation_on_a_disk_that_loses_what_was_not_flushed)
{
    (void)s;
    run_seeds(from_environment("BUNDLE_SEEDS", SEEDS_DEFAULT) / 2, "data", 0);
}
