#include "store/embedded/filter.h"

#include "core/chance.h"
#include "core/scope.h"
#include "test/harness.h"

TEST(a_filter_knows_all_that_was_added_and_little_else)
{
    enum { ADDED = 300000, ASKED = 20000 };
    struct filter *f = filter_new();
    struct chance in = chance_seeded(1);
    struct chance again = chance_seeded(1);
    struct chance out = chance_seeded(2);
    unsigned wrong = 0;
    for (int i = 0; i < ADDED; i++)
        filter_add(f, chance_u64(&in));

    for (int i = 0; i < ADDED; i++)
        EXPECT(filter_may_have(f, chance_u64(&again)));
    for (int i = 0; i < ASKED; i++)
        wrong += filter_may_have(f, chance_u64(&out));

    EXPECT(wrong < ASKED / 20);
    filter_clear(f);
    EXPECT(!filter_may_have(f, chance_u64(&out)));
    filter_free(f);
}

TEST(a_filter_that_is_full_denies_nothing)
{
    enum { MORE = 800000 };
    struct filter *f = filter_new();
    struct chance in = chance_seeded(1);
    for (int i = 0; i < MORE; i++)
        filter_add(f, chance_u64(&in));

    EXPECT(filter_may_have(f, 12345));
    filter_free(f);
}
