// What every world has in common: the calls go to its operations, and ids are made here.
#include "sys/world.h"

#include "core/uuid.h"
#include "sys/world_impl.h"

int64_t world_now_us(struct world *w)
{
    return w->operations->now_us(w);
}

int64_t world_monotonic_us(struct world *w)
{
    return w->operations->monotonic_us(w);
}

void world_random(struct world *w, void *out, size_t bytes)
{
    w->operations->random(w, out, bytes);
}

// A new millisecond starts at a random place; within one, 12 bits count and 62 are drawn anew (RFC
// 9562, 6.2, method 1): ids are in order, not to be guessed, and the first 60 bits alone are never
// the same twice, which the store makes row numbers of. Overflow borrows from the next millisecond.
static void uuid_advance(struct world *w)
{
    const uint64_t high_max = ((uint64_t)1 << 12) - 1;
    const uint64_t low_max = ((uint64_t)1 << 62) - 1;
    uint64_t now_ms = (uint64_t)(w->operations->now_us(w) / 1000);
    uint64_t chance[2];

    w->operations->random(w, chance, sizeof chance);
    w->uuid_low = chance[1] & low_max;
    if (now_ms > w->uuid_ms) {
        w->uuid_ms = now_ms;
        w->uuid_high = chance[0] & high_max >> 1; // the upper half is room to grow
        return;
    }
    w->uuid_high++;
    w->uuid_ms += w->uuid_high > high_max;
    w->uuid_high &= high_max;
}

static void put_big_endian(uint8_t *at, uint64_t value, size_t bytes)
{
    while (bytes > 0) {
        at[--bytes] = (uint8_t)value;
        value >>= 8;
    }
}

void world_uuid_bytes(struct world *w, uint8_t out[UUID_BYTES])
{
    mutex_lock(&w->uuid_lock);
    uuid_advance(w);
    put_big_endian(out, w->uuid_ms, 6);
    put_big_endian(out + 6, (uint64_t)7 << 12 | w->uuid_high, 2); // version 7
    put_big_endian(out + 8, (uint64_t)2 << 62 | w->uuid_low, 8);  // variant 10
    mutex_unlock(&w->uuid_lock);
}

struct str world_uuid(struct world *w, struct scope *s)
{
    struct uuid id = {0};

    world_uuid_bytes(w, id.bytes);
    return uuid_to_str(s, id);
}
