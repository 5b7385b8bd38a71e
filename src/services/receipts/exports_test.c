// Exports over HTTP: asked for, made by the task, fetched by link; and what operators do with the
// archive.
#include "services/receipts/exports.h"

#include "core/csv.h"
#include "services/receipts/service_impl.h"
#include "store/memory/memory.h"
#include "sys/sim.h"
#include "test/harness.h"
#include "test/receipts_fixture.h"

enum { LOTS = 10000, US_PER_S = 1000000, FEW = 5 };

static struct receipts_fixture *start(struct scope *s, unsigned adversity)
{
    struct receipts_fixture_options options = receipts_fixture_standard();

    options.no_partners = true;
    options.adversity = adversity;
    return receipts_fixture_start(s, &options);
}

// Receipts of "shop-1", and one of "shop-2".
static void take_in(struct scope *s, struct receipts_fixture *f)
{
    for (int i = 0; i < FEW; i++) {
        struct str number = str_format(s, "A-%d", i);
        struct answered a = receipts_post(s, f, "", NULL, receipts_sample(s, str_z(s, number)));
        EXPECT_EQUAL(a.code, 202);
    }
    struct str other = receipts_sample(s, "B-1");
    size_t at = str_find(other, str("shop-1"));
    other = str_concat(s, 3, str_slice(other, 0, at), str("shop-2"),
                       str_slice(other, at + 6, other.bytes));
    EXPECT_EQUAL(receipts_post(s, f, "", NULL, other).code, 202);
    (void)receipts_work(f, LOTS);
}

static struct answered ask(struct scope *s, struct receipts_fixture *f, struct str key,
                           const char *client, const char *format)
{
    struct str body = str_format(
        s, "{\"from\":\"2025-12\",\"to\":\"2025-12-31\",\"format\":\"%s\"%s%s%s}", format,
        client ? ",\"client\":\"" : "", client ? client : "", client ? "\"" : "");

    return edge_fixture_call(s, &f->edge, "POST", "/receipt-exports", key,
                             "Content-Type: application/json\n", body);
}

static struct answered get(struct scope *s, struct receipts_fixture *f, struct str key,
                           struct str path)
{
    return edge_fixture_call(s, &f->edge, "GET", str_z(s, path), key, NULL, (struct str){0});
}

// Works until the export is over and returns what is said of it.
static struct json finished(struct scope *s, struct receipts_fixture *f, struct answered asked)
{
    struct str location = http_reply_header(&asked.reply, "Location");
    struct json j = {0};

    EXPECT_EQUAL(asked.code, 202);
    for (unsigned i = 0; i < 100; i++) {
        (void)receipts_work(f, LOTS);
        j = get(s, f, f->key, location).json;
        if (!str_is(json_text(json_member(j, "state")), "RUNNING"))
            break;
        sim_advance_us(f->edge.world, 10 * US_PER_S);
    }
    return j;
}

// Fetches by the link, without a key.
static struct answered fetch(struct scope *s, struct receipts_fixture *f, struct json export)
{
    struct str url = json_text(json_member(export, "url"));
    size_t at = str_find(url, str("/receipt-exports/"));

    return get(s, f, (struct str){0}, str_slice(url, at, url.bytes));
}

static size_t count_lines(struct str text)
{
    size_t count = 0;

    while (text.bytes) {
        (void)str_cut(&text, '\n');
        count++;
    }
    return count;
}

static int64_t number(struct json j, const char *name)
{
    int64_t value = -1;

    (void)json_to_i64(json_member(j, name), &value);
    return value;
}

TEST(an_export_of_a_client_is_made_as_ndjson_and_fetched_by_its_link)
{
    struct receipts_fixture *f = start(s, MEMORY_ADVERSE);
    REQUIRE(f != NULL);
    take_in(s, f);

    struct json export = finished(s, f, ask(s, f, f->key, "shop-1", "ndjson"));

    EXPECT_STR(json_text(json_member(export, "state")), "DONE");
    EXPECT_EQUAL(number(export, "receipts"), FEW);
    struct answered a = fetch(s, f, export);
    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(http_reply_header(&a.reply, "Content-Type"), "application/x-ndjson");
    EXPECT_EQUAL((int64_t)a.body.bytes, number(export, "bytes"));
    EXPECT_EQUAL(count_lines(a.body), FEW);
    struct json row = {0};
    struct str rest = a.body;
    REQUIRE_OK(json_parse(s, str_cut(&rest, '\n'), &json_limits_strict, &row));
    EXPECT_STR(json_text(json_member(row, "state")), "COMPLETED");
    EXPECT_STR(json_text(json_path(row, "document.clientId")), "shop-1");
}

TEST(an_export_of_a_tenant_has_all_its_clients_hot_and_archived_as_csv)
{
    struct receipts_fixture *f = start(s, 0);
    REQUIRE(f != NULL);
    struct str operator= receipts_key(s, f, "acme", "", "operate", false);
    take_in(s, f);
    struct answered a = edge_fixture_call(
        s, &f->edge, "POST", "/operations/receipts/archive", operator, NULL, (struct str){0});
    EXPECT_EQUAL(a.code, 200);
    EXPECT_EQUAL(number(a.json, "receipts"), FEW + 1);
    take_in(s, f);

    struct json export = finished(s, f, ask(s, f, f->key, NULL, "csv"));

    EXPECT_EQUAL(number(export, "receipts"), 2 * (FEW + 1));
    a = fetch(s, f, export);
    EXPECT_STR(http_reply_header(&a.reply, "Content-Type"), "text/csv");
    struct csv_reader reader = csv_open(a.body, &csv_options_standard);
    struct csv_row row = {0};
    REQUIRE_OK(csv_next(s, &reader, &row));
    EXPECT_STR(row.fields[0], "receiptId");
    size_t others = 0;
    for (size_t i = 0; i < 2 * (FEW + 1); i++) {
        REQUIRE_OK(csv_next(s, &reader, &row));
        REQUIRE(row.count == 11);
        others += str_is(row.fields[1], "shop-2");
        EXPECT_STR(row.fields[5], "10.70");
        EXPECT_STR(row.fields[7], "COMPLETED");
    }
    EXPECT_EQUAL(others, 2);
    REQUIRE_OK(csv_next(s, &reader, &row));
    EXPECT_EQUAL(row.count, 0);
}

TEST(a_merge_on_request_says_what_it_merged)
{
    struct receipts_fixture *f = start(s, 0);
    REQUIRE(f != NULL);
    struct str operator= receipts_key(s, f, "acme", "", "operate", false);
    for (int i = 0; i < 3; i++) {
        take_in(s, f);
        EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "POST",
                                       "/operations/receipts/archive", operator, NULL,
                                       (struct str){0})
                         .code,
                     200);
    }

    struct answered a =
        edge_fixture_call(s, &f->edge, "POST", "/operations/receipts/merge", operator,
                          "Content-Type: application/json\n", str("{\"month\":\"2025-12\"}"));

    EXPECT_EQUAL(a.code, 200);
    EXPECT_EQUAL(number(a.json, "segmentsBefore"), 3);
    EXPECT_EQUAL(number(a.json, "segmentsAfter"), 1);
    EXPECT_EQUAL(number(a.json, "receipts"), 3 * (FEW + 1));
    EXPECT_EQUAL(receipts_audited(s, f, "receipts.merged", str("2025-12")), 1);
    EXPECT_EQUAL(receipts_audited(s, f, "receipts.archived", str("receipts")), 3);
}

TEST(a_client_sees_its_own_exports_only)
{
    struct receipts_fixture *f = start(s, 0);
    REQUIRE(f != NULL);
    struct str first = receipts_key(s, f, "acme", "shop-1", "receipts:export receipts:read", false);
    struct str second =
        receipts_key(s, f, "acme", "shop-2", "receipts:export receipts:read", false);
    struct str stranger = receipts_key(s, f, "other", "", "receipts:export receipts:read", false);
    take_in(s, f);

    struct answered asked = ask(s, f, first, NULL, "ndjson");

    struct str location = http_reply_header(&asked.reply, "Location");
    EXPECT_EQUAL(number(finished(s, f, asked), "receipts"), FEW);
    EXPECT_EQUAL(get(s, f, first, location).code, 200);
    EXPECT_EQUAL(get(s, f, second, location).code, 404);
    EXPECT_EQUAL(get(s, f, stranger, location).code, 404);
    location = str_concat(s, 2, location, str("/content"));
    EXPECT_EQUAL(get(s, f, first, location).code, 200);
    EXPECT_EQUAL(get(s, f, second, location).code, 404);
    EXPECT_EQUAL(get(s, f, stranger, location).code, 404);
    EXPECT_EQUAL(get(s, f, (struct str){0}, location).code, 401);
    EXPECT_EQUAL(ask(s, f, second, "shop-1", "csv").code, 404);
}

TEST(a_list_that_is_asked_for_later_is_an_export_of_it)
{
    struct receipts_fixture *f = start(s, 0);
    REQUIRE(f != NULL);
    take_in(s, f);

    struct answered a = edge_fixture_call(s, &f->edge, "GET",
                                          "/receipts?client=shop-1&state=COMPLETED&fields=summary",
                                          f->key, "Prefer: respond-async\n", (struct str){0});

    struct json export = finished(s, f, a);
    EXPECT_EQUAL(number(export, "receipts"), FEW);
    struct str body = fetch(s, f, export).body;
    EXPECT_EQUAL(str_find(body, str("\"document\"")), body.bytes);
    a = edge_fixture_call(s, &f->edge, "GET", "/receipts?client=shop-1&state=FAILED", f->key,
                          "Prefer: respond-async\n", (struct str){0});
    EXPECT_EQUAL(number(finished(s, f, a), "receipts"), 0);
}

TEST(an_export_is_over_after_seven_days)
{
    struct receipts_fixture *f = start(s, 0);
    REQUIRE(f != NULL);
    take_in(s, f);
    struct answered asked = ask(s, f, f->key, NULL, "csv");
    struct str location = http_reply_header(&asked.reply, "Location");
    (void)finished(s, f, asked);

    sim_advance_us(f->edge.world, (EXPORT_KEEP_S + 1) * (int64_t)US_PER_S);

    EXPECT_EQUAL(get(s, f, f->key, location).code, 404);
    EXPECT_EQUAL(get(s, f, f->key, str_concat(s, 2, location, str("/content"))).code, 404);
}

TEST(an_interval_that_is_none_is_refused)
{
    static const char *const bodies[] = {
        "{\"from\":\"2025-13\",\"to\":\"2025-12\",\"format\":\"csv\"}",
        "{\"from\":\"2025-02-30\",\"to\":\"2025-12\",\"format\":\"csv\"}",
        "{\"from\":\"2025-12\",\"to\":\"2025-11-30\",\"format\":\"csv\"}",
        "{\"from\":\"2025-12\",\"to\":\"2025-12\",\"format\":\"pdf\"}",
        "{\"from\":\"2025-12\",\"format\":\"csv\"}",
    };
    struct receipts_fixture *f = start(s, 0);
    REQUIRE(f != NULL);

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "POST", "/receipt-exports", f->key,
                                       "Content-Type: application/json\n", str(bodies[i]))
                         .code,
                     400);
    }
}

// The task is stopped at each of its effects; run again, it gives the same.
TEST(an_interrupted_export_is_made_anew)
{
    for (unsigned nth = 1; nth < 4 && !test_failed(); nth++) {
        struct receipts_fixture *f = start(s, 0);
        REQUIRE(f != NULL);
        take_in(s, f);
        struct answered asked = ask(s, f, f->key, "shop-1", "ndjson");
        memory_halt_nth(f->edge.store, nth);
        (void)receipts_work(f, 1);
        (void)memory_mend(f->edge.store);
        sim_advance_us(f->edge.world, 3600 * (int64_t)US_PER_S);
        struct json export = finished(s, f, asked);
        EXPECT_STR(json_text(json_member(export, "state")), "DONE");
        EXPECT_EQUAL(number(export, "receipts"), FEW);
        EXPECT_EQUAL(count_lines(fetch(s, f, export).body), FEW);
    }
}
