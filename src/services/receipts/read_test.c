// Reading one receipt, and what operators do with one.
#include "services/receipts/service_impl.h"
#include "store/blob.h"
#include "sys/sim.h"
#include "test/harness.h"
#include "test/receipts_fixture.h"

enum { US_PER_S = 1000000, LOTS = 1000 };

static const char hook_query[] = "?webhookUrl=https%3A%2F%2Fhooks.test%2Fr";
static const char reason[] = "{\"reason\":\"by hand\"}";

static struct receipts_fixture *start(struct scope *s, bool no_partners)
{
    struct receipts_fixture_options options = receipts_fixture_standard();

    options.no_partners = no_partners;
    return receipts_fixture_start(s, &options);
}

static const char *path_of(struct scope *s, const char *before, struct str id, const char *after)
{
    return str_z(s, str_concat(s, 3, str(before), id, str(after)));
}

static int redrive(struct scope *s, struct receipts_fixture *f, struct str id)
{
    return edge_fixture_call(s, &f->edge, "POST", path_of(s, "/receipts/", id, "/redrive"), f->key,
                             "Content-Type: application/json\n", str(reason))
        .code;
}

static int erase(struct scope *s, struct receipts_fixture *f, struct str id)
{
    return edge_fixture_call(s, &f->edge, "DELETE", path_of(s, "/receipts/", id, "?reason=asked"),
                             f->key, NULL, (struct str){0})
        .code;
}

TEST(a_receipt_is_read_whole_with_its_history_and_its_document_as_it_was_sent)
{
    struct receipts_fixture *f = start(s, true);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);

    struct answered a = receipts_get(s, f, path_of(s, "/receipts/", id, ""));

    EXPECT_EQUAL(a.code, 200);
    EXPECT(http_reply_header(&a.reply, "ETag").bytes > 0);
    EXPECT_STR(json_text(json_member(a.json, "state")), "COMPLETED");
    EXPECT_STR(json_text(json_path(a.json, "document.number")), "1");
    EXPECT_STR(json_text(json_member(a.json, "mediaType")), "application/json");
    struct json history = json_member(a.json, "history");
    static const char *const states[] = {"RECEIVED", "VALIDATING", "PROCESSING", "COMPLETED"};
    EXPECT_EQUAL(history.count, 4);
    for (size_t i = 0; i < 4; i++)
        EXPECT_STR(json_text(json_member(json_at(history, i), "state")), states[i]);
    a = receipts_get(s, f, path_of(s, "/receipts/", id, "/document"));
    EXPECT(str_equal(a.body, receipts_sample(s, "1")));
    EXPECT_STR(http_reply_header(&a.reply, "Content-Type"), "application/json");
}

TEST(xml_in_another_encoding_is_shown_as_text_and_comes_back_as_it_was_sent)
{
    struct receipts_fixture *f = start(s, true);
    REQUIRE(f != NULL);
    struct str xml = receipts_sample_xml(s, "1");
    size_t at = str_find(xml, str("Kaffee"));
    struct str latin =
        str_concat(s, 4, str("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"),
                   str_slice(xml, 0, at), str("Br\xf6tchen"), str_slice(xml, at + 6, xml.bytes));
    struct answered a = receipts_post(s, f, "", "Content-Type: application/xml\n", latin);
    struct str id = json_text(json_member(a.json, "receiptId"));

    (void)receipts_work(f, LOTS);

    EXPECT_STR(receipts_state(s, f, id), "COMPLETED");
    a = receipts_get(s, f, path_of(s, "/receipts/", id, "/document"));
    EXPECT(str_equal(a.body, latin));
    a = receipts_get(s, f, path_of(s, "/receipts/", id, ""));
    struct str shown = json_text(json_member(a.json, "document"));
    EXPECT(str_find(shown, str("Brötchen")) < shown.bytes);
}

TEST(the_receipt_of_another_tenant_or_client_is_not_there)
{
    static const char scopes[] = "receipts:erase receipts:operate receipts:read receipts:write";
    struct receipts_fixture *f = start(s, true);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);
    (void)receipts_work(f, LOTS);
    const struct {
        struct str key;
        int code;
    } cases[] = {
        {receipts_key(s, f, "other", "", scopes, false), 404},
        {receipts_key(s, f, "other", "shop-1", scopes, false), 404},
        {receipts_key(s, f, "acme", "shop-2", scopes, false), 404},
        {receipts_key(s, f, "acme", "shop-1", scopes, false), 200},
        {receipts_key(s, f, "acme", "", "receipts:write", false), 403},
        {receipts_key(s, f, "acme", "", "receipts:read", true), 200},
    };
    static const char *const paths[][2] = {{"/receipts/status/", ""},
                                           {"/receipt/status/", ""},
                                           {"/receipts/", ""},
                                           {"/receipts/", "/document"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t p = 0; p < sizeof paths / sizeof paths[0]; p++) {
            const char *path = path_of(s, paths[p][0], id, paths[p][1]);
            EXPECT_EQUAL(
                edge_fixture_call(s, &f->edge, "GET", path, cases[i].key, NULL, (struct str){0})
                    .code,
                cases[i].code);
        }
        if (cases[i].code != 404)
            continue;
        struct answered a =
            edge_fixture_call(s, &f->edge, "DELETE", path_of(s, "/receipts/", id, "?reason=asked"),
                              cases[i].key, NULL, (struct str){0});
        EXPECT_EQUAL(a.code, 404);
        a = edge_fixture_call(s, &f->edge, "POST", path_of(s, "/receipts/", id, "/redeliver"),
                              cases[i].key, NULL, (struct str){0});
        EXPECT_EQUAL(a.code, 404);
    }
    EXPECT_EQUAL(receipts_get(s, f, "/receipts/019b8e5a-0000-7000-8000-000000000000").code, 404);
    EXPECT_EQUAL(receipts_get(s, f, "/receipts/nonsense").code, 404);
}

// -- redrive -------------------------------------------------------------------------------------

TEST(only_a_failed_receipt_can_be_redriven)
{
    struct receipts_fixture *f = start(s, true);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");

    EXPECT_EQUAL(redrive(s, f, id), 409);
    (void)receipts_work(f, LOTS);
    EXPECT_EQUAL(redrive(s, f, id), 409);
    struct str reader = receipts_key(s, f, "acme", "", "receipts:read receipts:write", false);
    EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "POST", path_of(s, "/receipts/", id, "/redrive"),
                                   reader, "Content-Type: application/json\n", str(reason))
                     .code,
                 403);
}

TEST(a_refused_receipt_is_redriven_as_a_new_registration_and_a_late_callback_about_the_old_is_none)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].refuse = 100;
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct faults none = faults_none();
    struct str id = receipts_take_in(s, f, hook_query);
    receipts_settle(s, f, 600, 1);
    EXPECT_STR(receipts_state(s, f, id), "FAILED");
    EXPECT_EQUAL(receipts_hot_final(s, f), 1);
    uint64_t warehouse = office_counts(f->offices[PARTY_WAREHOUSE]).posts;
    office_set_faults(f->offices[PARTY_TAX], &none);

    EXPECT_EQUAL(redrive(s, f, id), 202);
    EXPECT_EQUAL(receipts_hot_final(s, f), 0);
    EXPECT_STR(receipts_state(s, f, id), "PROCESSING");
    struct str old =
        str_format(s, "{\"registrationId\":\"tax-%.*s\",\"status\":\"refused\"}", STR(id));
    EXPECT_EQUAL(receipts_send_callback(s, f, PARTY_TAX, NULL, 0, old).code, 200);
    EXPECT_STR(receipts_state(s, f, id), "PROCESSING");
    receipts_settle(s, f, 600, 1);

    EXPECT_STR(receipts_state(s, f, id), "COMPLETED");
    EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).registrations, 2);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_WAREHOUSE]).posts, warehouse);
    struct hooks_counts hooks = hooks_counts(f->hooks);
    EXPECT_EQUAL(hooks.failed, 1);
    EXPECT_EQUAL(hooks.completed, 1);
    EXPECT_EQUAL(hooks.differing, 0);
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.redriven", id), 1);
}

TEST(a_redrive_asks_about_what_the_other_partner_may_have_taken)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].refuse = 100;
    options.faults[PARTY_WAREHOUSE].silent = 100;
    options.faults[PARTY_WAREHOUSE].lose = 100;
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct faults none = faults_none();
    struct str id = receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);
    sim_advance_us(f->edge.world, US_PER_S);
    (void)receipts_call_back(s, f);
    (void)receipts_work(f, LOTS);
    EXPECT_STR(receipts_state(s, f, id), "FAILED");
    office_set_faults(f->offices[PARTY_TAX], &none);
    office_set_faults(f->offices[PARTY_WAREHOUSE], &none);

    EXPECT_EQUAL(redrive(s, f, id), 202);
    receipts_settle(s, f, 3600, 1);

    EXPECT_STR(receipts_state(s, f, id), "COMPLETED");
    EXPECT_EQUAL(office_counts(f->offices[PARTY_WAREHOUSE]).posts, 1);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_WAREHOUSE]).unasked, 0);
}

// Many redrives: the history is cut, the events of webhooks stay apart.
TEST(every_end_of_a_receipt_is_an_event_of_its_own_however_often_it_is_redriven)
{
    enum { REDRIVES = 25 };
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].refuse = 100;
    options.faults[PARTY_TAX].at_once = 100;
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);

    (void)receipts_work(f, LOTS);
    for (int i = 0; i < REDRIVES; i++) {
        EXPECT_EQUAL(redrive(s, f, id), 202);
        (void)receipts_work(f, LOTS);
    }

    EXPECT_EQUAL(hooks_counts(f->hooks).events, REDRIVES + 1);
    EXPECT_EQUAL(hooks_counts(f->hooks).differing, 0);
    struct json history = json_member(receipts_status(s, f, id), "history");
    EXPECT_EQUAL(history.count, RECEIPT_HISTORY_MAX);
    EXPECT_STR(json_text(json_member(json_at(history, 0), "state")), "RECEIVED");
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.failed", id), REDRIVES + 1);
}

// -- erasure -------------------------------------------------------------------------------------

TEST(an_erased_receipt_is_gone_with_its_document_and_the_audit_log_says_so)
{
    static const size_t sizes[] = {2000, RECEIPT_INLINE_BYTES_MAX + 1};
    struct receipts_fixture *f = start(s, true);
    REQUIRE(f != NULL);

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *text = scope_bytes(s, sizes[i]);
        struct str small = receipts_sample(s, "1");
        struct blob_info info = {0};
        memset(text, ' ', sizes[i]);
        memcpy(text, small.data, small.bytes);
        struct answered a = receipts_post(s, f, "", NULL, str_of(text, sizes[i]));
        struct str id = json_text(json_member(a.json, "receiptId"));
        EXPECT_EQUAL(erase(s, f, id), 409); // not final
        (void)receipts_work(f, LOTS);

        EXPECT_EQUAL(erase(s, f, id), 204);
        (void)receipts_work(f, LOTS);

        EXPECT_EQUAL(receipts_get(s, f, path_of(s, "/receipts/", id, "")).code, 404);
        EXPECT_EQUAL(receipts_get(s, f, path_of(s, "/receipts/", id, "/document")).code, 404);
        EXPECT_EQUAL(blob_head(s, f->edge.store, &receipt_documents_bucket, id, &info), NOT_FOUND);
        EXPECT_EQUAL(receipts_audited(s, f, "receipt.erased", id), 1);
        EXPECT_EQUAL(erase(s, f, id), 404);
    }
    EXPECT_EQUAL(receipts_dead(f), 0);
}

// A message may come when the receipt is long gone.
TEST(messages_about_an_erased_receipt_are_settled_and_not_set_aside)
{
    static const struct queue_def *const queues[] = {&validation_queue, &failed_queue,
                                                     &registration_queues[PARTNER_TAX]};
    struct receipts_fixture *f = start(s, true);
    REQUIRE(f != NULL);
    struct change *c = change_new(s);

    for (size_t i = 0; i < sizeof queues / sizeof queues[0]; i++)
        change_send(c, queues[i], str("019b8e5a-0000-7000-8000-000000000000"), 0);
    EXPECT_OK(store_commit(s, f->edge.store, c));
    EXPECT_EQUAL(receipts_work(f, LOTS), 3);

    EXPECT_EQUAL(receipts_dead(f), 0);
}
