#include "partners/ledger.h"

#include "test/harness.h"

TEST(a_ledger_tells_repeats_from_other_contents)
{
    struct ledger *l = ledger_new(sizeof(struct ledger_entry));
    struct ledger_entry *e = ledger_tell(l, str("a"), str("one"));

    EXPECT_EQUAL(e->times, 1);
    EXPECT(ledger_tell(l, str("a"), str("one")) == e);
    EXPECT_EQUAL(e->times, 2);
    (void)ledger_tell(l, str("a"), str("two"));
    EXPECT_EQUAL(e->times, 2);
    EXPECT_EQUAL(e->differing, 1);
    EXPECT(ledger_find(l, str("b")) == NULL);
    ledger_free(l);
}

static void add_up(void *sum, const void *entry)
{
    *(uint64_t *)sum += ((const struct ledger_entry *)entry)->times;
}

TEST(a_ledger_finds_everything_after_it_has_grown)
{
    enum { COUNT = 5000 };
    struct ledger *l = ledger_new(sizeof(struct ledger_entry));
    uint64_t sum = 0;

    for (int i = 0; i < COUNT; i++)
        (void)ledger_tell(l, str_format(s, "id-%d", i), str_format(s, "content %d", i));
    EXPECT_EQUAL(ledger_count(l), COUNT);
    for (int i = 0; i < COUNT; i++)
        EXPECT(ledger_find(l, str_format(s, "id-%d", i)) != NULL);
    ledger_visit(l, add_up, &sum);
    EXPECT_EQUAL(sum, COUNT);
    ledger_free(l);
}
