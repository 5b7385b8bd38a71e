// The fixture of the archive's tests.
#include "core/date.h"
#include "services/receipts/archive_impl.h"
#include "services/receipts/archive_test.h"
#include "services/receipts/service_impl.h"
#include "store/blob.h"
#include "store/embedded/embedded.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS = 3, PATIENCE = 200, FIXTURE_BYTES_MAX = 512 << 20 };

const struct store_schema archive_test_schema = {
    .tables = (const struct table_def *const[]){&receipts_table, &receipt_states_table,
                                                &segments_table, &overrides_table, NULL},
    .queues = (const struct queue_def *const[]){NULL},
    .buckets = (const struct bucket_def *const[]){&archive_bucket, &receipt_documents_bucket, NULL},
};

static void close_fixture(void *fixture)
{
    struct archive_fixture *f = fixture;

    scope_close(f->process);
    scope_close(f->scope);
    store_close(f->store);
    if (f->world != world_real())
        sim_free(f->world);
}

static struct archive_fixture *new_fixture(struct scope *s, uint64_t seed, uint64_t hot,
                                           uint64_t portion)
{
    struct archive_fixture *f = scope_new(s, struct archive_fixture);

    f->scope = scope_open(FIXTURE_BYTES_MAX);
    f->world = sim_new(seed);
    f->options = (struct archive_options){.hot_receipts_max = hot, .segment_receipts = portion};
    f->chance = chance_seeded(seed);
    scope_defer(s, close_fixture, f);
    return f;
}

struct archive_fixture *archive_fixture_open(struct scope *s, uint64_t seed, unsigned adversity,
                                             uint64_t hot, uint64_t portion)
{
    struct archive_fixture *f = new_fixture(s, seed, hot, portion);

    f->store = memory_open(f->world, &archive_test_schema, seed, adversity);
    archive_reopen(f);
    return f;
}

// The process would end; here what follows fails until the plug is pulled.
static void ignore_fatal(void *context, struct str why)
{
    (void)context;
    (void)why;
}

static void open_embedded(struct archive_fixture *f)
{
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);
    struct embedded_options options = {
        .directory = f->directory, .schema = &archive_test_schema, .on_fatal = ignore_fatal};

    (void)test_expect_ok(embedded_open(s, f->world, &options, &f->store), s, __FILE__, __LINE__,
                         "the store opens");
    scope_close(s);
}

struct archive_fixture *archive_fixture_open_embedded(struct scope *s, uint64_t seed, uint64_t hot,
                                                      uint64_t portion)
{
    struct archive_fixture *f = new_fixture(s, seed, hot, portion);

    f->embedded = true;
    f->directory = str("data");
    open_embedded(f);
    archive_reopen(f);
    return f;
}

struct archive_fixture *archive_fixture_open_real(struct scope *s, uint64_t seed, uint64_t hot,
                                                  uint64_t portion)
{
    struct str directory = test_directory(s); // outlives the fixture
    struct archive_fixture *f = new_fixture(s, seed, hot, portion);

    sim_free(f->world);
    f->world = world_real();
    f->embedded = true;
    f->directory = str_concat(s, 2, directory, str("/data"));
    open_embedded(f);
    archive_reopen(f);
    return f;
}

void archive_power_cut(struct archive_fixture *f)
{
    scope_close(f->process);
    f->process = NULL;
    store_close(f->store);
    (void)sim_mend(f->world);
    sim_power_cut(f->world);
    open_embedded(f);
    archive_reopen(f);
}

void archive_reopen(struct archive_fixture *f)
{
    scope_close(f->process);
    f->process = scope_open(FIXTURE_BYTES_MAX);
    if (!test_expect(archive_open(f->process, f->store, &f->options, &f->archive) == OK, __FILE__,
                     __LINE__, "the archive opens"))
        abort();
}

static void commit(struct archive_fixture *f, struct change *c, struct scope *s)
{
    (void)test_expect(store_commit(s, f->store, c) == OK, __FILE__, __LINE__, "a change commits");
}

static struct str some_document(struct archive_fixture *f)
{
    size_t bytes = 20 + chance_below(&f->chance, 300);
    char *text = scope_bytes(f->scope, bytes);

    for (size_t i = 0; i < bytes; i++)
        text[i] = (char)('a' + chance_below(&f->chance, 6));
    return str_of(text, bytes);
}

static struct str some_date(struct archive_fixture *f)
{
    struct date from = {.year = 2026, .month = 10, .day = 20};

    return date_to_str(f->scope,
                       date_from_days(date_to_days(from) + (int32_t)chance_below(&f->chance, 45)));
}

static struct known *new_known(struct archive_fixture *f)
{
    if (f->count == f->room) {
        size_t room = f->room ? f->room * 2 : 256;
        struct known *grown = scope_array(f->scope, room, sizeof *grown);
        if (f->count)
            memcpy(grown, f->known, f->count * sizeof *grown);
        f->known = grown;
        f->room = room;
    }
    return &f->known[f->count++];
}

static void note_state(struct archive_fixture *f, struct known *k, uint64_t version)
{
    k->receipt.version = version;
    k->item.version = version;
    k->item.state = receipt_state_content(f->scope, &k->receipt);
}

static void accept_one(struct archive_fixture *f, struct scope *s, struct change *c)
{
    struct known *k = new_known(f);
    struct receipt *r = &k->receipt;

    *k = (struct known){0};
    r->id = world_uuid(f->world, f->scope);
    r->tenant = chance_below(&f->chance, 8) ? str("acme") : str("acme-two");
    r->client = str_format(f->scope, "client-%u", (unsigned)chance_below(&f->chance, CLIENTS));
    r->type = str("till");
    r->date = some_date(f);
    r->media_type = str("application/json");
    receipt_move(r, RECEIPT_RECEIVED, world_now_us(f->world), (struct str){0});
    k->item = (struct archived){
        .client = str_concat(f->scope, 3, r->tenant, str("/"), r->client),
        .date = r->date,
        .id = r->id,
        .document = some_document(f),
    };
    receipt_put_new(s, c, r, k->item.document);
    note_state(f, k, 1);
}

static void finish_one(struct archive_fixture *f, struct scope *s, struct known *k)
{
    struct change *c = change_new(s);

    receipt_move(&k->receipt, RECEIPT_FAILED, world_now_us(f->world), str("refused"));
    receipt_put_state(s, c, &k->receipt);
    archive_note_final(f->archive, c);
    commit(f, c, s);
    note_state(f, k, 2);
    k->final = true;
}

void archive_accept(struct archive_fixture *f, size_t count, unsigned finals)
{
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);

    for (size_t i = 0; i < count; i++) {
        struct change *c = change_new(s);
        sim_advance_us(f->world, (int64_t)chance_below(&f->chance, 3000));
        accept_one(f, s, c);
        commit(f, c, s);
        if (chance_below(&f->chance, 100) < finals)
            finish_one(f, s, &f->known[f->count - 1]);
        scope_reset(s);
    }
    scope_close(s);
}

void archive_accept_at_once(struct archive_fixture *f, size_t count, size_t finals)
{
    enum { GROUP = 40 };
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);

    for (size_t i = 0; i < count; i += GROUP) {
        struct change *c = change_new(s);
        for (size_t k = i; k < i + GROUP && k < count; k++)
            accept_one(f, s, c);
        commit(f, c, s);
        scope_reset(s);
    }
    for (size_t i = 0; i < finals; i++)
        finish_one(f, s, &f->known[i]);
    scope_close(s);
}

void archive_finish_all(struct archive_fixture *f)
{
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);

    for (size_t i = 0; i < f->count; i++)
        if (!f->known[i].final)
            finish_one(f, s, &f->known[i]);
    scope_close(s);
}

void archive_turns(struct archive_fixture *f, bool force)
{
    uint64_t moved = 1;

    for (unsigned i = 0; i < PATIENCE && moved; i++) {
        struct scope *s = scope_open(FIXTURE_BYTES_MAX);
        enum status e = archive_turn(s, f->archive, force, &moved);
        if (e == TEMPORARY)
            moved = 1;
        else
            (void)test_expect_ok(e, s, __FILE__, __LINE__, "a turn");
        scope_close(s);
    }
}

void archive_catch_up(struct archive_fixture *f)
{
    struct store_stats stats = {0};

    for (unsigned i = 0; i < PATIENCE; i++)
        store_stats(f->store, &stats);
}

// What is listed, beside what must be.
struct check {
    struct known **expected;
    size_t count;
    size_t at;
    bool documents;
    bool wrong;
};

static bool is_same(const struct archived *a, const struct known *k, bool documents)
{
    return archived_order(a, &k->item) == 0 && a->version == k->item.version &&
           str_equal(a->state, k->item.state) &&
           (!documents || str_equal(a->document, k->item.document));
}

static enum status check_row(void *context, const struct archived *item, bool *counted)
{
    struct check *c = context;

    *counted = true;
    if (!c->wrong && (c->at == c->count || !is_same(item, c->expected[c->at], c->documents))) {
        (void)fprintf(stderr, "row %zu of %zu is %.*s %.*s %.*s version %llu\n", c->at, c->count,
                      STR(item->client), STR(item->date), STR(item->id),
                      (unsigned long long)item->version);
        c->wrong = true;
    }
    c->at++;
    return OK;
}

static int known_order(const void *a, const void *b)
{
    return archive_order(&(*(struct known *const *)a)->item, &(*(struct known *const *)b)->item);
}

static bool is_wanted(const struct known *k, const struct listing_query *q)
{
    if (k->erased || str_compare(k->item.date, q->date_from) < 0 ||
        (q->date_to.bytes &&
         str_compare(str_slice(k->item.date, 0, q->date_to.bytes), q->date_to) > 0))
        return false;
    return q->client.bytes ? str_equal(k->item.client, q->client)
                           : str_equal(k->receipt.tenant, q->tenant);
}

static struct check expect(struct scope *s, struct archive_fixture *f,
                           const struct listing_query *q)
{
    struct check c = {.expected = scope_array(s, f->count, sizeof(struct known *)),
                      .documents = q->documents};

    for (size_t i = 0; i < f->count; i++)
        if (is_wanted(&f->known[i], q))
            c.expected[c.count++] = &f->known[i];
    qsort(c.expected, c.count, sizeof c.expected[0], known_order);
    return c;
}

bool archive_lists_all(struct archive_fixture *f, const struct listing_query *query)
{
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);
    struct listing_query q = *query;
    struct listing_stats stats = {0};
    struct check c = expect(s, f, query);
    enum status e = OK;

    do {
        size_t before = c.at;
        struct str cursor = {0};
        q.limit = 1 + chance_below(&f->chance, chance_coin(&f->chance) ? 20 : 1000);
        e = archive_list(s, f->archive, &q, check_row, &c, &cursor, &stats);
        (void)test_expect_ok(e, s, __FILE__, __LINE__, "a page");
        c.wrong = c.wrong || c.at - before > q.limit || (cursor.bytes && c.at == before);
        q.cursor = cursor;
    } while (e == OK && q.cursor.bytes && !c.wrong);
    scope_close(s);
    return e == OK && !c.wrong && c.at == c.count;
}

static bool finds_each(struct archive_fixture *f)
{
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);
    bool right = true;

    for (size_t i = 0; i < f->count && right; i += 1 + f->count / 60) {
        const struct known *k = &f->known[i];
        struct receipt r = {0};
        struct archived item = {0};
        enum status e = receipt_load(s, f->store, k->item.id, &r);
        if (e == NOT_FOUND)
            e = archive_get(s, f->archive, k->item.id, &item);
        else
            item = k->item;
        right = k->erased ? e == NOT_FOUND : e == OK && is_same(&item, k, true);
        if (!right)
            (void)fprintf(stderr, "receipt %.*s: %s\n", STR(k->item.id), status_name(e));
        scope_reset(s);
    }
    scope_close(s);
    return right;
}

bool archive_is_whole(struct archive_fixture *f)
{
    static const char *const clients[] = {"acme/client-0", "acme/client-1", "acme-two/client-2",
                                          "acme/nobody"};
    static const char *const intervals[][2] = {
        {"", ""}, {"2026-11", "2026-11"}, {"2026-10-25", "2026-11-03"}, {"2026-11-30", ""}};
    bool right = finds_each(f);

    archive_catch_up(f);
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0] && right; i++) {
        struct listing_query q = {.date_from = str(intervals[i][0]),
                                  .date_to = str(intervals[i][1]),
                                  .documents = chance_coin(&f->chance)};
        for (size_t k = 0; k < sizeof clients / sizeof clients[0] && right; k++) {
            q.client = str(clients[k]);
            right = archive_lists_all(f, &q);
        }
        q.client = (struct str){0};
        q.tenant = str("acme");
        right = right && archive_lists_all(f, &q);
    }
    return right;
}

size_t archive_count_records(struct archive_fixture *f, const struct table_def *table)
{
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);
    struct str cursor = {0};
    size_t count = 0;

    do {
        struct page page = {0};
        (void)test_expect_ok(record_scan(s, f->store, table, 1000, cursor, &page), s, __FILE__,
                             __LINE__, "a scan");
        count += page.count;
        cursor = page.cursor;
    } while (cursor.bytes);
    scope_close(s);
    return count;
}

size_t archive_count_blobs(struct archive_fixture *f)
{
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);
    struct blob_page page = {0};
    size_t count = 0;

    do {
        struct str cursor = page.cursor;
        (void)test_expect_ok(
            blob_list(s, f->store, &archive_bucket, (struct str){0}, 1000, cursor, &page), s,
            __FILE__, __LINE__, "a list of blobs");
        count += page.count;
    } while (page.cursor.bytes);
    scope_close(s);
    return count;
}
