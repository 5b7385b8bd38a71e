// Measures templates on one core: the contract as single files, and as one bundle. A line of JSON
// for each. usage: bench-template [CONTRACTS]
#include "core/asset.h"
#include "core/json.h"
#include "core/scope.h"
#include "document/pdf/assemble.h"
#include "document/typeset/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CONTRACTS = 1000, CONTRACTS_MAX = 100000, WORK_BYTES = 256 << 20 };

static const size_t memory_max = (size_t)4 << 30;

static double now(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(enum status e, struct scope *s)
{
    if (e != OK) {
        (void)fprintf(stderr, "bench-template: %.*s\n", STR(scope_why(s)));
        exit(1);
    }
}

static struct json contract(struct scope *s, size_t i)
{
    static const char *const makes[] = {"Volvo", "Polestar", "Saab", "Koenigsegg"};
    static const char *const names[] = {"Åsa Öberg", "Nils Lindström", "Märta Håkansson"};
    struct json out = {0};
    size_t net = 200000 + i * 317 % 400000;
    struct str text = str_format(
        s,
        "{\"bundle_id\":\"2025-09-15-DEALER123\",\"contract_id\":\"%08zu\",\"sequence_no\":%zu,"
        "\"vin\":\"YV1ZWA8UDL%07zu\",\"registration_no\":\"ABC%03zu\",\"make\":\"%s\","
        "\"model\":\"V%zu Recharge T6 AWD\",\"model_year\":2025,\"contract_type\":\"NYBI\","
        "\"contract_date\":\"2025-09-15\",\"due_date\":\"2025-10-15\",\"net_amount\":%zu.00,"
        "\"vat_amount\":%zu.00,\"gross_amount\":%zu.00,\"currency\":\"SEK\","
        "\"dealer_id\":\"DEALER123\",\"dealer_orgnr\":\"5566778899\",\"signee_name\":\"%s\"}",
        35972395 + i * 13, i + 1, 2356789 + i * 7, i % 1000, makes[i % 4], 40 + i % 50, net,
        net / 4, net + net / 4, names[i % 3]);

    check(json_parse(s, text, &json_limits_strict, &out), s);
    return out;
}

static void print(const char *what, size_t count, size_t pages, double seconds, size_t bytes)
{
    (void)printf("{\"bench\":\"%s\",\"contracts\":%zu,\"pages\":%zu,\"cpuSeconds\":%.3f,"
                 "\"contractsPerSecond\":%.0f,\"pagesPerSecond\":%.0f,\"bytes\":%zu}\n",
                 what, count, pages, seconds, (double)count / seconds, (double)pages / seconds,
                 bytes);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(memory_max);
    struct scope *work = scope_open(WORK_BYTES);
    const struct asset *a = asset_find(str("services/signing/templates/contract.md"));
    struct template_about about = {.now_us = 1764500000000000};
    struct template *t = NULL;
    uint64_t count = CONTRACTS;
    size_t pages = 0;
    size_t bytes = 0;

    if (argc > 1 && !str_to_u64(str(argv[1]), CONTRACTS_MAX, &count))
        return 2;
    double start = now();
    check(template_compile(s, str("contract"), asset_text(a), NULL, &t), s);
    print("template: compile", 1, 1, now() - start, a->bytes);
    struct json *data = scope_array(s, count, sizeof *data);
    struct str *files = scope_array(s, count, sizeof *files);
    for (size_t i = 0; i < count; i++)
        data[i] = contract(s, i);
    start = now();
    for (size_t i = 0; i < count; i++) {
        struct template_result out = {0};
        scope_reset(work);
        check(template_render(work, t, data[i], &about, &out), work);
        files[i] = str_copy(s, out.pdf);
        pages += out.page_count;
        bytes += out.pdf.bytes;
    }
    print("template: single files", count, pages, now() - start, bytes);
    double rendered = now() - start;
    struct assembly *joined = assembly_new(s);
    struct str whole = {0};
    start = now();
    for (size_t i = 0; i < count; i++) {
        struct assembled_part part = {0};
        check(assembly_add(joined, files[i], (struct str){0}, &part), s);
    }
    check(assembly_finish(joined, &(struct assembly_about){0}, &whole), s);
    print("template: joined", count, pages, now() - start, whole.bytes);
    print("template: a bundle, rendered and joined", count, pages, rendered + now() - start,
          whole.bytes);
    scope_close(work);
    scope_close(s);
    return 0;
}
