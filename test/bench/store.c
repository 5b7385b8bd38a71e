// Measures the whole life of a receipt in the embedded store, as the receipts service lives it,
// without HTTP and parsing:
//   1  put the document and its state, send to validation, audit
//   2  settle, put the state if its version is known, send to tax and warehouse, audit
//   3  settle, put the state likewise, audit      (tax)
//   4  the same                                   (warehouse)
// and, when more than --hot lives are over, removes the oldest, as archiving does.
//
//     bench-store DIRECTORY [--lives n] [--hot n] [--window n] [--rate n] [--portion n]
//
// With --rate so many lives are begun a second, without it as many as --window allows. Prints one
// line of JSON per portion of lives, one for all, with how long change 1 took, and one about reads.
#include "core/heap.h"
#include "core/scope.h"
#include "core/str.h"
#include "store/change.h"
#include "store/embedded/embedded.h"
#include "store/worker.h"
#include "sys/inbox.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <assert.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    CLIENTS = 10000,
    DAYS = 28,
    DOCUMENT_BYTES = 2000,
    STATE_BYTES = 200,
    SCOPE_BYTES = 1 << 20,
    TASK_BYTES = 8 << 20,
    REMOVED_AT_ONCE = 45,
    ARCHIVERS = 4, // each waits for its change
    MIX = 50021,   // steps through the documents
};

static const struct table_def documents = {
    .name = "receipts",
    .indexes = {{.name = "by_client",
                 .partition_attribute = "client",
                 .sort_attribute = "date",
                 .steady = true}},
    .arrival = true,
};
static const struct table_def states = {.name = "receipt_states", .arrival = true};
static const struct queue_def validation = {.name = "validation", .receives_max = 5, .lease_s = 60};
static const struct queue_def tax = {.name = "tax", .receives_max = 5, .lease_s = 60};
static const struct queue_def warehouse = {.name = "warehouse", .receives_max = 5, .lease_s = 60};
static const struct store_schema schema = {
    (const struct table_def *const[]){&documents, &states, NULL},
    (const struct queue_def *const[]){&validation, &tax, &warehouse, NULL},
    (const struct bucket_def *const[]){NULL},
};

static uint64_t lives = 500000;
static uint64_t hot = 500000;
static uint64_t window = 1000;
static uint64_t portion = 250000;
static uint64_t rate = 0; // lives a second; 0: as many as the window allows
static uint64_t worker_threads = 1;

static struct store *store;
static _Atomic uint64_t accepted; // change 1 was answered
static _Atomic uint64_t finished; // both registrations are done
static _Atomic uint64_t removed;

// Ids in the order they were made, as a ring: the oldest are removed.
struct ids {
    struct mutex lock;
    char (*text)[36];
    uint64_t room;
    uint64_t made;
    uint64_t taken;
};
static struct ids ids = {.lock = MUTEX_INIT};

static uint64_t mix(uint64_t n)
{
    n ^= n >> 31;
    n *= 0x9E3779B97F4A7C15U;
    return n ^ n >> 29;
}

// JSON of the given length that compresses to something less than half.
static struct str make_json(struct scope *s, uint64_t seed, size_t bytes)
{
    struct str text = str_format(
        s, "{\"number\":\"R-%016" PRIx64 "\",\"currency\":\"SEK\",\"lines\":[", mix(seed));
    char *all = scope_bytes(s, bytes);
    size_t at = text.bytes;

    memcpy(all, text.data, text.bytes);
    for (uint64_t i = 0; at < bytes; i++) {
        char line[128];
        uint64_t r = mix(seed * MIX + i);
        int n =
            snprintf(line, sizeof line,
                     "{\"name\":\"Article %06" PRIu64 "\",\"quantity\":%u,\"price\":\"%u.%02u\","
                     "\"vat\":\"25.00\",\"sku\":\"%08" PRIx64 "\"},",
                     r % 1000000, (unsigned)(r >> 20) % 9 + 1, (unsigned)(r >> 24) % 900,
                     (unsigned)(r >> 34) % 100, r >> 32);
        size_t part = (size_t)n < bytes - at ? (size_t)n : bytes - at;
        memcpy(all + at, line, part);
        at += part;
    }
    return str_of(all, bytes);
}

static void audit(struct change *c, const char *action, struct str subject)
{
    struct audit_entry entry = {str("acme"), str("system"), str(action), subject, {0}};

    change_audit(c, &entry);
}

static void put_state(struct scope *s, struct change *c, struct str id, uint64_t version,
                      uint64_t step)
{
    struct record r = {.partition = id, .content = make_json(s, step, STATE_BYTES)};

    change_put(c, &states, &r, if_version(version));
}

// Lives that are on their way.
static _Atomic uint64_t in_flight;

// How long change 1 took, in us. The producer's.
static uint32_t *waits;
static uint64_t wait_count;

struct life {
    struct scope *scope;
    int64_t begun_us;
};

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void report_waits(void)
{
    qsort(waits, wait_count, sizeof *waits, by_number);
    (void)printf(
        "{\"what\":\"change 1\",\"p50_us\":%u,\"p99_us\":%u,\"p999_us\":%u,\"max_us\":%u}\n",
        waits[wait_count / 2], waits[wait_count * 99 / 100], waits[wait_count * 999 / 1000],
        waits[wait_count - 1]);
}

static void accept_done(struct change *c, void *context)
{
    struct life *life = context;

    if (change_status(c) != OK) {
        (void)fprintf(stderr, "change 1: %.*s\n", STR(change_why(c)));
        exit(1);
    }
    atomic_fetch_add(&accepted, 1);
    waits[wait_count++] = (uint32_t)(world_monotonic_us(store_world(store)) - life->begun_us);
    scope_close(life->scope);
}

static void note_id(struct str id)
{
    mutex_lock(&ids.lock);
    memcpy(ids.text[ids.made++ % ids.room], id.data, id.bytes);
    mutex_unlock(&ids.lock);
}

static void start_life(struct inbox *inbox, uint64_t number)
{
    struct scope *s = scope_open(SCOPE_BYTES);
    struct str id = world_uuid(store_world(store), s);
    struct attribute attributes[] = {
        {str("client"), str_format(s, "acme/client-%05" PRIu64, mix(number) % CLIENTS)},
        {str("date"), str_format(s, "2026-11-%02u", (unsigned)(number % DAYS) + 1)},
    };
    struct record document = {.partition = id,
                              .content = make_json(s, number, DOCUMENT_BYTES),
                              .attributes = attributes,
                              .attribute_count = 2};
    struct change *c = change_new(s);

    change_put(c, &documents, &document, if_absent());
    put_state(s, c, id, 0, 0);
    change_send(c, &validation, id, 0);
    audit(c, "receipt.received", id);
    note_id(id);
    atomic_fetch_add(&in_flight, 1);
    struct life *life = scope_new(s, struct life);
    *life = (struct life){s, world_monotonic_us(store_world(store))};
    store_submit(store, c, inbox, accept_done, life);
}

static void produce(void *argument)
{
    struct inbox *inbox = inbox_new();

    (void)argument;
    int64_t start_us = world_monotonic_us(store_world(store));
    for (uint64_t n = 0; n < lives;) {
        int64_t now_us = world_monotonic_us(store_world(store));
        bool early = rate && (double)(now_us - start_us) * (double)rate / 1e6 < (double)n;
        if (early || atomic_load(&in_flight) >= window) {
            (void)inbox_wait(inbox, 1);
            continue;
        }
        start_life(inbox, n++);
        if (n % 16 == 0)
            (void)inbox_run(inbox);
    }
    while (atomic_load(&accepted) < lives)
        (void)inbox_wait(inbox, 10);
    inbox_free(inbox);
}

static enum status validate(struct scope *s, struct work *work)
{
    struct str id = work->message->body;
    struct record document;
    struct record state;

    TRY(record_get(s, store, &documents, id, (struct str){0}, &document));
    TRY(record_get(s, store, &states, id, (struct str){0}, &state));
    assert(document.content.bytes == DOCUMENT_BYTES);
    put_state(s, work->change, id, state.version, 1);
    change_send(work->change, &tax, id, 0);
    change_send(work->change, &warehouse, id, 0);
    audit(work->change, "receipt.validated", id);
    return OK;
}

static enum status confirm(struct scope *s, struct work *work)
{
    struct str id = work->message->body;
    struct record state;

    if (work->obstacle)
        state = *work->obstacle;
    else
        TRY(record_get(s, store, &states, id, (struct str){0}, &state));
    put_state(s, work->change, id, state.version, state.version + 1);
    audit(work->change, work->message->queue->name, id);
    if (work->attempt == 1 && atomic_fetch_add(&finished, 1) % 2)
        atomic_fetch_sub(&in_flight, 1);
    return OK;
}

static size_t oldest_ids(struct scope *s, struct str out[REMOVED_AT_ONCE])
{
    size_t count = 0;

    mutex_lock(&ids.lock);
    uint64_t done = atomic_load(&finished) / 2;
    while (count < REMOVED_AT_ONCE && ids.taken + hot < done && ids.made - ids.taken > hot) {
        out[count++] = str_copy(s, str_of(ids.text[ids.taken++ % ids.room], sizeof *ids.text));
    }
    mutex_unlock(&ids.lock);
    return count;
}

static _Atomic bool over;

static void archive(void *argument)
{
    struct scope *s = scope_open(SCOPE_BYTES);
    struct inbox *inbox = inbox_new();

    (void)argument;
    while (!atomic_load(&over)) {
        struct str old[REMOVED_AT_ONCE];
        size_t count = oldest_ids(s, old);
        struct change *c = change_new(s);
        for (size_t i = 0; i < count; i++) {
            change_remove(c, &documents, old[i], (struct str){0}, if_any());
            change_remove(c, &states, old[i], (struct str){0}, if_any());
        }
        if (count && store_commit(s, store, c) != OK)
            (void)fprintf(stderr, "archive: %.*s\n", STR(scope_why(s)));
        atomic_fetch_add(&removed, count);
        scope_reset(s);
        if (!count)
            (void)inbox_wait(inbox, 5);
    }
    inbox_free(inbox);
    scope_close(s);
}

static void tend(void *argument)
{
    struct scope *s = scope_open(TASK_BYTES);
    struct inbox *inbox = inbox_new();

    (void)argument;
    while (!atomic_load(&over)) {
        (void)inbox_wait(inbox, 200);
        (void)store_tend(s, store);
        scope_reset(s);
    }
    inbox_free(inbox);
    scope_close(s);
}

struct usage {
    double at_s;
    double cpu_s;
    double writer_s;
    double helper_s;
    double written; // bytes
};

static struct str str_until(const char *text, char end)
{
    struct str rest = str(text);

    return str_cut(&rest, end);
}

// CPU time of the threads whose name is this, in s.
static double thread_cpu_s(const char *wanted)
{
    DIR *tasks = opendir("/proc/self/task");
    double sum = 0;

    for (struct dirent *d = readdir(tasks); d; d = readdir(tasks)) {
        char path[300];
        char line[100];
        uint64_t ns = 0;
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", d->d_name);
        FILE *f = fopen(path, "r");
        if (f && fgets(line, sizeof line, f) && str_is(str_trim(str(line)), wanted)) {
            (void)snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", d->d_name);
            FILE *g = fopen(path, "r");
            if (g && fgets(line, sizeof line, g) &&
                str_to_u64(str_until(line, ' '), UINT64_MAX, &ns))
                sum += (double)ns / 1e9;
            if (g)
                (void)fclose(g);
        }
        if (f)
            (void)fclose(f);
    }
    (void)closedir(tasks);
    return sum;
}

static double bytes_written(void)
{
    FILE *f = fopen("/proc/self/io", "r");
    char line[100];
    uint64_t bytes = 0;

    while (f && fgets(line, sizeof line, f)) {
        struct str text = str_trim(str(line));
        if (str_starts(text, str("write_bytes: ")))
            (void)str_to_u64(str_slice(text, 13, text.bytes), UINT64_MAX, &bytes);
    }
    if (f)
        (void)fclose(f);
    return (double)bytes;
}

static struct usage usage_now(void)
{
    struct rusage r;
    struct usage u = {.at_s = (double)world_monotonic_us(store_world(store)) / 1e6};

    (void)getrusage(RUSAGE_SELF, &r);
    u.cpu_s = (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
              (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
    u.writer_s = thread_cpu_s("sheaf-writer");
    u.helper_s = thread_cpu_s("sheaf-keeper");
    u.written = bytes_written();
    return u;
}

static void report(const char *what, const struct usage *a, const struct usage *b, uint64_t from,
                   uint64_t to)
{
    struct store_stats stats;
    double n = (double)(to - from);

    store_stats(store, &stats);
    (void)printf("{\"what\":\"%s\",\"lives\":%" PRIu64 ",\"lives_per_s\":%.0f,\"cpu_us\":%.1f,"
                 "\"writer_us\":%.1f,\"keeper_us\":%.1f,\"bytes_written\":%.0f,"
                 "\"changes_a_batch\":%.0f,\"removed\":%" PRIu64 ",\"conflicts\":%" PRIu64
                 ",\"log_mb\":%.0f,\"database_mb\":%.0f}\n",
                 what, to, n / (b->at_s - a->at_s), (b->cpu_s - a->cpu_s) / n * 1e6,
                 (b->writer_s - a->writer_s) / n * 1e6, (b->helper_s - a->helper_s) / n * 1e6,
                 (b->written - a->written) / n,
                 (double)stats.changes / (double)(stats.batches ? stats.batches : 1),
                 atomic_load(&removed), stats.conflicts, (double)stats.log_bytes / 1e6,
                 (double)stats.database_bytes / 1e6);
    (void)fflush(stdout);
}

static void watch(void)
{
    struct inbox *inbox = inbox_new();
    struct usage start = usage_now();
    struct usage before = start;
    uint64_t done_before = 0;

    while (atomic_load(&finished) < 2 * lives) {
        (void)inbox_wait(inbox, 20);
        uint64_t done = atomic_load(&finished) / 2;
        if (done - done_before < portion)
            continue;
        struct usage now = usage_now();
        report("portion", &before, &now, done_before, done);
        before = now;
        done_before = done;
    }
    struct usage now = usage_now();
    report("all", &start, &now, 0, lives);
    report_waits();
    inbox_free(inbox);
}

static double each_us(int64_t start_us, uint64_t count)
{
    return (double)(world_monotonic_us(store_world(store)) - start_us) / (double)count;
}

// Reads old records one by one, many at once, and by the index, from the database.
static void report_reads(void)
{
    enum { READS = 20000, QUERIES = 1000, PAGE = 10000 };
    struct scope *s = scope_open((size_t)1 << 30);
    uint64_t first = ids.made > hot ? ids.taken + 1 : 0;
    uint64_t live = ids.made - first;
    struct record_key *keys = scope_array(s, PAGE, sizeof *keys);
    struct record *records = scope_array(s, PAGE, sizeof *records);
    struct scope *brief = scope_open(SCOPE_BYTES);
    struct record r;
    size_t found = 0;

    int64_t start_us = world_monotonic_us(store_world(store));
    for (uint64_t i = 0; i < READS; i++) {
        struct str id = str_of(ids.text[(first + mix(i) % live) % ids.room], sizeof *ids.text);
        (void)record_get(brief, store, &documents, id, (struct str){0}, &r);
        scope_reset(brief);
    }
    double get_us = each_us(start_us, READS);
    for (size_t i = 0; i < PAGE; i++)
        keys[i].partition = str_of(ids.text[(first + mix(i) % live) % ids.room], sizeof *ids.text);
    start_us = world_monotonic_us(store_world(store));
    (void)record_get_many(s, store, &documents, keys, PAGE, records);
    double many_ms = each_us(start_us, 1000);
    start_us = world_monotonic_us(store_world(store));
    for (uint64_t i = 0; i < QUERIES; i++) {
        struct query q = {.table = &documents,
                          .index = "by_client",
                          .partition =
                              str_format(brief, "acme/client-%05" PRIu64, mix(i) % CLIENTS),
                          .sort_from = str("2026-11-10"),
                          .sort_to = str("2026-11-20"),
                          .keys_only = true,
                          .limit = 100};
        struct page page = {0};
        (void)record_query(brief, store, &q, &page);
        found += page.count;
        scope_reset(brief);
    }
    double query_us = each_us(start_us, QUERIES);
    (void)printf("{\"what\":\"reads\",\"get_us\":%.1f,\"get_10000_ms\":%.1f,\"query_us\":%.1f,"
                 "\"found_a_query\":%.1f}\n",
                 get_us, many_ms, query_us, (double)found / QUERIES);
    scope_close(brief);
    scope_close(s);
}

static void read_option(const char *name, const char *value)
{
    static const struct {
        const char *name;
        uint64_t *value;
    } options[] = {{"--lives", &lives},     {"--hot", &hot},   {"--window", &window},
                   {"--portion", &portion}, {"--rate", &rate}, {"--threads", &worker_threads}};

    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(options[i].name, name) == 0 &&
            str_to_u64(str(value), UINT64_MAX, options[i].value))
            return;
    }
    (void)fprintf(stderr, "what is %s %s?\n", name, value);
    exit(2);
}

int main(int count, char **arguments)
{
    struct scope *s = scope_open(SCOPE_BYTES);
    struct embedded_options options = {.schema = &schema};

    if (count < 2)
        return 2;
    for (int i = 2; i + 1 < count; i += 2)
        read_option(arguments[i], arguments[i + 1]);
    options.directory = str(arguments[1]);
    if (embedded_open(s, world_real(), &options, &store) != OK) {
        (void)fprintf(stderr, "%.*s\n", STR(scope_why(s)));
        return 1;
    }
    ids.room = hot + 2 * lives;
    if (ids.room > 2 * hot + 1000000)
        ids.room = 2 * hot + 1000000;
    ids.text = heap_array(ids.room, sizeof *ids.text);
    waits = heap_array(lives, sizeof *waits);
    struct worker_def def = {.queue = &validation,
                             .run = validate,
                             .threads = (unsigned)worker_threads,
                             .in_flight_max = 200,
                             .memory_bytes_max = TASK_BYTES,
                             .retry_s_first = 1,
                             .retry_s_max = 60};
    struct worker_def defs[] = {def, def, def, {0}};
    defs[1].queue = &tax;
    defs[1].run = defs[2].run = confirm;
    defs[2].queue = &warehouse;
    struct workers *workers = workers_start(store, defs);
    struct thread *producer = thread_start("producer", produce, NULL);
    struct thread *archivers[ARCHIVERS];
    for (int i = 0; i < ARCHIVERS; i++)
        archivers[i] = thread_start("archiver", archive, NULL);
    struct thread *tender = thread_start("tender", tend, NULL);
    watch();
    atomic_store(&over, true);
    thread_join(producer);
    for (int i = 0; i < ARCHIVERS; i++)
        thread_join(archivers[i]);
    thread_join(tender);
    workers_stop(workers);
    report_reads();
    store_close(store);
    free(ids.text);
    free(waits);
    scope_close(s);
    return 0;
}
