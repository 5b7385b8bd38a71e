// How fast receipts live: starts `sheaf serve` on a fresh data folder, sends receipts, waits until
// all are final, and prints what it measured, for people and as one JSON line.
//
//   receipts [--seconds=20] [--fill=0] [--rate=0] [--connections=64] [--sheaf=build/release/sheaf]
//            [--data=build/bench/data] [--name=whole_life] [--keep] [-- settings of the server]
//
// With --fill as many receipts are sent first. With --rate the load is an open loop and latencies
// count from when a request was due.
#include "core/scope.h"
#include "http/client.h"
#include "sys/world.h"
#include "test/bench/load.h"
#include "test/bench/server.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCOPE_BYTES_MAX = 1 << 30, FINAL_WAIT_S = 600, QUIET_US = 500000 };

static const char receipt[] =
    "{\"kind\":\"till-receipt\",\"clientId\":\"client-@@@@\",\"number\":\"2026-@@@@@@@@\","
    "\"issuedAt\":\"2026-11-20T14:03:22+01:00\",\"till\":\"T-07\",\"cashier\":\"Anna "
    "Lindqvist\",\"shop\":{\"name\":\"Kaffeladen am Markt\",\"taxNumber\":\"DE123456789\","
    "\"street\":\"Marktgasse 17\",\"city\":\"Freiburg\",\"country\":\"DE\"},"
    "\"currency\":\"EUR\",\"lines\":["
    "{\"sku\":\"4006381333931\",\"text\":\"Espresso beans, dark roast, 500 g\",\"quantity\":2,"
    "\"unit\":\"pc\",\"unitPrice\":8.49,\"amount\":16.98,\"vatRate\":7},"
    "{\"sku\":\"4006381333948\",\"text\":\"Filter paper no. 4, 100 pieces\",\"quantity\":1,"
    "\"unit\":\"pc\",\"unitPrice\":2.99,\"amount\":2.99,\"vatRate\":19},"
    "{\"sku\":\"4006381333955\",\"text\":\"Cup with saucer, stoneware, blue\",\"quantity\":4,"
    "\"unit\":\"pc\",\"unitPrice\":6.50,\"amount\":26.00,\"vatRate\":19},"
    "{\"sku\":\"4006381333962\",\"text\":\"Oat drink barista, 1 l\",\"quantity\":6,"
    "\"unit\":\"pc\",\"unitPrice\":1.79,\"amount\":10.74,\"vatRate\":7},"
    "{\"sku\":\"4006381333979\",\"text\":\"Hand grinder, steel burr\",\"quantity\":1,"
    "\"unit\":\"pc\",\"unitPrice\":89.00,\"amount\":89.00,\"vatRate\":19},"
    "{\"sku\":\"4006381333986\",\"text\":\"Cane sugar, 1 kg\",\"quantity\":1,\"unit\":\"pc\","
    "\"unitPrice\":2.19,\"amount\":2.19,\"vatRate\":7},"
    "{\"sku\":\"4006381333993\",\"text\":\"Descaler, liquid, 250 ml\",\"quantity\":2,"
    "\"unit\":\"pc\",\"unitPrice\":5.95,\"amount\":11.90,\"vatRate\":19},"
    "{\"sku\":\"4006381334006\",\"text\":\"Chocolate, 70 %, 100 g\",\"quantity\":3,"
    "\"unit\":\"pc\",\"unitPrice\":2.49,\"amount\":7.47,\"vatRate\":7},"
    "{\"sku\":\"4006381334013\",\"text\":\"Milk jug, 350 ml\",\"quantity\":1,\"unit\":\"pc\","
    "\"unitPrice\":14.90,\"amount\":14.90,\"vatRate\":19},"
    "{\"sku\":\"4006381334020\",\"text\":\"Carrier bag, paper\",\"quantity\":1,\"unit\":\"pc\","
    "\"unitPrice\":0.20,\"amount\":0.20,\"vatRate\":19}],"
    "\"vat\":[{\"rate\":7,\"base\":34.93,\"amount\":2.45},"
    "{\"rate\":19,\"base\":121.84,\"amount\":23.15}],\"total\":182.37,"
    "\"payments\":[{\"method\":\"card\",\"amount\":182.37,\"reference\":\"4711-@@@@@@\"}]}";

struct plan {
    const char *name;
    double seconds;
    double rate_per_s;
    unsigned connections;
    uint64_t fill; // receipts that are sent before anything is measured
    struct bench_server server;
};

static bool read_flag(struct plan *plan, struct str flag)
{
    struct str value = flag;
    struct str name = str_cut(&value, '=');
    const char *z = value.data;

    if (str_is(name, "--seconds"))
        plan->seconds = strtod(z, NULL);
    else if (str_is(name, "--rate"))
        plan->rate_per_s = strtod(z, NULL);
    else if (str_is(name, "--connections"))
        plan->connections = (unsigned)strtoul(z, NULL, 10);
    else if (str_is(name, "--fill"))
        plan->fill = strtoull(z, NULL, 10);
    else if (str_is(name, "--sheaf"))
        plan->server.program = z;
    else if (str_is(name, "--data"))
        plan->server.data = z;
    else if (str_is(name, "--name"))
        plan->name = z;
    else if (str_is(flag, "--keep"))
        plan->server.keep = true;
    else
        return false;
    return true;
}

// Waits until nothing has moved for a while: no message can be taken or is worked on, and no
// request came but our own. `*at_us` is when something last did. (Messages for later do not count:
// with partners that call back, each registration leaves one that will look after it.)
static enum status wait_until_final(struct scope *s, struct bench_server *server, int64_t *at_us)
{
    int64_t now_us = world_monotonic_us(world_real());
    int64_t deadline_us = now_us + FINAL_WAIT_S * 1000000LL;
    uint64_t requests = 0;

    *at_us = now_us;
    while (now_us - *at_us < QUIET_US) {
        struct bench_figures figures = {0};
        TRY(bench_server_figures(s, server, &figures));
        now_us = world_monotonic_us(world_real());
        if (figures.messages > 0 || figures.requests != requests + 1)
            *at_us = now_us;
        requests = figures.requests;
        if (now_us > deadline_us)
            return fail(s, TIMEOUT, "%llu messages still wait",
                        (unsigned long long)figures.messages);
        bench_pause_ms(5);
    }
    return OK;
}

static void print_life(const struct plan *plan, const struct load_result *load, double life_s,
                       const struct bench_figures *before, const struct bench_figures *after)
{
    double receipts = (double)load->codes[202];
    double cpu_us = (after->cpu_s - before->cpu_s) * 1e6 / receipts;
    double bytes = (double)(after->database_bytes + after->blob_bytes) / receipts;

    load_print(plan->name, load);
    (void)printf("%s: %.0f receipts in %.1f s, whole life %.0f/s; server %.1f us of CPU and %.0f "
                 "bytes on disk a receipt, %.0f MB resident, %.1f receipts a commit\n",
                 plan->name, receipts, life_s, receipts / life_s, cpu_us, bytes,
                 (double)after->resident_bytes / 1e6,
                 receipts / (double)(after->commits - before->commits));
    (void)printf("{\"bench\":\"%s\",\"receipts\":%.0f,\"seconds\":%.2f,\"whole_life_per_s\":%.0f,"
                 "\"post_p50_ms\":%.2f,\"post_p99_ms\":%.2f,\"server_cpu_us\":%.1f,"
                 "\"bytes_per_receipt\":%.0f,\"resident_mb\":%.0f,\"load_cpu_us\":%.1f}\n",
                 plan->name, receipts, life_s, receipts / life_s,
                 (double)histogram_at(&load->latency, 0.5) / 1000.0,
                 (double)histogram_at(&load->latency, 0.99) / 1000.0, cpu_us, bytes,
                 (double)after->resident_bytes / 1e6, load->cpu_us);
}

static enum status send(struct scope *s, struct plan *plan, uint64_t requests,
                        struct load_result *out)
{
    struct str headers =
        str_format(s, "Content-Type: application/json\r\nAuthorization: Bearer %.*s\r\n",
                   STR(plan->server.key));
    struct load_options load = {
        .port = plan->server.port,
        .connections = plan->connections,
        .rate_per_s = requests ? 0 : plan->rate_per_s,
        .seconds = requests ? 0 : plan->seconds,
        .requests = requests,
        .make = load_template_make,
        .context =
            load_template_new(s, "POST", "/receipts", headers, str(receipt), plan->connections),
    };

    return load_run(s, &load, out);
}

static enum status fill(struct scope *s, struct plan *plan)
{
    struct load_result result = {0};
    int64_t from_us = world_monotonic_us(world_real());
    int64_t final_us = 0;

    if (plan->fill == 0)
        return OK;
    TRY(send(s, plan, plan->fill, &result));
    TRY(wait_until_final(s, &plan->server, &final_us));
    (void)printf("%s: filled with %llu receipts, %.0f/s\n", plan->name,
                 (unsigned long long)plan->fill,
                 (double)plan->fill * 1e6 / (double)(final_us - from_us));
    return OK;
}

static enum status measure(struct scope *s, struct plan *plan)
{
    struct load_result result = {0};
    struct bench_figures before = {0};
    struct bench_figures after = {0};
    int64_t final_us = 0;

    TRY(bench_server_figures(s, &plan->server, &before));
    (void)printf("%s: started in %.0f ms, %.0f MB resident\n", plan->name,
                 (double)plan->server.start_us / 1000.0, (double)before.resident_bytes / 1e6);
    TRY(fill(s, plan));
    TRY(bench_server_figures(s, &plan->server, &before));
    int64_t from_us = world_monotonic_us(world_real());
    TRY(send(s, plan, 0, &result));
    TRY(wait_until_final(s, &plan->server, &final_us));
    TRY(bench_server_figures(s, &plan->server, &after));
    print_life(plan, &result, (double)(final_us - from_us) / 1e6, &before, &after);
    return OK;
}

int main(int argc, char **argv)
{
    struct plan plan = {
        .name = "whole_life",
        .seconds = 20,
        .connections = 64,
        .server = {.program = "build/release/sheaf", .data = "build/bench/data"},
    };
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    int i = 1;

    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (!read_flag(&plan, str(argv[i]))) {
            (void)fprintf(stderr, "receipts: there is no flag %s\n", argv[i]);
            return 2;
        }
    }
    plan.server.settings = i < argc ? argv + i + 1 : argv + argc;
    enum status e = bench_server_start(s, &plan.server);
    if (e == OK)
        e = measure(s, &plan);
    if (e != OK)
        (void)fprintf(stderr, "receipts: %.*s\n", STR(scope_why(s)));
    bench_server_stop(&plan.server);
    scope_close(s);
    return e == OK ? 0 : 1;
}
