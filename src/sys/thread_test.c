// Threads, mutexes and conditions.
#include "sys/thread.h"

#include "test/harness.h"

struct cell {
    struct mutex lock;
    struct condition changed;
    int value;
};

static void add_many(void *argument)
{
    struct cell *cell = argument;

    for (int i = 0; i < 1000; i++) {
        mutex_lock(&cell->lock);
        cell->value++;
        condition_broadcast(&cell->changed);
        mutex_unlock(&cell->lock);
    }
}

TEST(a_mutex_keeps_a_sum_right)
{
    struct cell cell = {.lock = MUTEX_INIT, .changed = CONDITION_INIT};
    struct thread *threads[4];

    for (size_t i = 0; i < 4; i++)
        threads[i] = thread_start("add", add_many, &cell);
    for (size_t i = 0; i < 4; i++)
        thread_join(threads[i]);
    EXPECT_EQUAL(cell.value, 4000);
}

TEST(a_condition_wakes_who_waits_for_it)
{
    struct cell cell;
    mutex_init(&cell.lock);
    condition_init(&cell.changed);
    cell.value = 0;
    struct thread *adder = thread_start("add", add_many, &cell);

    mutex_lock(&cell.lock);
    while (cell.value < 1000)
        condition_wait(&cell.changed, &cell.lock);
    mutex_unlock(&cell.lock);
    thread_join(adder);

    EXPECT_EQUAL(cell.value, 1000);
    condition_fini(&cell.changed);
    mutex_fini(&cell.lock);
}

TEST(a_wait_ends_when_its_time_has_passed)
{
    struct cell cell = {.lock = MUTEX_INIT, .changed = CONDITION_INIT};

    mutex_lock(&cell.lock);
    while (condition_wait_us(&cell.changed, &cell.lock, 1000)) // may wake for nothing
        ;
    mutex_unlock(&cell.lock);
}
