// file_write_whole() under every single fault and every power cut: the file is the old or the new
// one, whole; after OK it is the new one.
#include "sys/file.h"

#include "core/scope.h"
#include "sys/sim.h"

#include "test/harness.h"

#include <stdio.h>

enum { SEEDS = 200, NEW_BYTES = 3000 };

static const char OLD[] = "the old content";

static struct str new_content(void)
{
    static char bytes[NEW_BYTES];

    memset(bytes, 'n', sizeof bytes);
    return str_of(bytes, sizeof bytes);
}

static struct world *world_with_old(struct scope *s, uint64_t seed)
{
    struct world *w = sim_new(seed);

    EXPECT_OK(directory_make(s, w, str("d")));
    EXPECT_OK(directory_sync(s, w, str(".")));
    EXPECT_OK(file_write_whole(s, w, str("d/a"), str(OLD)));
    return w;
}

static void expect_whole(struct scope *s, struct world *w, bool must_be_new, uint64_t seed,
                         unsigned nth)
{
    struct str content = {0};

    EXPECT_OK(file_read_whole(s, w, str("d/a"), 1 << 20, &content));
    bool is_new = str_equal(content, new_content());
    bool whole = is_new || (!must_be_new && str_is(content, OLD));
    EXPECT(whole);
    if (!whole)
        (void)fprintf(stderr, "seed %llu, operation %u: %zu bytes\n", (unsigned long long)seed, nth,
                      content.bytes);
}

TEST(a_file_is_written_whole_or_not_whatever_operation_fails)
{
    bool struck = true;

    for (unsigned nth = 1; struck; nth++) {
        struct world *w = world_with_old(s, nth);
        sim_fail_nth(w, nth);
        enum status e = file_write_whole(s, w, str("d/a"), new_content());
        struck = sim_mend(w);
        EXPECT((e == OK) == !struck);
        expect_whole(s, w, e == OK, nth, nth);
        EXPECT_OK(file_write_whole(s, w, str("d/a"), new_content()));
        sim_power_cut(w);
        expect_whole(s, w, true, nth, nth);
        sim_free(w);
    }
}

// Returns whether the power was cut before the write was done.
static bool cut_at(struct scope *s, uint64_t seed, unsigned nth, bool fails_first)
{
    struct world *w = world_with_old(s, seed);

    if (fails_first)
        sim_fail_nth(w, nth);
    else
        sim_halt_nth(w, nth);
    enum status e = file_write_whole(s, w, str("d/a"), new_content());
    bool struck = sim_mend(w);
    EXPECT((e == OK) == !struck);
    sim_power_cut(w);
    expect_whole(s, w, e == OK, seed, nth);
    sim_free(w);
    return struck;
}

TEST(a_file_is_written_whole_or_not_wherever_the_power_is_cut)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        unsigned nth = 1;
        while (cut_at(s, seed, nth, false))
            nth++;
        EXPECT_EQUAL(nth, 6); // open, write, flush, rename, flush of the folder
    }
}

TEST(a_file_is_written_whole_or_not_when_a_fault_and_then_a_power_cut_strike)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        unsigned nth = 1;
        while (cut_at(s, seed, nth, true))
            nth++;
    }
}
