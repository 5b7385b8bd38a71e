// The switches of an outside party: one number a row of faults.def.
#ifndef SHEAF_PARTNERS_FAULTS_H
#define SHEAF_PARTNERS_FAULTS_H

#include "core/chance.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct faults {
#define FAULT(name, standard, most, unit, meaning) uint32_t name;
#include "partners/faults.def"
#undef FAULT
};

// Everything at its default: nothing goes wrong.
struct faults faults_none(void);

// Sets the row of that name; false when there is none or the value is out of range.
bool faults_set(struct faults *f, struct str name, uint64_t value);

// Whether something that happens so often out of a hundred times happens now.
static inline bool faults_strike(struct chance *c, uint32_t percent)
{
    return percent > 0 && chance_below(c, 100) < percent;
}

// Whether the party is down at this moment.
bool faults_down(const struct faults *f, int64_t now_us);

#endif
