// The clocks, randomness and ids of the real world.
#include "core/scope.h"
#include "sys/world.h"

#include "sys/thread.h"
#include "test/harness.h"

#include <stdlib.h>

TEST(the_monotonic_clock_never_steps_back)
{
    struct world *w = world_real();
    int64_t before = world_monotonic_us(w);

    for (int i = 0; i < 1000; i++) {
        int64_t now = world_monotonic_us(w);
        EXPECT(now >= before);
        before = now;
    }
}

TEST(random_bytes_differ)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};

    world_random(world_real(), a, sizeof a);
    world_random(world_real(), b, sizeof b);
    EXPECT(memcmp(a, b, sizeof a) != 0);
}

// RFC 9562, 5.7: version 7 in the first digit of the third group, variant 8 to b in the fourth.
TEST(ids_grow_and_have_the_form_of_version_7)
{
    struct str before = {0};

    for (int i = 0; i < 2000; i++) {
        struct str id = world_uuid(world_real(), s);
        REQUIRE(id.bytes == 36);
        EXPECT(id.data[8] == '-' && id.data[13] == '-' && id.data[18] == '-' && id.data[23] == '-');
        EXPECT(id.data[14] == '7' && strchr("89ab", id.data[19]) != NULL);
        EXPECT(str_compare(before, id) < 0);
        before = id;
    }
}

enum { IDS = 2000 };

static void make_ids(void *argument)
{
    uint8_t(*ids)[16] = argument;

    for (size_t i = 0; i < IDS; i++)
        world_uuid_bytes(world_real(), ids[i]);
}

static int by_bytes(const void *left, const void *right)
{
    return memcmp(left, right, 16);
}

TEST(ids_of_several_threads_are_all_different)
{
    uint8_t(*ids)[16] = scope_array(s, (size_t)4 * IDS, sizeof *ids);
    struct thread *threads[4];

    for (size_t i = 0; i < 4; i++)
        threads[i] = thread_start("ids", make_ids, ids + i * IDS);
    for (size_t i = 0; i < 4; i++)
        thread_join(threads[i]);
    qsort(ids, (size_t)4 * IDS, sizeof *ids, by_bytes);
    for (size_t i = 1; i < (size_t)4 * IDS; i++)
        EXPECT(memcmp(ids[i - 1], ids[i], 16) < 0);
}
