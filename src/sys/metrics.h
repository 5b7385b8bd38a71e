// Metrics: counters, gauges and latencies that are declared in tables, counted by any thread
// without a lock, and rendered as OpenMetrics 1.0 text. A metric may have one label whose few
// values are declared with it; a value is named by its place in the list, so the hot path neither
// looks anything up nor allocates.
//
// A module asks for its metrics once, with metrics_find(). A NULL metric counts nothing, so code
// runs without metrics too.
#ifndef SHEAF_SYS_METRICS_H
#define SHEAF_SYS_METRICS_H

#include "core/str.h"

#include <stdint.h>

struct buf;
struct metric;
struct metrics;

enum metric_kind {
    METRIC_COUNTER, // only grows; rendered with "_total"
    METRIC_GAUGE,   // a level
    METRIC_LATENCY, // a histogram of durations; the unit is seconds
};

struct metric_def {
    const char *name; // in full, without "_total"; ends with "_" and the unit; NULL ends the table
    enum metric_kind kind;
    const char *unit;    // "seconds": counted in microseconds; "bytes", ...; NULL: a plain number
    const char *label;   // NULL: none
    const char *values;  // the label's, separated by '|'
    const char *meaning; // one sentence
};

// Rows of a .def file: include it between the braces of an array, then METRICS_END.
// clang-format off
#define METRIC(name, kind, unit, label, values, meaning) \
    {name, METRIC_##kind, unit, label, values, meaning},
#define METRICS_END {0}
// clang-format on

enum {
    METRIC_ONLY = 0,        // the place of a metric without a label
    METRIC_VALUES_MAX = 64, // of one label
};
#define METRIC_EVERY UINT32_MAX // for reading: all values together

// Makes the metrics of all tables; the list ends with NULL, and it and they must live as long as
// the metrics. Asserts that names are unique and well-formed.
struct metrics *metrics_new(const struct metric_def *const *tables);
void metrics_free(struct metrics *metrics);

// Returns the metric, borrowed. Asserts that it exists. NULL for NULL.
struct metric *metrics_find(struct metrics *metrics, const char *name);

// Any thread, at the `place` of the label's value.
void metric_add(struct metric *m, uint32_t place, uint64_t count);    // counter
void metric_set(struct metric *m, uint32_t place, int64_t value);     // gauge
void metric_change(struct metric *m, uint32_t place, int64_t by);     // gauge
void metric_observe_us(struct metric *m, uint32_t place, int64_t us); // latency

// Lets a gauge or counter be asked for its value whenever it is read, instead of being kept.
// `read` is called on the thread that renders. Before other threads use the metric.
void metric_watch(struct metric *m, int64_t (*read)(void *context, uint32_t place), void *context);

// Returns a counter's or gauge's value; of a latency, how often it was observed.
int64_t metric_value(struct metric *m, uint32_t place);

// Returns the duration that the share `q` (0.99) of the observations did not exceed, at most an
// eighth too long; 0 when there were none.
int64_t metric_quantile_us(struct metric *m, uint32_t place, double q);

// Appends everything, "# EOF" included: application/openmetrics-text; version=1.0.0.
void metrics_render(struct buf *out, struct metrics *metrics);

#endif
