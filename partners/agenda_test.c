#include "partners/agenda.h"

#include "core/chance.h"
#include "test/harness.h"

struct thing {
    struct due due;
    int number;
};

TEST(an_agenda_gives_what_is_due_soonest_first_and_equals_in_their_order)
{
    enum { COUNT = 1000 };
    static struct thing things[COUNT];
    struct agenda a = {0};
    struct chance c = chance_seeded(1);
    const struct thing *last = NULL;

    for (int i = 0; i < COUNT; i++) {
        things[i].number = i;
        agenda_add(&a, &things[i].due, (int64_t)chance_below(&c, 100));
    }
    for (int i = 0; i < COUNT; i++) {
        const struct thing *t = agenda_take(&a, 100);
        REQUIRE(t != NULL);
        EXPECT(!last || last->due.at_us < t->due.at_us ||
               (last->due.at_us == t->due.at_us && last->number < t->number));
        last = t;
    }
    EXPECT(agenda_take(&a, INT64_MAX) == NULL);
    agenda_fini(&a);
}

TEST(an_agenda_gives_nothing_before_its_time)
{
    struct agenda a = {0};
    struct thing one = {.number = 1};

    EXPECT(agenda_next_us(&a) == INT64_MAX);
    agenda_add(&a, &one.due, 50);
    EXPECT_EQUAL(agenda_next_us(&a), 50);
    EXPECT(agenda_take(&a, 49) == NULL);
    EXPECT(agenda_take(&a, 50) == &one);
    agenda_fini(&a);
}
