// Counting, quantiles and the text form.
#include "sys/metrics.h"

#include "core/buf.h"
#include "core/chance.h"
#include "core/scope.h"
#include "sys/thread.h"

#include "test/harness.h"

#include <stdlib.h>

// clang-format off
static const struct metric_def table[] = {
    METRIC("sheaf_receipts",        COUNTER, NULL,      "state", "received|failed", "Receipts by state.")
    METRIC("sheaf_queue_depth",     GAUGE,   NULL,      NULL,    NULL,              "Messages that wait.")
    METRIC("sheaf_queue_age_seconds", GAUGE, "seconds", "queue", "a\"b|c\\d",       "Age of the oldest.")
    METRIC("sheaf_request_seconds", LATENCY, "seconds", NULL,    NULL,              "Time to answer.")
    METRIC("sheaf_step_seconds",    LATENCY, "seconds", "step",  "one|two",         "Time a step takes.")
    METRICS_END,
};
// clang-format on
static const struct metric_def *const tables[] = {table, NULL};

static void free_metrics(void *metrics)
{
    metrics_free(metrics);
}

static struct metrics *make(struct scope *s)
{
    struct metrics *metrics = metrics_new(tables);

    scope_defer(s, free_metrics, metrics);
    return metrics;
}

TEST(counters_count_and_gauges_are_set_by_place)
{
    struct metrics *metrics = make(s);
    struct metric *receipts = metrics_find(metrics, "sheaf_receipts");
    struct metric *depth = metrics_find(metrics, "sheaf_queue_depth");

    metric_add(receipts, 0, 2);
    metric_add(receipts, 1, 3);
    metric_set(depth, METRIC_ONLY, 7);
    metric_change(depth, METRIC_ONLY, -9);

    EXPECT_EQUAL(metric_value(receipts, 1), 3);
    EXPECT_EQUAL(metric_value(receipts, METRIC_EVERY), 5);
    EXPECT_EQUAL(metric_value(depth, METRIC_ONLY), -2);
}

TEST(without_metrics_nothing_is_counted_and_nothing_breaks)
{
    struct metric *none = metrics_find(NULL, "whatever");

    metric_add(none, 0, 1);
    metric_set(none, 0, 1);
    metric_observe_us(none, 0, 1);
    EXPECT_EQUAL(metric_value(none, 0), 0);
    EXPECT_EQUAL(metric_quantile_us(none, 0, 0.5), 0);
}

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

TEST(a_quantile_is_never_too_short_and_at_most_an_eighth_too_long)
{
    enum { COUNT = 5000 };
    static const double shares[] = {0.01, 0.5, 0.9, 0.99, 0.999, 1.0};
    struct metric *m = metrics_find(make(s), "sheaf_request_seconds");
    struct chance chance = chance_seeded(3);
    int64_t *values = scope_array(s, COUNT, sizeof *values);

    for (size_t i = 0; i < COUNT; i++) {
        values[i] = (int64_t)chance_below(&chance, (uint64_t)1 << (1 + chance_below(&chance, 26)));
        metric_observe_us(m, METRIC_ONLY, values[i]);
    }
    qsort(values, COUNT, sizeof *values, by_value);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        size_t rank = (size_t)(shares[i] * COUNT + 0.999999);
        int64_t exact = values[rank > 0 ? rank - 1 : 0];
        int64_t estimate = metric_quantile_us(m, METRIC_ONLY, shares[i]);
        EXPECT(estimate >= exact);
        EXPECT(estimate <= exact + exact / 8 + 1);
    }
    EXPECT_EQUAL(metric_value(m, METRIC_ONLY), COUNT);
}

TEST(a_duration_that_equals_a_bound_counts_within_it)
{
    struct metrics *metrics = make(s);
    struct metric *m = metrics_find(metrics, "sheaf_step_seconds");
    struct buf out = buf_make(s, 1 << 20);

    metric_observe_us(m, 1, 128);
    metric_observe_us(m, 1, 129);
    metric_observe_us(m, 1, 67108864);
    metric_observe_us(m, 1, 67108865);
    metrics_render(&out, metrics);

    static const char *const lines[] = {
        "sheaf_step_seconds_bucket{step=\"two\",le=\"0.000128\"} 1\n",
        "sheaf_step_seconds_bucket{step=\"two\",le=\"0.000256\"} 2\n",
        "sheaf_step_seconds_bucket{step=\"two\",le=\"67.108864\"} 3\n",
        "sheaf_step_seconds_bucket{step=\"two\",le=\"+Inf\"} 4\n",
        "sheaf_step_seconds_count{step=\"two\"} 4\n",
        "sheaf_step_seconds_sum{step=\"two\"} 134.217986\n",
        "sheaf_step_seconds_count{step=\"one\"} 0\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        EXPECT(str_find(buf_str(&out), str(lines[i])) < out.bytes);
}

static int64_t read_age(void *context, uint32_t place)
{
    return *(int64_t *)context * (place + 1);
}

// OpenMetrics 1.0, Text Format.
TEST(the_text_form_has_type_unit_help_samples_and_an_end)
{
    struct metrics *metrics = make(s);
    struct buf out = buf_make(s, 1 << 20);
    int64_t age_us = 1500000;

    metric_add(metrics_find(metrics, "sheaf_receipts"), 0, 4);
    metric_watch(metrics_find(metrics, "sheaf_queue_age_seconds"), read_age, &age_us);
    metrics_render(&out, metrics);

    EXPECT(str_starts(buf_str(&out), str("# TYPE sheaf_receipts counter\n"
                                         "# HELP sheaf_receipts Receipts by state.\n"
                                         "sheaf_receipts_total{state=\"received\"} 4\n"
                                         "sheaf_receipts_total{state=\"failed\"} 0\n"
                                         "# TYPE sheaf_queue_depth gauge\n"
                                         "# HELP sheaf_queue_depth Messages that wait.\n"
                                         "sheaf_queue_depth 0\n"
                                         "# TYPE sheaf_queue_age_seconds gauge\n"
                                         "# UNIT sheaf_queue_age_seconds seconds\n"
                                         "# HELP sheaf_queue_age_seconds Age of the oldest.\n"
                                         "sheaf_queue_age_seconds{queue=\"a\\\"b\"} 1.500000\n"
                                         "sheaf_queue_age_seconds{queue=\"c\\\\d\"} 3.000000\n"
                                         "# TYPE sheaf_request_seconds histogram\n")));
    EXPECT(str_ends(buf_str(&out), str("\n# EOF\n")));
}

static void count_often(void *m)
{
    for (int i = 0; i < 10000; i++)
        metric_add(m, 1, 1);
}

TEST(no_count_is_lost_between_threads)
{
    struct metric *m = metrics_find(make(s), "sheaf_receipts");
    struct thread *threads[4];

    for (size_t i = 0; i < 4; i++)
        threads[i] = thread_start("counter", count_often, m);
    for (size_t i = 0; i < 4; i++)
        thread_join(threads[i]);
    EXPECT_EQUAL(metric_value(m, 1), 40000);
}
