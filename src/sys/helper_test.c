// A helper does what it was given, elsewhere in the real world and at once in a simulated one.
#include "sys/helper.h"

#include "core/scope.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

#include <pthread.h>

struct deed {
    pthread_t by;
    int times;
};

static void do_it(void *deed)
{
    struct deed *d = deed;

    d->by = pthread_self();
    d->times++;
}

TEST(a_helper_does_one_thing_after_another_on_a_thread_of_its_own)
{
    struct scope *own = scope_open(1 << 16);
    struct helper *h = helper_new(own, world_real());
    struct deed d = {0};

    helper_end(h); // nothing was begun
    for (int i = 1; i <= 1000; i++) {
        helper_begin(h, do_it, &d);
        helper_end(h);
        EXPECT_EQUAL(d.times, i);
    }
    EXPECT(!pthread_equal(d.by, pthread_self()));
    scope_close(own);
}

TEST(in_a_simulated_world_it_is_done_at_once)
{
    struct world *w = sim_new(1);
    struct scope *own = scope_open(1 << 16);
    struct helper *h = helper_new(own, w);
    struct deed d = {0};

    helper_begin(h, do_it, &d);
    EXPECT_EQUAL(d.times, 1);
    EXPECT(pthread_equal(d.by, pthread_self()));
    helper_end(h);
    scope_close(own);
    sim_free(w);
}

TEST(a_helper_that_was_never_used_has_no_thread)
{
    struct scope *own = scope_open(1 << 16);

    (void)helper_new(own, world_real());
    scope_close(own);
}
