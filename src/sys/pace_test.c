// The gate before a partner.
#include "sys/pace.h"

#include "sys/sim.h"
#include "sys/thread.h"
#include "sys/world.h"
#include "test/harness.h"

#include <stdatomic.h>

enum { MS = 1000, S = 1000000 };

static void close_gate(void *p)
{
    pace_free(p);
}

static void stop_world(void *w)
{
    sim_free(w);
}

static struct pace *gate(struct scope *s, struct pace_options options)
{
    if (!options.world) {
        options.world = sim_new(1);
        scope_defer(s, stop_world, options.world);
    }
    struct pace *p = pace_new(&options);
    scope_defer(s, close_gate, p);
    return p;
}

// How many calls get through one after another at this moment.
static unsigned calls_now(struct pace *p)
{
    unsigned count = 0;

    while (count < 1000 && pace_try(p, NULL)) {
        pace_leave(p);
        count++;
    }
    return count;
}

TEST(after_a_burst_calls_get_through_at_the_rate)
{
    struct world *w = sim_new(1);
    scope_defer(s, stop_world, w);
    struct pace *p = gate(s, (struct pace_options){.world = w, .rate_per_second = 10, .burst = 3});
    int64_t wait_us = 0;
    unsigned count = 0;

    EXPECT_EQUAL(calls_now(p), 3);
    EXPECT(!pace_try(p, &wait_us));
    EXPECT_EQUAL(wait_us, 100 * MS);
    sim_advance_us(w, 99 * MS);
    EXPECT_EQUAL(calls_now(p), 0);
    sim_advance_us(w, 1 * MS);
    EXPECT_EQUAL(calls_now(p), 1);
    for (unsigned i = 0; i < 1000; i++) {
        sim_advance_us(w, 10 * MS);
        count += calls_now(p);
    }
    EXPECT_EQUAL(count, 100);
    sim_advance_us(w, 3600 * (int64_t)S);
    EXPECT_EQUAL(calls_now(p), 3);
}

TEST(a_gate_without_limits_lets_everybody_in)
{
    EXPECT_EQUAL(calls_now(gate(s, (struct pace_options){0})), 1000);
}

TEST(no_more_than_the_most_are_inside)
{
    struct pace *p = gate(s, (struct pace_options){.concurrent_max = 2});
    int64_t wait_us = 0;

    EXPECT(pace_try(p, NULL) && pace_try(p, NULL));
    EXPECT(!pace_try(p, &wait_us) && wait_us > 0);
    pace_leave(p);
    EXPECT(pace_try(p, NULL));
    pace_leave(p);
    pace_leave(p);
}

TEST(who_was_turned_away_has_used_nothing_up)
{
    struct world *w = sim_new(1);
    scope_defer(s, stop_world, w);
    struct pace *p = gate(
        s,
        (struct pace_options){.world = w, .rate_per_second = 1, .burst = 2, .concurrent_max = 1});

    EXPECT(pace_try(p, NULL));
    EXPECT(!pace_try(p, NULL) && !pace_try(p, NULL));
    pace_leave(p);
    EXPECT_EQUAL(calls_now(p), 1);
}

TEST(a_partner_that_asks_for_quiet_gets_it)
{
    struct world *w = sim_new(1);
    scope_defer(s, stop_world, w);
    struct pace *p = gate(s, (struct pace_options){.world = w, .name = "signicat"});
    int64_t wait_us = 0;

    pace_hush(p, 30 * (int64_t)S);
    pace_hush(p, 10 * (int64_t)S); // does not shorten it
    EXPECT(!pace_try(p, &wait_us));
    EXPECT_EQUAL(wait_us, 30 * S);
    EXPECT(pace_enter(s, p, 60 * (int64_t)S) == BUSY);
    EXPECT_STR(scope_why(s), "signicat has as many calls as it may get: try again in 30000 ms");
    sim_advance_us(w, 30 * (int64_t)S);
    EXPECT(pace_enter(s, p, 0) == OK);
    pace_leave(p);
}

// Threads share a gate: never are more inside than may be.
struct crowd {
    struct pace *pace;
    atomic_uint inside, seen_max, entered, turned_away;
};

static void visit(void *argument)
{
    struct crowd *c = argument;
    struct scope *s = scope_open(1 << 20);

    for (unsigned i = 0; i < 50; i++) {
        if (pace_enter(s, c->pace, 60 * (int64_t)S) != OK) {
            atomic_fetch_add(&c->turned_away, 1);
            continue;
        }
        unsigned inside = atomic_fetch_add(&c->inside, 1) + 1;
        unsigned seen = atomic_load(&c->seen_max);
        while (inside > seen && !atomic_compare_exchange_weak(&c->seen_max, &seen, inside))
            continue;
        atomic_fetch_add(&c->entered, 1);
        atomic_fetch_sub(&c->inside, 1);
        pace_leave(c->pace);
    }
    scope_close(s);
}

TEST(threads_wait_for_one_another)
{
    struct crowd c = {
        .pace = gate(s, (struct pace_options){.world = world_real(), .concurrent_max = 2})};
    struct thread *threads[6];

    for (unsigned i = 0; i < 6; i++)
        threads[i] = thread_start("visitor", visit, &c);
    for (unsigned i = 0; i < 6; i++)
        thread_join(threads[i]);
    EXPECT_EQUAL(atomic_load(&c.entered), 300);
    EXPECT_EQUAL(atomic_load(&c.turned_away), 0);
    EXPECT(atomic_load(&c.seen_max) <= 2);
}
