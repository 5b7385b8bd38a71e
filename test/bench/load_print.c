// What a run gave, in words and as JSON.
#include "test/bench/load.h"

#include <stdio.h>

static double per_second(const struct load_result *r)
{
    return r->seconds > 0 ? (double)r->answered / r->seconds : 0;
}

static double ms(const struct load_result *r, double part)
{
    return (double)histogram_at(&r->latency, part) / 1000;
}

void load_print(const char *name, const struct load_result *r)
{
    (void)printf(
        "%-28s %9.0f/s  p50 %.2f  p95 %.2f  p99 %.2f  max %.2f ms  (%.1f s, own CPU %.1f us)", name,
        per_second(r), ms(r, 0.50), ms(r, 0.95), ms(r, 0.99), ms(r, 1.0), r->seconds, r->cpu_us);
    for (int code = 0; code < 600; code++)
        if (r->codes[code] > 0)
            (void)printf("  %d: %llu", code, (unsigned long long)r->codes[code]);
    if (r->broken > 0)
        (void)printf("  broken: %llu", (unsigned long long)r->broken);
    if (r->overdue > 0)
        (void)printf("  overdue: %llu", (unsigned long long)r->overdue);
    (void)printf("\n");
}

void load_print_json(const char *name, const struct load_result *r)
{
    const char *separator = "";

    (void)printf("{\"name\":\"%s\",\"per_s\":%.0f,\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f,"
                 "\"max_ms\":%.3f,\"seconds\":%.2f,\"sent\":%llu,\"answered\":%llu,\"broken\":%llu,"
                 "\"overdue\":%llu,\"own_cpu_us\":%.2f,\"codes\":{",
                 name, per_second(r), ms(r, 0.50), ms(r, 0.95), ms(r, 0.99), ms(r, 1.0), r->seconds,
                 (unsigned long long)r->sent, (unsigned long long)r->answered,
                 (unsigned long long)r->broken, (unsigned long long)r->overdue, r->cpu_us);
    for (int code = 0; code < 600; code++) {
        if (r->codes[code] == 0)
            continue;
        (void)printf("%s\"%d\":%llu", separator, code, (unsigned long long)r->codes[code]);
        separator = ",";
    }
    (void)printf("}}\n");
}
