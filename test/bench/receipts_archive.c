// Measures the archive of receipts on the embedded store, on realistic receipts of 2 kB:
//   turn   moves --hot final receipts out of the hot tables, portion by portion
//   open   reads a catalogue of --months times --segments rows
//   list   pages of 10,000 whole receipts, of one month and of all months, for one of many clients
//   merge  merges the segments of the months into one each, and lists again
//
// A list is told in time, in CPU of the process (`cpu_ms`) and of the thread that lists alone
// (`own_cpu_ms`: what is left is its helper's).
//
//     bench-archive DIRECTORY [--receipts n] [--months n] [--segments n] [--clients n] [--hot n]
//
// --receipts is how many lie in the archive, in --segments a month. Prints a line of JSON for each.
#include "core/asset.h"
#include "core/date.h"
#include "core/scope.h"
#include "services/receipts/archive_impl.h"
#include "store/blob.h"
#include "store/compress.h"
#include "store/embedded/embedded.h"
#include "sys/world.h"
#include "test/bench/sample.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { SCOPE_BYTES = 2000 << 20, HOT_GROUP = 40, PAGE = 10000, TIMES = 5, FIRST_YEAR = 2005 };

static const struct store_schema schema = {
    (const struct table_def *const[]){&receipts_table, &receipt_states_table, &segments_table,
                                      &overrides_table, NULL},
    (const struct queue_def *const[]){NULL},
    (const struct bucket_def *const[]){&archive_bucket, &receipt_documents_bucket, NULL},
};

static uint64_t receipts = 1000000;
static uint64_t months = 240;
static uint64_t segments = 4;
static uint64_t clients = 100;
static uint64_t hot = 200000;

static struct world *world;
static struct store *store;
static struct sampler *sampler;

static void check(struct scope *s, enum status e)
{
    if (e == OK)
        return;
    (void)fprintf(stderr, "%s: %.*s\n", status_name(e), STR(scope_why(s)));
    exit(1);
}

// Of the process, or of this thread alone.
static double cpu_of(int who)
{
    struct rusage r;

    (void)getrusage(who, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static double cpu_s(void)
{
    return cpu_of(RUSAGE_SELF);
}

static double now_s(void)
{
    return (double)world_monotonic_us(world) / 1e6;
}

static long memory_mb(void)
{
    struct rusage r;

    (void)getrusage(RUSAGE_SELF, &r);
    return r.ru_maxrss / 1024;
}

// The n-th receipt as it is when it is final, on a day.
static struct receipt make_receipt(struct scope *s, uint64_t n, struct date date,
                                   struct str *document)
{
    char *text = scope_bytes(s, SAMPLE_BYTES_MAX);
    struct sample sample = sample_write(sampler, n, text);
    int64_t at_us = (int64_t)date_to_days(date) * 86400 * 1000000 + (int64_t)(n % 86400) * 1000000;
    struct receipt r = {
        .id = world_uuid(world, s),
        .tenant = str("acme"),
        .client = sample_client_name(s, sample.client),
        .type = str("till"),
        .date = date_to_str(s, date),
        .number = str_copy(s, sample.number),
        .total = str_format(s, "%llu.%02llu", (unsigned long long)(n * 7919 % 900),
                            (unsigned long long)(n % 100)),
        .currency = str("EUR"),
        .media_type = str("application/json"),
        .document_bytes = sample.text.bytes,
    };

    receipt_move(&r, RECEIPT_RECEIVED, at_us, (struct str){0});
    receipt_move(&r, RECEIPT_VALIDATING, at_us + 1200, (struct str){0});
    receipt_move(&r, RECEIPT_PROCESSING, at_us + 2345, (struct str){0});
    for (unsigned p = 0; p < PARTNER_COUNT; p++)
        r.registrations[p] = (struct registration){
            .state = REGISTRATION_CONFIRMED,
            .reference = str_format(s, "R-%llu", (unsigned long long)(n * 2654435761 % 100000000)),
            .at_us = at_us + 9000};
    receipt_move(&r, RECEIPT_COMPLETED, at_us + 10000, (struct str){0});
    *document = sample.text;
    return r;
}

static void put_hot(uint64_t count)
{
    struct date today = {.year = 2026, .month = 11, .day = 3};

    for (uint64_t n = 0; n < count; n += HOT_GROUP) {
        struct scope *s = scope_open(64 << 20);
        struct change *c = change_new(s);
        for (uint64_t i = n; i < n + HOT_GROUP && i < count; i++) {
            struct str document;
            struct receipt r = make_receipt(s, i, today, &document);
            receipt_put_new(s, c, &r, document);
        }
        check(s, store_commit(s, store, c));
        scope_close(s);
    }
}

static void list(struct archive *a, const char *what, const char *from, const char *to);

static void bench_turn(struct scope *s)
{
    struct archive_options options = {.segment_receipts = 25000};
    struct archive *a = NULL;
    uint64_t moved = 1;
    uint64_t all = 0;

    put_hot(hot);
    check(s, archive_open(s, store, &options, &a));
    list(a, "hot", "", "");
    double cpu = cpu_s();
    double own = cpu_of(RUSAGE_THREAD);
    double from = now_s();
    while (moved) {
        struct scope *turn = scope_open(512 << 20);
        check(turn, archive_turn(turn, a, false, &moved));
        scope_close(turn);
        all += moved;
    }
    double seconds = now_s() - from;
    printf("{\"bench\":\"turn\",\"receipts\":%llu,\"seconds\":%.2f,\"cpu_us_per_receipt\":%.2f,"
           "\"own_cpu_us_per_receipt\":%.2f,\"memory_mb\":%ld}\n",
           (unsigned long long)all, seconds, (cpu_s() - cpu) * 1e6 / (double)all,
           (cpu_of(RUSAGE_THREAD) - own) * 1e6 / (double)all, memory_mb());
    list(a, "archived just now", "", "");
}

static int item_order(const void *a, const void *b)
{
    return archived_order(a, b);
}

static void write_segment(uint64_t first, uint64_t count, struct date month)
{
    struct scope *s = scope_open(SCOPE_BYTES);
    struct archived *items = scope_array(s, count, sizeof *items);
    struct blob_writer *blob = NULL;
    struct segment_writer *w = NULL;
    struct change *c = change_new(s);
    struct compressor *compressor = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);

    for (uint64_t i = 0; i < count; i++) {
        struct date date = month;
        date.day = (uint8_t)(1 + i * 28 / count);
        struct str document;
        struct receipt r = make_receipt(s, first + i, date, &document);
        items[i] = (struct archived){.client = str_concat(s, 2, str("acme/"), r.client),
                                     .date = r.date,
                                     .id = r.id,
                                     .version = 4,
                                     .state = receipt_state_content(s, &r),
                                     .document = document};
    }
    qsort(items, count, sizeof *items, item_order);
    struct entry values = {.id = world_uuid(world, s), .month = month_of(items[0].date)};
    values.run = values.id;
    check(s, blob_create(s, store, &archive_bucket, entry_blob_key(s, &values), NULL, &blob));
    check(s, segment_begin(s, blob, compressor, &w));
    for (uint64_t i = 0; i < count; i++)
        check(s, segment_add(s, w, &items[i]));
    check(s, segment_end(s, w, &values.summary));
    check(s, blob_finish(s, blob, NULL));
    entry_put_new(s, c, &values);
    check(s, store_commit(s, store, c));
    compressor_free(compressor);
    scope_close(s);
}

static struct date month_at(uint64_t index)
{
    return (struct date){
        .year = (int16_t)(FIRST_YEAR + index / 12), .month = (uint8_t)(1 + index % 12), .day = 1};
}

static void build(void)
{
    uint64_t per_segment = receipts / (months * segments);
    double from = now_s();
    double cpu = cpu_s();

    for (uint64_t i = 0; i < months * segments; i++)
        write_segment(i * per_segment, per_segment, month_at(i / segments));
    printf("{\"bench\":\"build\",\"receipts\":%llu,\"segments\":%llu,\"seconds\":%.1f,"
           "\"cpu_us_per_receipt\":%.1f}\n",
           (unsigned long long)(per_segment * months * segments),
           (unsigned long long)(months * segments), now_s() - from,
           (cpu_s() - cpu) * 1e6 / (double)receipts);
}

struct sink {
    uint64_t rows;
    uint64_t bytes;
};

static enum status count_row(void *context, const struct archived *item, bool *counted)
{
    struct sink *sink = context;

    *counted = true;
    sink->rows++;
    sink->bytes += item->document.bytes + item->state.bytes;
    return OK;
}

static void list_once(struct archive *a, const struct listing_query *q, struct sink *sink,
                      struct listing_stats *stats)
{
    struct scope *s = scope_open(SCOPE_BYTES);
    struct str cursor = {0};

    *sink = (struct sink){0};
    check(s, archive_list(s, a, q, count_row, sink, &cursor, stats));
    scope_close(s);
}

static void list(struct archive *a, const char *what, const char *from, const char *to)
{
    struct scope *s = scope_open(1 << 16);
    struct str client = sample_client_name(s, (unsigned)(clients / 2));
    struct listing_query q = {.client = str_concat(s, 2, str("acme/"), client),
                              .date_from = str(from),
                              .date_to = str(to),
                              .limit = PAGE,
                              .documents = true};
    struct listing_stats stats = {0};
    struct sink sink = {0};
    double best = 1e9;
    double first = 0;
    double cpu = cpu_s();
    double own = cpu_of(RUSAGE_THREAD);

    for (int i = 0; i < TIMES; i++) {
        double at = now_s();
        list_once(a, &q, &sink, &stats);
        double ms = (now_s() - at) * 1e3;
        first = i == 0 ? ms : first;
        best = ms < best ? ms : best;
    }
    printf("{\"bench\":\"list\",\"of\":\"%s\",\"rows\":%llu,\"plain_bytes\":%llu,\"first_ms\":%.1f,"
           "\"best_ms\":%.1f,\"cpu_ms\":%.1f,\"own_cpu_ms\":%.1f,\"segments_opened\":%llu,\"bytes_"
           "read\":%llu}\n",
           what, (unsigned long long)sink.rows, (unsigned long long)sink.bytes, first, best,
           (cpu_s() - cpu) * 1e3 / TIMES, (cpu_of(RUSAGE_THREAD) - own) * 1e3 / TIMES,
           (unsigned long long)stats.segments_opened, (unsigned long long)stats.bytes_read);
    scope_close(s);
}

static void list_all(struct archive *a, const char *when)
{
    struct scope *s = scope_open(1 << 20);
    struct str month = month_of(date_to_str(s, month_at(months / 2)));
    const char *texts[][3] = {
        {"one month", str_z(s, month), str_z(s, month)},
        {"all months", "", ""},
        {"the last years", str_z(s, date_to_str(s, month_at(months * 3 / 4))), ""},
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        list(a, str_z(s, str_concat(s, 3, str(texts[i][0]), str(", "), str(when))), texts[i][1],
             texts[i][2]);
    scope_close(s);
}

static void bench_get(struct archive *a)
{
    struct scope *s = scope_open(SCOPE_BYTES);
    struct archived item;
    struct snapshot *n = snapshot_take(a);
    double from = now_s();
    enum { GETS = 500 };

    for (size_t i = 0; i < GETS; i++) {
        check(s, archive_get(s, a, n->entries[i * 7919 % n->count]->summary.id_first, &item));
        scope_reset(s);
    }
    printf("{\"bench\":\"get\",\"us\":%.0f}\n", (now_s() - from) * 1e6 / GETS);
    snapshot_give(n);
    scope_close(s);
}

static void bench_merge(struct archive *a)
{
    struct scope *s = scope_open(SCOPE_BYTES);
    struct merge_result result = {0};
    double from = now_s();
    double cpu = cpu_s();

    check(s, archive_merge(s, a, (struct str){0}, NULL, NULL, &result));
    printf("{\"bench\":\"merge\",\"receipts\":%llu,\"before\":%llu,\"after\":%llu,\"bytes\":%llu,"
           "\"seconds\":%.1f,\"cpu_us_per_receipt\":%.1f,\"memory_mb\":%ld}\n",
           (unsigned long long)result.receipts, (unsigned long long)result.segments_before,
           (unsigned long long)result.segments_after, (unsigned long long)result.bytes,
           now_s() - from, (cpu_s() - cpu) * 1e6 / (double)(result.receipts ? result.receipts : 1),
           memory_mb());
    scope_close(s);
}

static uint64_t bytes_of(struct archive *a)
{
    struct snapshot *n = snapshot_take(a);
    uint64_t bytes = 0;

    for (size_t i = 0; i < n->count; i++)
        bytes += n->entries[i]->summary.bytes;
    snapshot_give(n);
    return bytes;
}

static void bench_archive(void)
{
    struct scope *s = scope_open(SCOPE_BYTES);
    struct archive_options options = {.hot_receipts_max = 1000000, .segment_receipts = 100000};
    struct archive *a = NULL;

    build();
    double from = now_s();
    check(s, archive_open(s, store, &options, &a));
    printf("{\"bench\":\"open\",\"segments\":%zu,\"bytes\":%llu,\"ms\":%.1f}\n", a->current->count,
           (unsigned long long)bytes_of(a), (now_s() - from) * 1e3);
    list_all(a, "as archived");
    bench_get(a);
    bench_merge(a);
    list_all(a, "merged");
    bench_get(a);
    scope_close(s);
}

static void read_arguments(int count, char **arguments)
{
    static const struct {
        const char *name;
        uint64_t *value;
    } options[] = {{"--receipts", &receipts},
                   {"--months", &months},
                   {"--segments", &segments},
                   {"--clients", &clients},
                   {"--hot", &hot}};

    for (int i = 2; i + 1 < count; i += 2)
        for (size_t k = 0; k < sizeof options / sizeof options[0]; k++)
            if (str_is(str(arguments[i]), options[k].name))
                (void)str_to_u64(str(arguments[i + 1]), UINT64_MAX, options[k].value);
}

int main(int count, char **arguments)
{
    struct scope *s = scope_open(SCOPE_BYTES);

    if (count < 2) {
        (void)fprintf(stderr, "usage: bench-archive DIRECTORY [--receipts n] [--months n] "
                              "[--segments n] [--clients n] [--hot n]\n");
        return 2;
    }
    read_arguments(count, arguments);
    world = world_real();
    sampler = sampler_new(s, &(struct sampler_options){.seed = 1,
                                                       .clients = (unsigned)clients,
                                                       .from = {2005, 1, 1},
                                                       .to = {2024, 12, 31}});
    struct embedded_dictionary dictionaries[2] = {{.table = "receipts"}};
    struct embedded_options options = {
        .directory = str(arguments[1]), .schema = &schema, .dictionaries = dictionaries};
    dictionaries[0].sample = asset_text(asset_find(str("services/receipts/dictionary.bin")));
    check(s, embedded_open(s, world, &options, &store));
    if (hot)
        bench_turn(s);
    if (receipts)
        bench_archive();
    store_close(store);
    scope_close(s);
    return 0;
}
