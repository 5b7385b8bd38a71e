// Each part is twice as large as the one before, so few have to be asked. The bits of a key lie in
// one line of the processor's cache (F. Putze, P. Sanders, J. Singler: Cache-, hash- and
// space-efficient Bloom filters).
#include "store/embedded/filter.h"

#include "core/heap.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    PARTS_MAX = 4,
    LINES_FIRST = 1024, // of the first part: 64 KiB
    LINE_WORDS = 8,
    LINE_KEYS = 48, // for each line, on average, before the next part is begun
    PROBES = 6,
};

struct line {
    _Atomic uint64_t words[LINE_WORDS];
};

struct filter {
    _Atomic(struct line *) parts[PARTS_MAX];
    _Atomic unsigned part_count;
    _Atomic bool full;
    uint64_t added; // to the newest part
};

struct filter *filter_new(void)
{
    struct filter *f = heap_new(struct filter);

    atomic_init(&f->parts[0], heap_array(LINES_FIRST, sizeof(struct line)));
    atomic_init(&f->part_count, 1);
    return f;
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    for (unsigned i = 0; i < PARTS_MAX; i++)
        free(atomic_load(&f->parts[i]));
    free(f);
}

static uint64_t lines_of(unsigned part)
{
    return (uint64_t)LINES_FIRST << part;
}

static struct line *line_of(const struct filter *f, unsigned part, uint64_t hash)
{
    struct line *lines = atomic_load_explicit(&f->parts[part], memory_order_acquire);

    return &lines[hash % lines_of(part)];
}

// The n-th bit of a key within its line.
static unsigned bit_of(uint64_t hash, unsigned n)
{
    return (unsigned)(hash >> (10 + 9 * n)) % (LINE_WORDS * 64);
}

static void begin_part(struct filter *f)
{
    unsigned next = atomic_load(&f->part_count);

    f->added = 0;
    if (next == PARTS_MAX) {
        atomic_store(&f->full, true);
        return;
    }
    if (!atomic_load(&f->parts[next]))
        atomic_store_explicit(&f->parts[next], heap_array(lines_of(next), sizeof(struct line)),
                              memory_order_release);
    atomic_store(&f->part_count, next + 1);
}

void filter_add(struct filter *f, uint64_t hash)
{
    unsigned newest = atomic_load(&f->part_count) - 1;

    if (atomic_load(&f->full))
        return;
    struct line *line = line_of(f, newest, hash);
    for (unsigned n = 0; n < PROBES; n++) {
        unsigned bit = bit_of(hash, n);
        atomic_fetch_or_explicit(&line->words[bit / 64], (uint64_t)1 << bit % 64,
                                 memory_order_relaxed);
    }
    if (++f->added >= lines_of(newest) * LINE_KEYS)
        begin_part(f);
}

static bool line_has(const struct line *line, uint64_t hash)
{
    for (unsigned n = 0; n < PROBES; n++) {
        unsigned bit = bit_of(hash, n);
        uint64_t word = atomic_load_explicit(&line->words[bit / 64], memory_order_relaxed);
        if (!(word >> bit % 64 & 1))
            return false;
    }
    return true;
}

bool filter_may_have(const struct filter *f, uint64_t hash)
{
    if (atomic_load(&f->full))
        return true;
    for (unsigned i = atomic_load(&f->part_count); i-- > 0;)
        if (line_has(line_of(f, i, hash), hash))
            return true;
    return false;
}

static void clear_part(struct filter *f, unsigned part)
{
    struct line *lines = atomic_load(&f->parts[part]);

    for (uint64_t i = 0; lines && i < lines_of(part); i++)
        for (unsigned j = 0; j < LINE_WORDS; j++)
            atomic_store_explicit(&lines[i].words[j], 0, memory_order_relaxed);
}

void filter_clear(struct filter *f)
{
    for (unsigned i = 0; i < PARTS_MAX; i++)
        clear_part(f, i);
    f->added = 0;
    atomic_store(&f->part_count, 1);
    atomic_store(&f->full, false);
}
