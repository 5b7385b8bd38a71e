// The rows of faults.def by name, and when a party is down.
#include "partners/faults.h"

enum { US_PER_S = 1000000 };

struct faults faults_none(void)
{
    return (struct faults){
#define FAULT(name, standard, most, unit, meaning) .name = (standard),
#include "partners/faults.def"
#undef FAULT
    };
}

bool faults_set(struct faults *f, struct str name, uint64_t value)
{
    const struct {
        const char *name;
        uint64_t most;
        uint32_t *row;
    } rows[] = {
#define FAULT(name, standard, most, unit, meaning) {#name, most, &f->name},
#include "partners/faults.def"
#undef FAULT
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!str_is(name, rows[i].name))
            continue;
        if (value > rows[i].most)
            return false;
        *rows[i].row = (uint32_t)value;
        return true;
    }
    return false;
}

bool faults_down(const struct faults *f, int64_t now_us)
{
    if (f->down_every_s == 0)
        return false;
    return now_us / US_PER_S % f->down_every_s < f->down_for_s;
}
