// Metrics are arrays of relaxed atomics: readers see each number whole, and all of them nearly of
// the same moment. Latencies are counted in buckets of an eighth of a power of two of microseconds
// and rendered by whole powers.
#include "sys/metrics.h"

#include "core/buf.h"
#include "core/heap.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    PARTS_BITS = 3, // a power of two is divided into 8
    PARTS = 1 << PARTS_BITS,
    POWER_FIRST = 7, // the first rendered bound: 2^7 us, 128 us
    POWER_LAST = 26, // the last: 67 s; what is longer counts in one more bucket
    BUCKETS = (POWER_LAST - PARTS_BITS + 1) * PARTS + 1,
    CELL_WORDS = 8, // a cache line for each value, so that threads do not share one
    LATENCY_WORDS = BUCKETS + CELL_WORDS, // the buckets, then the sum
};

struct metric {
    const struct metric_def *def;
    uint32_t places;
    size_t words; // of one place
    _Atomic uint64_t *cells;
    int64_t (*read)(void *context, uint32_t place);
    void *context;
};

struct metrics {
    struct metric *items;
    size_t count;
};

// The bucket that counts durations up to and including its bound. One less than the duration, so
// that a bound itself falls below.
static size_t bucket_of(int64_t us)
{
    uint64_t v = us > 0 ? (uint64_t)us - 1 : 0;

    if (v < PARTS)
        return (size_t)v;
    unsigned power = 63 - (unsigned)__builtin_clzll(v);
    if (power >= POWER_LAST)
        return BUCKETS - 1;
    return (size_t)(power - PARTS_BITS + 1) * PARTS + (v >> (power - PARTS_BITS) & (PARTS - 1));
}

// The longest duration that the bucket counts.
static int64_t bucket_bound_us(size_t bucket)
{
    if (bucket < PARTS)
        return (int64_t)bucket + 1;
    size_t power = bucket / PARTS - 1;
    return (int64_t)(PARTS + bucket % PARTS + 1) << power;
}

static uint32_t count_values(const char *values)
{
    struct str rest = str(values);
    uint32_t count = 0;

    while (rest.bytes > 0) {
        (void)str_cut(&rest, '|');
        count++;
    }
    return count;
}

static bool is_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || *c == '_' || (*c >= '0' && *c <= '9' && c > name)))
            return false;
    return *name != 0;
}

static void check(const struct metrics *metrics, const struct metric_def *def)
{
    assert(is_name(def->name));
    assert(!str_ends(str(def->name), str("_total"))); // rendering adds it
    assert(!def->label == !def->values);
    assert(!def->label || is_name(def->label));
    // OpenMetrics 1.0, Unit: a name must end with the unit.
    assert(!def->unit || str_ends(str(def->name), str(def->unit)));
    assert(def->kind != METRIC_LATENCY || (def->unit && str_is(str(def->unit), "seconds")));
    for (size_t i = 0; i < metrics->count; i++)
        assert(!str_is(str(def->name), metrics->items[i].def->name));
}

static void add_table(struct metrics *metrics, const struct metric_def *table)
{
    for (; table->name; table++) {
        check(metrics, table);
        struct metric *m = &metrics->items[metrics->count++];
        m->def = table;
        m->places = table->values ? count_values(table->values) : 1;
        m->words = table->kind == METRIC_LATENCY ? LATENCY_WORDS : CELL_WORDS;
        assert(m->places > 0 && m->places <= METRIC_VALUES_MAX);
        m->cells = heap_array(m->places * m->words, sizeof *m->cells);
    }
}

struct metrics *metrics_new(const struct metric_def *const *tables)
{
    struct metrics *metrics = heap_new(struct metrics);
    size_t count = 0;

    for (size_t i = 0; tables[i]; i++)
        for (size_t j = 0; tables[i][j].name; j++)
            count++;
    metrics->items = heap_array(count, sizeof *metrics->items);
    for (size_t i = 0; tables[i]; i++)
        add_table(metrics, tables[i]);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->count; i++)
        free(metrics->items[i].cells);
    free(metrics->items);
    free(metrics);
}

struct metric *metrics_find(struct metrics *metrics, const char *name)
{
    if (!metrics)
        return NULL;
    for (size_t i = 0; i < metrics->count; i++)
        if (str_is(str(name), metrics->items[i].def->name))
            return &metrics->items[i];
    assert(false);
    return NULL;
}

static _Atomic uint64_t *cell(const struct metric *m, uint32_t place, size_t word)
{
    assert(place < m->places);
    return &m->cells[place * m->words + word];
}

static uint64_t load(const struct metric *m, uint32_t place, size_t word)
{
    return atomic_load_explicit(cell(m, place, word), memory_order_relaxed);
}

static void add(const struct metric *m, uint32_t place, size_t word, uint64_t count)
{
    (void)atomic_fetch_add_explicit(cell(m, place, word), count, memory_order_relaxed);
}

void metric_add(struct metric *m, uint32_t place, uint64_t count)
{
    if (!m)
        return;
    assert(m->def->kind == METRIC_COUNTER);
    add(m, place, 0, count);
}

void metric_set(struct metric *m, uint32_t place, int64_t value)
{
    if (!m)
        return;
    assert(m->def->kind == METRIC_GAUGE);
    atomic_store_explicit(cell(m, place, 0), (uint64_t)value, memory_order_relaxed);
}

void metric_change(struct metric *m, uint32_t place, int64_t by)
{
    if (!m)
        return;
    assert(m->def->kind == METRIC_GAUGE);
    add(m, place, 0, (uint64_t)by);
}

void metric_observe_us(struct metric *m, uint32_t place, int64_t us)
{
    if (!m)
        return;
    assert(m->def->kind == METRIC_LATENCY);
    add(m, place, bucket_of(us), 1);
    add(m, place, BUCKETS, us > 0 ? (uint64_t)us : 0);
}

void metric_watch(struct metric *m, int64_t (*read)(void *context, uint32_t place), void *context)
{
    if (!m)
        return;
    assert(m->def->kind != METRIC_LATENCY);
    m->read = read;
    m->context = context;
}

static int64_t value_at(const struct metric *m, uint32_t place)
{
    if (m->read)
        return m->read(m->context, place);
    if (m->def->kind != METRIC_LATENCY)
        return (int64_t)load(m, place, 0);
    uint64_t count = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        count += load(m, place, i);
    return (int64_t)count;
}

int64_t metric_value(struct metric *m, uint32_t place)
{
    int64_t sum = 0;

    if (!m)
        return 0;
    if (place != METRIC_EVERY)
        return value_at(m, place);
    for (uint32_t i = 0; i < m->places; i++)
        sum += value_at(m, i);
    return sum;
}

int64_t metric_quantile_us(struct metric *m, uint32_t place, double q)
{
    uint64_t counts[BUCKETS] = {0};
    uint64_t all = 0;
    uint64_t sum = 0;

    if (!m)
        return 0;
    assert(m->def->kind == METRIC_LATENCY && q >= 0 && q <= 1);
    for (uint32_t i = 0; i < m->places; i++)
        for (size_t j = 0; j < BUCKETS && (place == METRIC_EVERY || place == i); j++)
            counts[j] += load(m, i, j);
    for (size_t i = 0; i < BUCKETS; i++)
        all += counts[i];
    for (size_t i = 0; i < BUCKETS; i++) {
        sum += counts[i];
        if (sum > 0 && (double)sum >= q * (double)all)
            return bucket_bound_us(i);
    }
    return 0;
}

// The label's value at a place, escaped: OpenMetrics 1.0, Text Format.
static void put_label(struct buf *out, const struct metric *m, uint32_t place)
{
    struct str rest = str(m->def->values);
    struct str value = str_cut(&rest, '|');

    while (place-- > 0)
        value = str_cut(&rest, '|');
    buf_format(out, "%s=\"", m->def->label);
    for (size_t i = 0; i < value.bytes; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\')
            buf_put_byte(out, '\\');
        buf_put_byte(out, value.data[i]);
    }
    buf_put_byte(out, '"');
}

// Begins a sample: name, suffix, labels, a space. `bound` is a bucket's; empty: none.
static void put_sample(struct buf *out, const struct metric *m, const char *suffix, uint32_t place,
                       struct str bound)
{
    buf_put_z(out, m->def->name);
    buf_put_z(out, suffix);
    if (m->def->label || bound.bytes > 0) {
        buf_put_byte(out, '{');
        if (m->def->label)
            put_label(out, m, place);
        if (m->def->label && bound.bytes > 0)
            buf_put_byte(out, ',');
        if (bound.bytes > 0)
            buf_format(out, "le=\"%.*s\"", STR(bound));
        buf_put_byte(out, '}');
    }
    buf_put_byte(out, ' ');
}

static struct str seconds(struct scope *s, int64_t us)
{
    uint64_t size = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;

    return str_format(s, "%s%llu.%06llu", us < 0 ? "-" : "", (unsigned long long)(size / 1000000),
                      (unsigned long long)(size % 1000000));
}

static void put_value(struct buf *out, const struct metric *m, int64_t value)
{
    if (m->def->unit && str_is(str(m->def->unit), "seconds"))
        buf_put(out, seconds(out->scope, value));
    else
        buf_put_i64(out, value);
    buf_put_byte(out, '\n');
}

static void put_bucket(struct buf *out, const struct metric *m, uint32_t place, struct str bound,
                       uint64_t count)
{
    put_sample(out, m, "_bucket", place, bound);
    buf_put_u64(out, count);
    buf_put_byte(out, '\n');
}

static void render_latency(struct buf *out, const struct metric *m, uint32_t place)
{
    uint64_t count = 0;
    size_t bucket = 0;

    for (int power = POWER_FIRST; power <= POWER_LAST; power++) {
        int64_t bound_us = (int64_t)1 << power;
        for (; bucket < BUCKETS - 1 && bucket_bound_us(bucket) <= bound_us; bucket++)
            count += load(m, place, bucket);
        put_bucket(out, m, place, seconds(out->scope, bound_us), count);
    }
    count += load(m, place, BUCKETS - 1);
    put_bucket(out, m, place, str("+Inf"), count);
    put_sample(out, m, "_count", place, str(""));
    buf_put_u64(out, count);
    buf_put_byte(out, '\n');
    put_sample(out, m, "_sum", place, str(""));
    put_value(out, m, (int64_t)load(m, place, BUCKETS));
}

static void render(struct buf *out, const struct metric *m)
{
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_LATENCY] = "histogram"};
    const struct metric_def *def = m->def;

    buf_format(out, "# TYPE %s %s\n", def->name, types[def->kind]);
    if (def->unit)
        buf_format(out, "# UNIT %s %s\n", def->name, def->unit);
    buf_format(out, "# HELP %s %s\n", def->name, def->meaning);
    for (uint32_t place = 0; place < m->places; place++) {
        if (def->kind == METRIC_LATENCY) {
            render_latency(out, m, place);
            continue;
        }
        put_sample(out, m, def->kind == METRIC_COUNTER ? "_total" : "", place, str(""));
        put_value(out, m, value_at(m, place));
    }
}

void metrics_render(struct buf *out, struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->count; i++)
        render(out, &metrics->items[i]);
    buf_put_z(out, "# EOF\n");
}
