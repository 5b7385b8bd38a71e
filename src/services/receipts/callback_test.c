// Callbacks of partners: who may make them, and what they decide.
#include "services/receipts/receipts.h"
#include "services/receipts/service_impl.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/receipts_fixture.h"

enum { US_PER_S = 1000000, LOTS = 1000 };

// The partners make no callbacks; the tests do.
static struct receipts_fixture *start_without_callbacks(struct scope *s)
{
    struct receipts_fixture_options options = receipts_fixture_standard();

    options.faults[PARTY_TAX].lose = options.faults[PARTY_WAREHOUSE].lose = 100;
    return receipts_fixture_start(s, &options);
}

static struct str callback_body(struct scope *s, const char *partner, struct str id,
                                const char *status)
{
    return str_format(s, "{\"registrationId\":\"%s-%.*s\",\"status\":\"%s\"}", partner, STR(id),
                      status);
}

TEST(a_callback_proves_who_sends_it_and_when)
{
    enum { TOLERANCE_S = 300 };
    struct receipts_fixture *f = start_without_callbacks(s);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);
    struct str body = callback_body(s, "tax", id, "confirmed");
    int64_t now_s = world_now_us(f->edge.world) / US_PER_S;
    const struct {
        const char *secret;
        int64_t at_s;
        int code;
    } cases[] = {
        {"a guess", 0, 401},
        {NULL, now_s - TOLERANCE_S - 1, 401},
        {NULL, now_s + TOLERANCE_S + 1, 401},
        {NULL, now_s - TOLERANCE_S, 200},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EXPECT_EQUAL(
            receipts_send_callback(s, f, PARTY_TAX, cases[i].secret, cases[i].at_s, body).code,
            cases[i].code);
    }
    (void)receipts_work(f, LOTS);
    receipts_settle(s, f, 600, 1);
    EXPECT_STR(receipts_registration(s, f, id, "tax"), "CONFIRMED");
    // Signed for one body, sent with another; and not signed at all.
    struct answered a =
        edge_fixture_call(s, &f->edge, "POST", "/taxApiCallback", (struct str){0},
                          "Content-Type: application/json\nX-Timestamp: 1\nX-Signature: "
                          "sha256=00\n",
                          body);
    EXPECT_EQUAL(a.code, 401);
    a = edge_fixture_call(s, &f->edge, "POST", "/taxApiCallback", (struct str){0},
                          "Content-Type: application/json\n", body);
    EXPECT_EQUAL(a.code, 400);
}

TEST(a_callback_about_what_was_never_registered_is_not_found)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, ""); // not validated yet
    const struct {
        enum party party;
        struct str body;
        int code;
    } cases[] = {
        {PARTY_TAX, callback_body(s, "tax", id, "confirmed"), 404},
        {PARTY_WAREHOUSE, callback_body(s, "tax", id, "confirmed"), 404},
        {PARTY_TAX,
         callback_body(s, "tax", str("019b8e5a-0000-7000-8000-000000000000"), "confirmed"), 404},
        {PARTY_TAX, str("{\"registrationId\":\"tax-x\",\"status\":\"confirmed\"}"), 404},
        {PARTY_TAX, str("{\"registrationId\":\"\",\"status\":\"confirmed\"}"), 404},
        {PARTY_TAX, callback_body(s, "tax", id, "perhaps"), 400},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answered a = receipts_send_callback(s, f, cases[i].party, NULL, 0, cases[i].body);
        // What is no registration id at all may also be called malformed.
        bool right = a.code == cases[i].code || (i == 4 && a.code == 400);
        (void)test_expect(right, __FILE__, __LINE__, cases[i].body.data);
    }
    EXPECT_STR(receipts_state(s, f, id), "RECEIVED");
}

TEST(a_callback_of_a_redrive_that_has_not_been_made_is_not_found)
{
    struct receipts_fixture *f = start_without_callbacks(s);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);
    struct str body = callback_body(s, "tax", str_concat(s, 2, id, str(".1")), "confirmed");

    EXPECT_EQUAL(receipts_send_callback(s, f, PARTY_TAX, NULL, 0, body).code, 404);
    EXPECT_STR(receipts_registration(s, f, id, "tax"), "PENDING");
}

// What a callback says, against what the partner says when it is asked.
static void expect_partner_decides(struct scope *s, bool refuses, const char *said)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].lose = options.faults[PARTY_WAREHOUSE].lose = 100;
    options.faults[PARTY_TAX].refuse = refuses ? 100 : 0;
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    bool contradicted = str_is(str(said), "refused") != refuses;
    (void)receipts_work(f, LOTS);

    for (int i = 0; i < 2; i++) { // a hint that comes twice is as one
        struct str body = callback_body(s, "tax", id, said);
        EXPECT_EQUAL(receipts_send_callback(s, f, PARTY_TAX, NULL, 0, body).code, 200);
    }
    EXPECT_STR(receipts_registration(s, f, id, "tax"), "PENDING");
    receipts_settle(s, f, 30, 1); // it may have to be asked twice, but is not waited for

    EXPECT_STR(receipts_registration(s, f, id, "tax"), refuses ? "REFUSED" : "CONFIRMED");
    EXPECT_STR(receipts_registration(s, f, id, "warehouse"), "PENDING");
    EXPECT_EQUAL(receipts_audited(s, f, "registration.contradicted", id), contradicted ? 2 : 0);
}

TEST(a_callback_is_a_hint_and_what_the_partner_says_when_it_is_asked_counts)
{
    expect_partner_decides(s, false, "confirmed");
    expect_partner_decides(s, false, "refused");
    expect_partner_decides(s, true, "confirmed");
    expect_partner_decides(s, true, "refused");
}

TEST(a_callback_that_the_partner_knows_nothing_of_decides_nothing)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].down_every_s = options.faults[PARTY_TAX].down_for_s = 86400;
    options.faults[PARTY_WAREHOUSE].lose = 100;
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);

    struct str body = callback_body(s, "tax", id, "confirmed");
    EXPECT_EQUAL(receipts_send_callback(s, f, PARTY_TAX, NULL, 0, body).code, 200);
    receipts_settle(s, f, 7200, 1);

    EXPECT_STR(receipts_state(s, f, id), "PROCESSING");
    EXPECT(!str_is(receipts_registration(s, f, id, "tax"), "CONFIRMED"));
    struct faults none = faults_none();
    office_set_faults(f->offices[PARTY_TAX], &none);
    receipts_settle(s, f, 3600, 1);
    EXPECT_STR(receipts_state(s, f, id), "COMPLETED");
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.completed", id), 1);
}

TEST(a_late_callback_about_an_archived_receipt_is_confirmed_too)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    struct receipt r = {0};
    options.faults[PARTY_TAX].refuse = 100;
    options.faults[PARTY_WAREHOUSE].lose = 100;
    options.flags[0] = "--receipts.hot=0";
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);
    sim_advance_us(f->edge.world, US_PER_S);
    EXPECT_EQUAL(receipts_call_back(s, f), 1);
    (void)receipts_work(f, LOTS);
    while (receipts_service.tend(s, f->edge.selves[0]))
        continue;
    REQUIRE(receipt_load(s, f->edge.store, id, &r) == NOT_FOUND);

    struct str body = callback_body(s, "warehouse", id, "refused");
    EXPECT_EQUAL(receipts_send_callback(s, f, PARTY_WAREHOUSE, NULL, 0, body).code, 200);
    receipts_settle(s, f, 30, 1);

    EXPECT_STR(receipts_state(s, f, id), "FAILED");
    EXPECT_STR(receipts_registration(s, f, id, "warehouse"), "CONFIRMED");
    EXPECT_EQUAL(receipts_audited(s, f, "registration.contradicted", id), 1);
}

TEST(callbacks_are_believed_where_the_setting_says_so)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.flags[0] = "--receipts.confirm_callbacks=false";
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);
    sim_advance_us(f->edge.world, US_PER_S);

    EXPECT_EQUAL(receipts_call_back(s, f), 2);

    EXPECT_STR(receipts_state(s, f, id), "COMPLETED");
    EXPECT_EQUAL(f->calls[PARTY_TAX] + f->calls[PARTY_WAREHOUSE], 2);
}

TEST(long_reasons_of_a_partner_are_cut)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].lose = options.faults[PARTY_WAREHOUSE].lose = 100;
    options.flags[0] = "--receipts.confirm_callbacks=false";
    struct receipts_fixture *f = receipts_fixture_start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);
    char reason[1500];
    memset(reason, '\'', sizeof reason);
    struct str body = str_format(
        s, "{\"registrationId\":\"tax-%.*s\",\"status\":\"refused\",\"reason\":\"%.*s\"}", STR(id),
        (int)sizeof reason, reason);

    struct answered a = receipts_send_callback(s, f, PARTY_TAX, NULL, 0, body);

    EXPECT(a.code == 200 || a.code == 400); // the document may limit it
    if (a.code == 200)
        EXPECT_STR(receipts_state(s, f, id), "FAILED");
}
