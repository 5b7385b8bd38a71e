// What clients see of files and bundles over HTTP, and what they do not.
#include "core/scope.h"
#include "core/url.h"
#include "services/signing/inbound.h"
#include "store/blob.h"
#include "store/feed.h"
#include "store/memory/memory.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/nsc_draft.h"
#include "test/signing_fixture.h"

static struct signing_fixture *open_world(struct scope *s, unsigned adversity)
{
    struct signing_fixture_options o = {.seed = 1, .adversity = adversity};

    return signing_fixture_start(s, &o);
}

static struct str contracts(struct scope *s, unsigned sequence, size_t count, size_t dealers)
{
    struct nsc_draft d = nsc_draft_begin(s, NSC_DELIMITED, NULL, sequence);
    struct nsc_row row = nsc_draft_row();

    for (size_t i = 0; i < count; i++) {
        row.values[NSC_contract_id] = str_format(s, "%zu", 1000 + i);
        row.values[NSC_dealer_id] = str_format(s, "D%zu", i % dealers);
        nsc_draft_add(&d, &row);
    }
    return nsc_draft_end(s, &d);
}

// A world with a file of so many contracts, read.
static struct signing_fixture *with_contracts(struct scope *s, size_t count, size_t dealers)
{
    struct signing_fixture *f = open_world(s, MEMORY_KIND);

    EXPECT(f &&
           signing_put(s, f, "/inbound/interface/a.dat", contracts(s, 1, count, dealers)).code ==
               202);
    if (f)
        (void)signing_work_on(f, &signing_files_queue);
    return test_failed() ? NULL : f;
}

static struct str text_at(struct json j, const char *path)
{
    return json_text(json_path(j, path));
}

TEST(a_file_that_is_put_is_answered_with_the_place_of_its_report)
{
    struct signing_fixture *f = open_world(s, MEMORY_KIND);

    REQUIRE(f);
    struct answered a = signing_put(s, f, "/inbound/interface/a.dat", contracts(s, 1, 2, 1));
    EXPECT_EQUAL(a.code, 202);
    EXPECT_STR(http_reply_header(&a.reply, "Location"), "/inbound/interface/a.dat");
    EXPECT_STR(text_at(a.json, "state"), "RECEIVED");
    (void)signing_work_on(f, &signing_files_queue);
    a = signing_get(s, f, "/inbound/interface/a.dat");
    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(text_at(a.json, "state"), "ACCEPTED");
    EXPECT_STR(text_at(a.json, "header.country"), "SE");
    EXPECT_STR(json_text(json_at(json_member(a.json, "bundles"), 0)), "2025-09-15-D0");
    a = signing_put(s, f, "/inbound/interface/a.dat", contracts(s, 1, 2, 1));
    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(text_at(a.json, "repeats"), "1");
    a = signing_put(s, f, "/inbound/interface/a.dat", contracts(s, 1, 3, 1));
    EXPECT_EQUAL(a.code, 409);
}

TEST(files_are_listed_newest_first_a_page_at_a_time)
{
    struct signing_fixture *f = open_world(s, MEMORY_SHORT_PAGES);
    size_t seen = 0;
    struct str cursor = {0};

    REQUIRE(f);
    for (unsigned i = 1; i <= 5; i++) {
        const char *path = str_z(s, str_format(s, "/inbound/interface/f%u.dat", i));
        EXPECT_EQUAL(signing_put(s, f, path, contracts(s, i, 1, 1)).code, 202);
    }
    do {
        struct str query =
            str_concat(s, 2, str("/inbound/interface?limit=2"),
                       cursor.bytes ? str_concat(s, 2, str("&cursor="), cursor) : (struct str){0});
        struct answered a = signing_get(s, f, str_z(s, query));
        EXPECT_EQUAL(a.code, 200);
        struct json items = json_member(a.json, "items");
        EXPECT(items.count <= 2);
        for (size_t i = 0; i < items.count; i++)
            EXPECT_STR(text_at(json_at(items, i), "name"),
                       str_z(s, str_format(s, "f%zu.dat", 5 - seen++)));
        cursor = url_encode(s, json_text(json_member(a.json, "cursor")));
    } while (cursor.bytes);
    EXPECT_EQUAL(seen, 5);
    EXPECT_EQUAL(json_member(signing_get(s, f, "/inbound/invoice").json, "items").count, 0);
}

TEST(a_bundle_is_told_without_personal_numbers_links_and_tokens)
{
    struct signing_fixture *f = with_contracts(s, 3, 1);
    struct change *c = change_new(s);
    struct bundle b = {0};
    struct json session = json_object(NULL, 0);

    REQUIRE(f);
    REQUIRE_OK(bundle_get(s, f->edge.store, str("acme"), str("2025-09-15-D0"), &b));
    session = json_with(s, session, str("state"), json_string(str("OPEN")));
    session = json_with(s, session, str("link"), json_string(str("https://secret.example/x")));
    bundle_set(s, &b, "session", session);
    bundle_set(s, &b, "wait_task_token", json_string(str("secret-token")));
    bundle_put(s, c, &b, 0);
    REQUIRE_OK(store_commit(s, f->edge.store, c));
    struct answered a = signing_get(s, f, "/bundles/2025-09-15-D0");
    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(text_at(a.json, "status"), "NEW");
    EXPECT_STR(text_at(a.json, "vehicle_count"), "3");
    EXPECT_STR(text_at(a.json, "session.state"), "OPEN");
    EXPECT_STR(text_at(a.json, "signee.pnr"), "19900101-****");
    struct json vehicles = json_path(a.json, "vehicles.items");
    EXPECT_EQUAL(vehicles.count, 3);
    EXPECT_STR(text_at(json_at(vehicles, 0), "row.signee_pnr"), "19900101-****");
    EXPECT_STR(text_at(json_at(vehicles, 0), "row.gross_amount"), "500000.00");
    EXPECT_EQUAL(str_find(a.body, str("199001012385")), a.body.bytes);
    EXPECT_EQUAL(str_find(a.body, str("secret")), a.body.bytes);
}

TEST(bundles_are_listed_by_status)
{
    struct signing_fixture *f = with_contracts(s, 4, 3);

    REQUIRE(f);
    struct answered a = signing_get(s, f, "/bundles?status=NEW&limit=2");
    EXPECT_EQUAL(a.code, 200);
    EXPECT_EQUAL(json_member(a.json, "items").count, 2);
    EXPECT(json_text(json_member(a.json, "cursor")).bytes > 0);
    EXPECT_EQUAL(json_member(signing_get(s, f, "/bundles").json, "items").count, 3);
    EXPECT_EQUAL(json_member(signing_get(s, f, "/bundles?status=SENT").json, "items").count, 0);
    EXPECT_EQUAL(signing_get(s, f, "/bundles?status=GONE").code, 400);
    EXPECT_EQUAL(signing_get(s, f, "/bundles?limit=0").code, 400);
    EXPECT_EQUAL(signing_get(s, f, "/bundles?cursor=nonsense").code, 400);
}

TEST(vehicles_come_in_pages)
{
    struct signing_fixture *f = with_contracts(s, 5, 1);
    struct str cursor = {0};
    size_t seen = 0;

    REQUIRE(f);
    do {
        struct str query = str_concat(s, 3, str("/bundles/2025-09-15-D0/vehicles?limit=2"),
                                      str(cursor.bytes ? "&cursor=" : ""), cursor);
        struct answered a = signing_get(s, f, str_z(s, query));
        REQUIRE(a.code == 200);
        seen += json_member(a.json, "items").count;
        cursor = url_encode(s, json_text(json_member(a.json, "cursor")));
    } while (cursor.bytes);
    EXPECT_EQUAL(seen, 5);
}

TEST(a_document_is_given_as_it_lies_there_and_who_read_it_is_on_record)
{
    struct signing_fixture *f = with_contracts(s, 1, 1);
    struct change *c = change_new(s);
    struct bundle b = {0};
    struct json pointer = json_object(NULL, 0);
    struct audit_row *rows = NULL;
    size_t count = 0;
    size_t readings = 0;

    REQUIRE(f);
    struct answered a = signing_get(s, f, "/bundles/2025-09-15-D0/document");
    EXPECT_EQUAL(a.code, 404);
    REQUIRE_OK(blob_put(s, f->edge.store, &contract_signed_bucket, str("k"), str("%PDF-bytes"),
                        NULL, NULL));
    REQUIRE_OK(bundle_get(s, f->edge.store, str("acme"), str("2025-09-15-D0"), &b));
    pointer = json_with(s, pointer, str("bucket"), json_string(str("contract-signed")));
    pointer = json_with(s, pointer, str("key"), json_string(str("k")));
    bundle_set(s, &b, "signed", pointer);
    bundle_put(s, c, &b, 0);
    REQUIRE_OK(store_commit(s, f->edge.store, c));
    a = signing_get(s, f, "/bundles/2025-09-15-D0/document?which=signed");
    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(a.body, "%PDF-bytes");
    EXPECT_STR(http_reply_header(&a.reply, "Content-Type"), "application/pdf");
    EXPECT_EQUAL(signing_get(s, f, "/bundles/2025-09-15-D0/document?which=log").code, 404);
    EXPECT_EQUAL(signing_get(s, f, "/bundles/2025-09-15-D0/document?which=all").code, 400);
    EXPECT_OK(audit_read(s, f->edge.store, 0, 1000, &rows, &count));
    for (size_t i = 0; i < count; i++)
        readings += str_is(rows[i].entry.action, "bundle.document.read");
    EXPECT_EQUAL(readings, 1);
}

TEST(another_tenant_sees_nothing_and_a_reader_puts_nothing)
{
    static const char *const paths[] = {
        "/bundles/2025-09-15-D0",
        "/bundles/2025-09-15-D0/vehicles",
        "/bundles/2025-09-15-D0/document",
        "/inbound/interface/a.dat",
    };
    struct signing_fixture *f = with_contracts(s, 1, 1);

    REQUIRE(f);
    struct str other = edge_fixture_key(s, &f->edge, "other", "", "signing:read signing:write");
    struct str reader = edge_fixture_key(s, &f->edge, "acme", "", "signing:read");
    struct str receipts = edge_fixture_key(s, &f->edge, "acme", "", "receipts:read");
    struct str none = {0};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "GET", paths[i], other, NULL, none).code, 404);
        EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "GET", paths[i], receipts, NULL, none).code,
                     403);
        EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "GET", paths[i], none, NULL, none).code, 401);
    }
    struct answered a = edge_fixture_call(s, &f->edge, "GET", "/bundles", other, NULL, none);
    EXPECT_EQUAL(json_member(a.json, "items").count, 0);
    a = edge_fixture_call(s, &f->edge, "PUT", "/inbound/interface/b.dat", reader,
                          "Content-Type: text/plain\n", str("00"));
    EXPECT_EQUAL(a.code, 403);
}

TEST(names_and_kinds_of_files_are_checked)
{
    static const char *const wrong[] = {"/inbound/other/a.dat", "/inbound/interface/.a",
                                        "/inbound/interface/a%20b", "/inbound/interface/%2e%2e"};
    struct signing_fixture *f = open_world(s, MEMORY_KIND);

    REQUIRE(f);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int code = signing_put(s, f, wrong[i], str("x")).code;
        EXPECT(code == 400 || code == 404);
    }
    EXPECT_EQUAL(signing_get(s, f, "/inbound/interface/none").code, 404);
    EXPECT_EQUAL(signing_get(s, f, "/bundles/none").code, 404);
}
