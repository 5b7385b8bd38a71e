// The disk fails, the process is killed, the power is cut: at any operation, and the store holds
// what it answered. CI does a share of it; `make fault` does more: FAULT_RUNS of
// them, from FAULT_SEED on.
#include "core/scope.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/fault/life.h"
#include "test/harness.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUNS_DEFAULT = 24, STEPS = 30, LIVES = 3, LEASE_US = 31 * 1000000 };

static unsigned setting(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);
    uint64_t value = 0;

    return text && str_to_u64(str(text), 1000000000, &value) ? (unsigned)value : otherwise;
}

static unsigned runs(void)
{
    return setting("FAULT_RUNS", RUNS_DEFAULT);
}

// Opens; where a fault forbids it, mends and opens again, which must succeed.
static void open_somehow(struct life *l)
{
    struct scope *s = scope_open(1 << 24);

    if (life_open(s, l) != OK) {
        (void)sim_mend(l->world);
        EXPECT_OK(life_open(s, l));
    }
    scope_close(s);
}

enum ending { ENDS_CLOSED, ENDS_KILLED, ENDS_CUT, ENDINGS };

static const char *const ending_names[ENDINGS] = {"closed", "killed", "cut off"};

// Lives until the n-th operation has failed, and on a little, or to the end.
static void live_on(struct life *l, unsigned nth)
{
    unsigned after = (unsigned)chance_below(&l->chance, 3) * STEPS / 3;

    for (unsigned i = 0; i < STEPS; i++) {
        if (sim_operations(l->world) >= nth && after-- == 0)
            return;
        life_live(l, 1);
    }
}

// One life in which the n-th operation fails. Returns whether there was an n-th.
static bool live_with_fault(uint64_t seed, unsigned nth, enum ending ending)
{
    struct world *w = sim_new(seed);
    struct life l;

    life_init(&l, w, seed);
    sim_fail_nth(w, nth);
    open_somehow(&l);
    if (l.store)
        live_on(&l, nth);
    bool struck = sim_mend(w);
    if (ending == ENDS_KILLED)
        sim_kill(w);
    if (ending == ENDS_CUT)
        sim_power_cut(w);
    life_close(&l);
    sim_advance_us(w, LEASE_US);
    life_verify(&l);
    life_live(&l, 5); // and it goes on
    life_fini(&l);
    sim_free(w);
    if (test_failed())
        (void)fprintf(stderr, "operation %u failed, then %s\n", nth, ending_names[ending]);
    return struck;
}

TEST(whatever_operation_fails_the_store_holds_what_it_answered)
{
    unsigned stride = 1 + 2000 / runs();

    for (unsigned ending = 0; ending < ENDINGS; ending++) {
        for (unsigned nth = 1 + ending; live_with_fault(1, nth, ending) && !test_failed();
             nth += stride)
            ;
    }
}

// A few lives, each ended by a power cut at an operation by chance, or by the end of the process.
static void live_with_cuts(uint64_t seed)
{
    struct world *w = sim_new(seed);
    struct chance chance = chance_seeded(seed);
    struct life l;

    life_init(&l, w, seed);
    for (int i = 0; i < LIVES && !test_failed(); i++) {
        struct scope *s = scope_open(1 << 24);
        sim_halt_nth(w, 1 + (unsigned)chance_below(&chance, 600));
        if (life_open(s, &l) == OK)
            life_live(&l, STEPS * 2);
        (void)sim_mend(w);
        if (chance_below(&chance, 4) == 0)
            sim_kill(w);
        else
            sim_power_cut(w);
        life_close(&l);
        sim_advance_us(w, LEASE_US);
        life_verify(&l);
        life_close(&l);
        scope_close(s);
    }
    life_fini(&l);
    sim_free(w);
    if (test_failed())
        (void)fprintf(stderr, "with seed %llu\n", (unsigned long long)seed);
}

TEST(a_power_cut_at_any_moment_loses_nothing_that_was_answered)
{
    unsigned first = setting("FAULT_SEED", 1);

    for (unsigned i = 0; i < runs() && !test_failed(); i++)
        live_with_cuts((uint64_t)first + i);
}
