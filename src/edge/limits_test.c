// Rate limits.
#include "edge/limits_impl.h"

#include "test/harness.h"

TEST(a_principal_has_its_rate_and_no_more)
{
    struct limits *l = limits_new();
    struct limits_left left;
    unsigned let_in = 0;

    for (int64_t ms = 0; ms < 10000; ms++)
        let_in += limits_take(l, str("k1"), 10, 1000000000 + ms * 1000, &left);

    EXPECT(let_in >= 100 && let_in <= 110);
    EXPECT(limits_take(l, str("k2"), 10, 1010000000, &left));
    EXPECT_EQUAL(left.remaining, 9);
    limits_free(l);
}

TEST(a_used_up_budget_says_when_to_try_again)
{
    struct limits *l = limits_new();
    struct limits_left left;

    EXPECT(limits_take(l, str("k1"), 1, 1000000000, &left));
    EXPECT(!limits_take(l, str("k1"), 1, 1000000000, &left));
    EXPECT_EQUAL(left.remaining, 0);
    EXPECT_EQUAL(left.reset_s, 1);
    EXPECT(limits_take(l, str("k1"), 1, 1001000000, &left));
    limits_free(l);
}
