// Numbers that follow a seed, for simulations, adversaries and load generators: the same seed gives
// the same numbers on every machine. Never for secrets: those come from world_random().
// The generator is xoshiro256** of D. Blackman and S. Vigna, seeded through their splitmix64.
#ifndef SHEAF_CORE_CHANCE_H
#define SHEAF_CORE_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state[4];
};

struct chance chance_seeded(uint64_t seed);

uint64_t chance_u64(struct chance *c);

// Returns a number from 0 to `bound` - 1, each as likely; `bound` is not 0.
uint64_t chance_below(struct chance *c, uint64_t bound);

// True once in two.
bool chance_coin(struct chance *c);

void chance_fill(struct chance *c, void *out, size_t bytes);

#endif
