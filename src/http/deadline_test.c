// Deadlines come due in order, whatever the order in which they were set.
#include "http/deadline.h"

#include "test/harness.h"

TEST(deadlines_come_due_in_order)
{
    static const int64_t times[] = {50, 10, 30, 20, 40, 30};
    struct deadlines list = {0};
    struct deadline d[6] = {0};
    struct deadline *due;
    int64_t last = 0;
    unsigned count = 0;

    for (size_t i = 0; i < 6; i++)
        deadline_set(&list, &d[i], times[i]);
    EXPECT(deadline_take_due(&list, 9) == NULL);
    for (int64_t now = 10; now <= 50; now += 10) {
        while ((due = deadline_take_due(&list, now))) {
            EXPECT(times[due - d] == now && now >= last);
            last = now;
            count++;
        }
    }
    EXPECT_EQUAL(count, 6);
    EXPECT(list.first == NULL && list.last == NULL);
}

TEST(a_deadline_can_be_moved_and_cleared)
{
    struct deadlines list = {0};
    struct deadlines other = {0};
    struct deadline d[3] = {0};

    for (int i = 0; i < 3; i++)
        deadline_set(&list, &d[i], 10 + i);
    deadline_set(&list, &d[0], 20);
    deadline_clear(&d[1]);
    deadline_clear(&d[1]);

    deadline_set(&other, &d[2], 5);

    EXPECT(deadline_take_due(&other, 100) == &d[2]);
    EXPECT(deadline_take_due(&list, 100) == &d[0]);
    EXPECT(deadline_take_due(&list, 100) == NULL);
}
