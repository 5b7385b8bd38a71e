// POST /receipts: what is taken in, and what is refused and how.
#include "services/receipts/service_impl.h"
#include "store/blob.h"
#include "sys/file.h"
#include "sys/sim.h"
#include "sys/thread.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/receipts_fixture.h"

enum { US_PER_S = 1000000, LOTS = 1000 };

static const char json_header[] = "Content-Type: application/json\n";
static const char xml_header[] = "Content-Type: application/xml\n";

static struct receipts_fixture *start(struct scope *s)
{
    struct receipts_fixture_options options = receipts_fixture_standard();

    options.no_partners = true;
    return receipts_fixture_start(s, &options);
}

static struct str id_of(struct answered a)
{
    return json_text(json_member(a.json, "receiptId"));
}

static struct str document_of(struct scope *s, struct receipts_fixture *f, struct str id)
{
    struct str path = str_concat(s, 3, str("/receipts/"), id, str("/document"));

    return receipts_get(s, f, str_z(s, path)).body;
}

TEST(a_receipt_that_is_taken_in_is_answered_with_its_ticket)
{
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    struct answered a = receipts_post(s, f, "", NULL, receipts_sample(s, "1"));

    EXPECT_EQUAL(a.code, 202);
    struct str id = id_of(a);
    EXPECT(str_equal(json_text(json_member(a.json, "ticketId")), id));
    EXPECT_STR(json_text(json_member(a.json, "state")), "RECEIVED");
    EXPECT(str_equal(http_reply_header(&a.reply, "Location"),
                     str_concat(s, 2, str("/receipts/status/"), id)));
    EXPECT_STR(http_reply_header(&a.reply, "Retry-After"), "1");
    struct json status = receipts_status(s, f, id);
    EXPECT_STR(json_text(json_member(status, "client")), "shop-1");
    EXPECT_STR(json_text(json_member(status, "date")), "2025-12-30");
    EXPECT_STR(json_text(json_member(status, "total")), "10.70");
    EXPECT_STR(json_text(json_member(status, "type")), "till");
    a = edge_fixture_call(s, &f->edge, "POST", "/receipt", f->key, json_header,
                          receipts_sample(s, "2"));
    EXPECT_EQUAL(a.code, 202);
}

TEST(a_document_of_no_known_type_is_refused_with_the_list_of_types)
{
    static const char *const documents[] = {"{\"kind\":\"invoice\"}", "{}",
                                            "{\"receipt\":{\"kind\":\"x\"}}"};
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        struct answered a = receipts_post(s, f, "", NULL, str(documents[i]));
        EXPECT_EQUAL(a.code, 422);
        struct json types = json_member(a.json, "types");
        EXPECT_EQUAL(types.count, 4);
        EXPECT_STR(json_text(json_at(types, 0)), "till-xml");
        EXPECT_STR(json_text(json_at(types, 1)), "till");
    }
    EXPECT_EQUAL(receipts_post(s, f, "", xml_header, str("<Invoice/>")).code, 422);
}

TEST(a_common_field_that_is_missing_or_malformed_is_named)
{
    static const struct {
        const char *from;
        const char *to;
        const char *named;
    } cases[] = {
        {"\"clientId\":\"shop-1\",", "", "/clientId"},
        {"\"clientId\":\"shop-1\"", "\"clientId\":\"shop/1\"", "/clientId"},
        {"\"issuedAt\":\"2025-12-30T", "\"issuedAt\":\"2025-02-30T", "/issuedAt"},
        {"\"total\":10.70", "\"total\":\"much\"", "/total"},
        {"\"number\":\"1\"", "\"number\":\"\"", "/number"},
    };
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str body = receipts_sample(s, "1");
        size_t at = str_find(body, str(cases[i].from));
        body = str_concat(s, 3, str_slice(body, 0, at), str(cases[i].to),
                          str_slice(body, at + strlen(cases[i].from), body.bytes));
        struct answered a = receipts_post(s, f, "", NULL, body);
        struct str why = json_text(json_member(a.json, "detail"));
        bool right = a.code == 422 && str_find(why, str(cases[i].named)) < why.bytes;
        (void)test_expect(right, __FILE__, __LINE__, cases[i].to);
    }
}

// -- the webhook's address -----------------------------------------------------------------------

TEST(the_envelope_names_the_webhook_and_the_receipt_in_it_is_kept)
{
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);
    struct str envelope =
        str_format(s, "{ \"webhookUrl\" : \"https://hooks.test/a\", \"receipt\" : %.*s }",
                   STR(receipts_sample(s, "1")));

    struct answered a = receipts_post(s, f, "", NULL, envelope);
    EXPECT_EQUAL(a.code, 202);
    (void)receipts_work(f, LOTS);

    EXPECT_EQUAL(hooks_counts(f->hooks).completed, 1);
    EXPECT(str_equal(document_of(s, f, id_of(a)), receipts_sample(s, "1")));
}

TEST(an_envelope_without_a_webhook_leaves_the_one_of_the_query)
{
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);
    struct str envelope = str_format(s, "{\"receipt\":%.*s}", STR(receipts_sample(s, "1")));

    EXPECT_EQUAL(
        receipts_post(s, f, "?webhookUrl=https%3A%2F%2Fhooks.test%2Fb", NULL, envelope).code, 202);
    (void)receipts_work(f, LOTS);

    EXPECT_EQUAL(hooks_counts(f->hooks).completed, 1);
}

TEST(a_webhook_may_go_only_where_the_contract_says_and_only_by_https)
{
    static const struct {
        const char *url;
        int code;
    } cases[] = {
        {"https://hooks.test/r", 202},
        {"https://HOOKS.test:8443/r?x=1", 202},
        {"https://berlin.shops.test/", 202},
        {"https://shops.test/", 403},
        {"https://evilshops.test/", 403},
        {"https://hooks.test.evil.test/", 403},
        {"https://evil.test/?hooks.test", 403},
        {"https://hooks.test@evil.test/", 400},
        {"https://evil.test#hooks.test", 400},
        {"http://hooks.test/r", 400},
        {"ftp://hooks.test/r", 400},
        {"https://", 400},
        {"hooks.test", 400},
    };
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str envelope = str_format(s, "{\"receipt\":%.*s,\"webhookUrl\":\"%s\"}",
                                         STR(receipts_sample(s, "1")), cases[i].url);
        struct answered a = receipts_post(s, f, "", NULL, envelope);
        (void)test_expect(a.code == cases[i].code, __FILE__, __LINE__, cases[i].url);
    }
    struct str other = receipts_key(s, f, "other", "", "receipts:write", false);
    struct answered a =
        edge_fixture_call(s, &f->edge, "POST", "/receipts?webhookUrl=https%3A%2F%2Fhooks.test%2F",
                          other, json_header, receipts_sample(s, "1"));
    EXPECT_EQUAL(a.code, 403);
}

// -- size and form -------------------------------------------------------------------------------

// A sound receipt of exactly so many bytes: white space is part of the document.
static struct str sample_of_bytes(struct scope *s, size_t bytes)
{
    struct str small = receipts_sample(s, "1");
    char *text = scope_bytes(s, bytes);

    memset(text, ' ', bytes);
    memcpy(text, small.data, small.bytes - 1);
    text[bytes - 1] = '}';
    return str_of(text, bytes);
}

TEST(large_documents_come_back_byte_for_byte_and_lie_in_blobs)
{
    static const struct {
        size_t bytes;
        bool blob;
    } cases[] = {{RECEIPT_INLINE_BYTES_MAX, false},
                 {RECEIPT_INLINE_BYTES_MAX + 1, true},
                 {RECEIPT_BYTES_MAX, true}};
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str body = sample_of_bytes(s, cases[i].bytes);
        struct answered a = receipts_post(s, f, "", NULL, body);
        struct blob_info info = {0};
        EXPECT_EQUAL(a.code, 202);
        (void)receipts_work(f, LOTS);
        EXPECT_STR(receipts_state(s, f, id_of(a)), "COMPLETED");
        EXPECT(str_equal(document_of(s, f, id_of(a)), body));
        EXPECT_EQUAL(blob_head(s, f->edge.store, &receipt_documents_bucket, id_of(a), &info),
                     cases[i].blob ? OK : NOT_FOUND);
    }
    struct answered a = receipts_post(s, f, "", NULL, sample_of_bytes(s, RECEIPT_BYTES_MAX + 1));
    EXPECT_EQUAL(a.code, 413);
    EXPECT_STR(json_text(json_member(a.json, "error")), "LIMIT");
}

TEST(what_is_not_acceptable_in_form_is_refused_at_the_door)
{
    static const char deep[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
    static const struct {
        const char *headers;
        const char *body;
        int code;
    } cases[] = {
        {json_header, "{\"kind\":\"till-receipt\"", 400},
        {json_header, "{\"kind\":1,\"kind\":2}", 400},
        {json_header, "{\"a\":\"\xFF\"}", 400},
        {json_header, "\xEF\xBB\xBF{}", 400},
        {json_header, deep, 413},
        {json_header, "", 400},
        {json_header, "[]", 400},
        {"Content-Type: application/json; charset=utf-8\n", "{}", 422},
        {"Content-Type: application/json; charset=\"UTF-8\"\n", "{}", 422},
        {"Content-Type: application/json; charset=iso-8859-1\n", "{}", 415},
        {"Content-Type: application/json; charset=utf-16\n", "{}", 415},
        {"Content-Type: text/plain\n", "{}", 415},
        {"X-Nothing: 1\n", "{}", 415},
        {"Content-Type: application/xml; charset=utf-16\n", "<a/>", 415},
        {"Content-Type: text/xml; charset=windows-1251\n", "<a/>", 415},
        {"Content-Type: text/xml; charset=ISO-8859-1\n", "<a/>", 422},
        {xml_header, "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", 415},
        {xml_header, "<?xml version=\"1.0\" encoding=\"windows-1251\"?><a/>", 415},
        {xml_header, "<a>\xFF</a>", 400},
        {xml_header, "<a>", 400},
        {xml_header, "<!DOCTYPE a><a/>", 400},
        {xml_header, "<!DOCTYPE a SYSTEM \"http://evil.test/a.dtd\"><a/>", 400},
        {xml_header, "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", 400},
        {xml_header, "<!DOCTYPE a [<!ENTITY x \"xx\">]><a>&x;</a>", 400},
        {xml_header, "<a>&x;</a>", 400},
    };
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answered a = receipts_post(s, f, "", cases[i].headers, str(cases[i].body));
        if (a.code != cases[i].code)
            EXPECT_EQUAL(a.code, cases[i].code);
        (void)test_expect(a.code == cases[i].code, __FILE__, __LINE__, cases[i].body);
    }
}

TEST(xml_that_nests_deeply_is_refused)
{
    enum { DEPTH = 2000 };
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);
    char *text = scope_bytes(s, (size_t)DEPTH * 7);

    for (size_t i = 0; i < DEPTH; i++) {
        memcpy(text + i * 3, "<a>", 3);
        memcpy(text + (size_t)DEPTH * 3 + i * 4, "</a>", 4);
    }
    struct answered a = receipts_post(s, f, "", xml_header, str_of(text, (size_t)DEPTH * 7));
    EXPECT_EQUAL(a.code, 413);
}

// The samples say by their folder what becomes of them.
TEST(the_shipped_samples_fare_as_their_folders_say)
{
    static const struct {
        const char *folder;
        bool taken;
        const char *state;
    } cases[] = {{"samples/receipts/completed", true, "COMPLETED"},
                 {"samples/receipts/failed", true, "FAILED"},
                 {"samples/receipts/refused", false, ""}};
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str *names = NULL;
        size_t count = 0;
        REQUIRE_OK(directory_list(s, world_real(), str(cases[i].folder), &names, &count));
        for (size_t n = 0; n < count; n++) {
            struct str path = str_concat(s, 3, str(cases[i].folder), str("/"), names[n]);
            struct str body = {0};
            REQUIRE_OK(file_read_whole(s, world_real(), path, RECEIPT_BYTES_MAX, &body));
            bool xml = str_ends(path, str(".xml"));
            struct answered a = receipts_post(s, f, "", xml ? xml_header : json_header, body);
            (void)receipts_work(f, LOTS);
            bool right = (a.code == 202) == cases[i].taken && (a.code == 202 || a.code / 100 == 4);
            if (a.code == 202)
                right = right && str_is(receipts_state(s, f, id_of(a)), cases[i].state) &&
                        str_equal(document_of(s, f, id_of(a)), body);
            (void)test_expect(right, __FILE__, __LINE__, str_z(s, path));
        }
    }
}

// -- who may, and when ---------------------------------------------------------------------------

TEST(writing_needs_the_scope_and_a_contract_to_write)
{
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);
    const struct {
        struct str key;
        int code;
    } cases[] = {
        {receipts_key(s, f, "acme", "", "receipts:read", false), 403},
        {receipts_key(s, f, "acme", "", "receipts:read receipts:write", true), 403},
        {receipts_key(s, f, "acme", "shop-2", "receipts:write", false), 404},
        {receipts_key(s, f, "acme", "shop-1", "receipts:write", false), 202},
        {(struct str){0}, 401},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "POST", "/receipts", cases[i].key, json_header,
                                       receipts_sample(s, "1"))
                         .code,
                     cases[i].code);
    }
}

TEST(new_receipts_are_refused_while_old_ones_wait_too_long)
{
    enum { BACKLOG_S = 60 };
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    (void)receipts_take_in(s, f, "");
    sim_advance_us(f->edge.world, (int64_t)BACKLOG_S * US_PER_S);
    (void)receipts_take_in(s, f, "");
    sim_advance_us(f->edge.world, US_PER_S);
    struct answered a = receipts_post(s, f, "", NULL, receipts_sample(s, "2"));

    EXPECT_EQUAL(a.code, 503);
    EXPECT_STR(json_text(json_member(a.json, "error")), "TEMPORARY");
    EXPECT(http_reply_header(&a.reply, "Retry-After").bytes > 0);
    (void)receipts_work(f, LOTS);
    (void)receipts_take_in(s, f, "");
}

TEST(new_receipts_are_refused_while_a_later_step_of_old_ones_waits_too_long)
{
    enum { BACKLOG_S = 60 };
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);
    (void)receipts_take_in(s, f, "");
    while (receipts_waiting(f, &validation_queue))
        (void)receipts_work(f, 1);
    EXPECT(receipts_waiting(f, &registration_queues[PARTNER_WAREHOUSE]) > 0);

    sim_advance_us(f->edge.world, (int64_t)(BACKLOG_S + 1) * US_PER_S);

    EXPECT_EQUAL(receipts_post(s, f, "", NULL, receipts_sample(s, "2")).code, 503);
    (void)receipts_work(f, LOTS);
    (void)receipts_take_in(s, f, "");
}

// -- the same again ------------------------------------------------------------------------------

TEST(a_repeat_with_the_same_idempotency_key_is_answered_as_the_first)
{
    static const char header[] = "Content-Type: application/json\nIdempotency-Key: k1\n";
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);

    struct answered first = receipts_post(s, f, "", header, receipts_sample(s, "1"));
    struct answered again = receipts_post(s, f, "", header, receipts_sample(s, "1"));
    struct answered other = receipts_post(s, f, "", header, receipts_sample(s, "2"));

    EXPECT_EQUAL(first.code, 202);
    EXPECT_EQUAL(again.code, 202);
    EXPECT(str_equal(first.body, again.body));
    EXPECT_EQUAL(other.code, 422);
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.received", (struct str){0}), 1);
}

TEST(a_number_that_is_unique_is_taken_once_and_given_free_by_an_invalid_receipt)
{
    struct receipts_fixture *f = start(s);
    REQUIRE(f != NULL);
    struct str sound = receipts_sample_xml(s, "A-1");
    size_t at = str_find(sound, str("<Total>10.70"));
    struct str wrong = str_concat(s, 3, str_slice(sound, 0, at), str("<Total>11.70"),
                                  str_slice(sound, at + 12, sound.bytes));

    struct answered first = receipts_post(s, f, "", xml_header, wrong);
    EXPECT_EQUAL(first.code, 202);
    struct answered early = receipts_post(s, f, "", xml_header, sound);
    EXPECT_EQUAL(early.code, 409);
    EXPECT(str_equal(id_of(early), id_of(first)));
    (void)receipts_work(f, LOTS);
    EXPECT_STR(receipts_state(s, f, id_of(first)), "FAILED");
    struct answered second = receipts_post(s, f, "", xml_header, sound);
    EXPECT_EQUAL(second.code, 202);
    (void)receipts_work(f, LOTS);
    EXPECT_STR(receipts_state(s, f, id_of(second)), "COMPLETED");
    EXPECT_EQUAL(receipts_post(s, f, "", xml_header, sound).code, 409);

    const char *redrive =
        str_z(s, str_concat(s, 3, str("/receipts/"), id_of(first), str("/redrive")));
    EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "POST", redrive, f->key, json_header,
                                   str("{\"reason\":\"try it\"}"))
                     .code,
                 409);
}

// Two threads send the same request at once; the loser's commit meets the number of the winner
// before it meets its idempotency key.
struct twin {
    struct receipts_fixture *f;
    struct scope *scope;
    const char *headers;
    struct str body;
    struct answered answered;
};

static void send_twin(void *opaque)
{
    struct twin *t = opaque;

    t->answered = receipts_post(t->scope, t->f, "", t->headers, t->body);
}

TEST(a_repeat_that_races_with_the_first_gets_its_answer_although_the_number_is_taken)
{
    enum { ROUNDS = 40 };
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.no_partners = options.embedded = true;
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);

    for (int i = 0; i < ROUNDS && !test_failed(); i++) {
        struct twin twins[2];
        struct thread *threads[2];
        const char *headers =
            str_z(s, str_format(s, "Content-Type: application/xml\nIdempotency-Key: race-%d\n", i));
        struct str body = receipts_sample_xml(s, str_z(s, str_format(s, "R-%d", i)));
        for (int t = 0; t < 2; t++) {
            twins[t] = (struct twin){f, scope_open(1 << 24), headers, body, {0}};
            threads[t] = thread_start("twin", send_twin, &twins[t]);
        }
        for (int t = 0; t < 2; t++)
            thread_join(threads[t]);
        EXPECT_EQUAL(twins[0].answered.code, 202);
        EXPECT_EQUAL(twins[1].answered.code, 202);
        EXPECT(str_equal(id_of(twins[0].answered), id_of(twins[1].answered)));
        scope_close(twins[0].scope);
        scope_close(twins[1].scope);
    }
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.received", (struct str){0}), ROUNDS);
}

TEST(an_electronic_invoice_is_taken_in_as_a_receipt)
{
    struct receipts_fixture *f = start(s);
    struct str text = {0};

    REQUIRE(f != NULL);
    REQUIRE_OK(file_read_whole(s, world_real(), str("samples/invoices/05-three-rates.xml"), 1 << 20,
                               &text));
    struct answered a = receipts_post(s, f, "", xml_header, text);
    EXPECT_EQUAL(a.code, 202);
    (void)receipts_work(f, 100);
    struct json status = receipts_status(s, f, json_text(json_member(a.json, "receiptId")));
    EXPECT_STR(json_text(json_member(status, "type")), "ubl-invoice");
    EXPECT_EQUAL(json_member(status, "errors").count, 0);
}
