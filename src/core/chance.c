// xoshiro256**, see the header.
#include "core/chance.h"

#include <assert.h>
#include <string.h>

static uint64_t splitmix(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

struct chance chance_seeded(uint64_t seed)
{
    struct chance c;

    for (size_t i = 0; i < 4; i++)
        c.state[i] = splitmix(&seed);
    return c;
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

uint64_t chance_u64(struct chance *c)
{
    uint64_t *s = c->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t chance_below(struct chance *c, uint64_t bound)
{
    assert(bound > 0);
    // What lies under the remainder of 2^64 would favour small results.
    uint64_t unfair = (0 - bound) % bound;
    uint64_t number = chance_u64(c);

    while (number < unfair)
        number = chance_u64(c);
    return number % bound;
}

bool chance_coin(struct chance *c)
{
    return chance_u64(c) >> 63;
}

void chance_fill(struct chance *c, void *out, size_t bytes)
{
    char *at = out;

    while (bytes > 0) {
        uint64_t number = chance_u64(c);
        size_t part = bytes < sizeof number ? bytes : sizeof number;
        memcpy(at, &number, part);
        at += part;
        bytes -= part;
    }
}
