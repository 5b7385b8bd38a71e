// A receipt's way from the POST to its end, with the partners in process: what they say, when, how
// often, and when they say nothing.
#include "services/receipts/service_impl.h"
#include "store/memory/memory.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/receipts_fixture.h"

enum { US_PER_S = 1000000, LOTS = 1000 };

static const char hook_query[] = "?webhookUrl=https%3A%2F%2Fhooks.test%2Fr";

static struct receipts_fixture *start(struct scope *s,
                                      const struct receipts_fixture_options *options)
{
    return receipts_fixture_start(s, options);
}

// With one switch of each partner set to 100 %.
static struct receipts_fixture *start_faulty(struct scope *s, const char *tax,
                                             const char *warehouse)
{
    struct receipts_fixture_options options = receipts_fixture_standard();

    if (tax)
        EXPECT(faults_set(&options.faults[PARTY_TAX], str(tax), 100));
    if (warehouse)
        EXPECT(faults_set(&options.faults[PARTY_WAREHOUSE], str(warehouse), 100));
    return receipts_fixture_start(s, &options);
}

static void mend(struct receipts_fixture *f, enum party p)
{
    struct faults none = faults_none();

    office_set_faults(f->offices[p], &none);
}

static void expect_ended_once(struct scope *s, struct receipts_fixture *f, struct str id,
                              const char *state)
{
    EXPECT_STR(receipts_state(s, f, id), state);
    bool completed = str_is(str(state), "COMPLETED");
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.completed", id), completed);
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.failed", id), !completed);
    EXPECT_EQUAL(receipts_dead(f), 0);
}

TEST(a_receipt_is_completed_when_both_partners_have_confirmed_by_callback)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);

    EXPECT_STR(receipts_state(s, f, id), "RECEIVED");
    (void)receipts_work(f, LOTS);
    EXPECT_STR(receipts_state(s, f, id), "PROCESSING");
    EXPECT_STR(receipts_registration(s, f, id, "tax"), "PENDING");
    EXPECT_STR(receipts_registration(s, f, id, "warehouse"), "PENDING");
    sim_advance_us(f->edge.world, US_PER_S);
    EXPECT_EQUAL(receipts_call_back(s, f), 2);
    EXPECT_STR(receipts_state(s, f, id), "PROCESSING");
    (void)receipts_work(f, LOTS);

    EXPECT_EQUAL(hooks_counts(f->hooks).completed, 1);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).posts, 1);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).asks, 1);
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.received", id), 1);
    EXPECT_EQUAL(receipts_audited(s, f, "receipt.processing", id), 1);
    expect_ended_once(s, f, id, "COMPLETED");
}

TEST(without_partners_every_valid_receipt_is_confirmed_inside)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.no_partners = true;
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");

    (void)receipts_work(f, LOTS);

    expect_ended_once(s, f, id, "COMPLETED");
    EXPECT_EQUAL(f->calls[PARTY_TAX] + f->calls[PARTY_WAREHOUSE], 0);
}

TEST(a_receipt_whose_last_step_has_to_be_repeated_is_counted_once)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.no_partners = true;
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    while (receipts_waiting(f, &registration_queues[PARTNER_TAX]) == 0)
        (void)receipts_work(f, 1);
    (void)receipts_work(f, 1);
    memory_halt_nth(f->edge.store, 1); // the step that makes it final is not committed
    (void)receipts_work(f, 1);
    EXPECT(memory_mend(f->edge.store));
    EXPECT_STR(receipts_state(s, f, id), "PROCESSING");
    EXPECT_EQUAL(receipts_hot_final(s, f), 0);

    receipts_settle(s, f, 600, 1);

    expect_ended_once(s, f, id, "COMPLETED");
    EXPECT_EQUAL(receipts_hot_final(s, f), 1);
}

TEST(an_invalid_receipt_fails_with_its_findings_and_is_registered_nowhere)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str body = receipts_sample(s, "1");
    size_t at = str_find(body, str("\"total\":10.70"));
    body = str_concat(s, 3, str_slice(body, 0, at), str("\"total\":11.70"),
                      str_slice(body, at + 13, body.bytes));
    struct answered a = receipts_post(s, f, hook_query, NULL, body);
    struct str id = json_text(json_member(a.json, "receiptId"));

    EXPECT_EQUAL(a.code, 202);
    (void)receipts_work(f, LOTS);

    expect_ended_once(s, f, id, "FAILED");
    struct json first = json_at(json_member(receipts_status(s, f, id), "errors"), 0);
    EXPECT_STR(json_text(json_member(first, "at")), "/total");
    EXPECT_STR(json_text(json_member(first, "rule")), "totals");
    EXPECT_EQUAL(f->calls[PARTY_TAX] + f->calls[PARTY_WAREHOUSE], 0);
    EXPECT_EQUAL(hooks_counts(f->hooks).failed, 1);
    struct json history = json_member(receipts_status(s, f, id), "history");
    EXPECT_EQUAL(history.count, 3);
}

// Findings quote the document; a state has to fit its record all the same.
TEST(findings_about_a_document_of_huge_names_are_cut)
{
    enum { NAME_BYTES = 200000 };
    struct receipts_fixture_options options = receipts_fixture_standard();
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str body = receipts_sample(s, "1");
    char *name = scope_bytes(s, NAME_BYTES);
    memset(name, 'x', NAME_BYTES);
    body = str_concat(s, 4, str_slice(body, 0, body.bytes - 1), str(",\""),
                      str_of(name, NAME_BYTES), str("\":1}"));
    struct answered a = receipts_post(s, f, "", NULL, body);

    EXPECT_EQUAL(a.code, 202);
    (void)receipts_work(f, LOTS);

    struct str id = json_text(json_member(a.json, "receiptId"));
    expect_ended_once(s, f, id, "FAILED");
    struct json first = json_at(json_member(receipts_status(s, f, id), "errors"), 0);
    EXPECT(json_text(json_member(first, "at")).bytes <= RECEIPT_TEXT_BYTES_MAX);
    EXPECT(json_text(json_member(first, "message")).bytes <= RECEIPT_TEXT_BYTES_MAX);
}

TEST(a_receipt_that_the_tax_office_refuses_fails_once_although_the_warehouse_confirms)
{
    struct receipts_fixture *f = start_faulty(s, "refuse", NULL);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);

    receipts_settle(s, f, 600, 1);

    expect_ended_once(s, f, id, "FAILED");
    EXPECT_STR(receipts_registration(s, f, id, "tax"), "REFUSED");
    EXPECT_STR(receipts_registration(s, f, id, "warehouse"), "CONFIRMED");
    EXPECT_EQUAL(hooks_counts(f->hooks).failed, 1);
    EXPECT_EQUAL(hooks_counts(f->hooks).events, 1);
}

TEST(a_refusal_at_once_keeps_the_other_partner_from_being_told)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].refuse = 100;
    options.faults[PARTY_TAX].at_once = 100;
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");

    receipts_settle(s, f, 600, 1);

    expect_ended_once(s, f, id, "FAILED");
    EXPECT_EQUAL(f->calls[PARTY_WAREHOUSE], 0);
    EXPECT_STR(receipts_registration(s, f, id, "warehouse"), "PENDING");
}

TEST(an_unknown_outcome_is_asked_about_before_anything_is_sent_again)
{
    static const char *const unknown[] = {"silent", "fail_after", "garble"};

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        struct receipts_fixture *f = start_faulty(s, unknown[i], NULL);
        REQUIRE(f != NULL);
        struct str id = receipts_take_in(s, f, "");
        bool taken = true;
        (void)receipts_work(f, LOTS);
        if (!str_is(str(unknown[i]), "garble")) // spoils the body only: a 202 needs none
            taken = str_is(receipts_registration(s, f, id, "tax"), "UNKNOWN");
        (void)test_expect(taken, __FILE__, __LINE__, unknown[i]);
        mend(f, PARTY_TAX);

        receipts_settle(s, f, 600, 1);

        expect_ended_once(s, f, id, "COMPLETED");
        EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).posts, 1);
    }
}

TEST(what_the_partner_did_not_take_is_sent_again_with_the_same_id)
{
    struct receipts_fixture *f = start_faulty(s, "fail_before", "busy");
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");

    (void)receipts_work(f, LOTS);
    EXPECT_STR(receipts_registration(s, f, id, "tax"), "UNKNOWN"); // a 500 may have been taken
    EXPECT_STR(receipts_registration(s, f, id, "warehouse"), "PENDING"); // a 429 was not
    mend(f, PARTY_TAX);
    mend(f, PARTY_WAREHOUSE);
    receipts_settle(s, f, 600, 1);

    expect_ended_once(s, f, id, "COMPLETED");
    struct office_counts tax = office_counts(f->offices[PARTY_TAX]);
    EXPECT_EQUAL(tax.asks_unknown, 1);
    EXPECT_EQUAL(tax.registrations, 1);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_WAREHOUSE]).registrations, 1);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_WAREHOUSE]).asks_unknown, 0);
}

TEST(a_callback_that_never_comes_is_made_up_for_by_asking)
{
    struct receipts_fixture *f = start_faulty(s, "lose", "lose");
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");

    receipts_settle(s, f, 3600, 1);

    expect_ended_once(s, f, id, "COMPLETED");
    EXPECT(office_counts(f->offices[PARTY_TAX]).asks > 0);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).posts, 1);
}

TEST(receipts_survive_a_partner_that_is_down_for_days_and_end_when_it_is_back)
{
    enum { DAYS = 5 };
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].down_every_s = options.faults[PARTY_TAX].down_for_s = 86400;
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");

    receipts_settle(s, f, (int64_t)DAYS * 86400, DAYS);
    EXPECT_STR(receipts_state(s, f, id), "PROCESSING");
    EXPECT_EQUAL(receipts_dead(f), 0);
    mend(f, PARTY_TAX);
    receipts_settle(s, f, 3600, 1);

    expect_ended_once(s, f, id, "COMPLETED");
    EXPECT_EQUAL(receipts_waiting(f, &registration_queues[PARTNER_TAX]), 0);
}

TEST(a_registration_that_is_never_settled_is_set_aside_for_a_person_and_can_be_redriven)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.faults[PARTY_TAX].down_every_s = options.faults[PARTY_TAX].down_for_s = 86400;
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");
    size_t moved = 0;

    for (int hours = 0; hours < 24 * 20 && receipts_dead(f) == 0; hours++) {
        (void)receipts_work(f, LOTS);
        (void)receipts_call_back(s, f);
        for (int quarter = 0; quarter < 4; quarter++) {
            sim_advance_us(f->edge.world, 900LL * US_PER_S);
            (void)receipts_work(f, LOTS);
        }
    }
    EXPECT_EQUAL(receipts_dead(f), 1);
    EXPECT_STR(receipts_state(s, f, id), "PROCESSING");
    mend(f, PARTY_TAX);
    EXPECT_OK(queue_redrive(s, f->edge.store, &registration_queues[PARTNER_TAX], (struct str){0},
                            1000, &moved));
    EXPECT_EQUAL(moved, 1);
    receipts_settle(s, f, 3600, 1);

    expect_ended_once(s, f, id, "COMPLETED");
}

// The partner calls back while its answer to the registration is on its way, so before our commit.
static void call_back_meanwhile(struct receipts_fixture *f, struct scope *s, enum party p)
{
    (void)p;
    f->meanwhile = NULL;
    EXPECT_EQUAL(receipts_call_back(s, f), 1);
}

TEST(a_callback_before_our_own_commit_counts)
{
    struct receipts_fixture *f = start_faulty(s, "early", NULL);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, "");

    f->meanwhile = call_back_meanwhile;
    (void)receipts_work(f, LOTS);
    EXPECT_STR(receipts_registration(s, f, id, "tax"), "CONFIRMED");
    receipts_settle(s, f, 600, 1);

    expect_ended_once(s, f, id, "COMPLETED");
    EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).posts, 1);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).asks, 1);
}

TEST(doubled_and_contradicting_callbacks_change_nothing_and_a_contradiction_is_audited)
{
    struct receipts_fixture *f = start_faulty(s, "twice", "contradict");
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);

    receipts_settle(s, f, 600, 1);

    expect_ended_once(s, f, id, "COMPLETED");
    EXPECT_STR(receipts_registration(s, f, id, "warehouse"), "CONFIRMED");
    EXPECT_EQUAL(receipts_audited(s, f, "registration.contradicted", id), 1);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).callbacks, 2);
    EXPECT_EQUAL(hooks_counts(f->hooks).events, 1);
}

// -- on the adversary, and on the embedded store -------------------------------------------------

static void end_all_on(struct scope *s, uint64_t seed, unsigned adversity)
{
    enum { RECEIPTS = 6 };
    struct receipts_fixture_options options = receipts_fixture_standard();
    struct str ids[RECEIPTS];

    options.seed = seed;
    options.adversity = adversity;
    options.faults[PARTY_TAX].twice = 30;
    options.faults[PARTY_TAX].refuse = 20;
    options.faults[PARTY_WAREHOUSE].silent = 20;
    options.faults[PARTY_WAREHOUSE].at_once = 30;
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    for (size_t i = 0; i < RECEIPTS; i++)
        ids[i] = receipts_take_in(s, f, hook_query);

    receipts_settle(s, f, 7200, 3);

    for (size_t i = 0; i < RECEIPTS; i++) {
        struct str registration = str_concat(s, 2, str("tax-"), ids[i]);
        const char *outcome = office_outcome(f->offices[PARTY_TAX], registration);
        REQUIRE(outcome != NULL);
        expect_ended_once(s, f, ids[i], str_is(str(outcome), "refused") ? "FAILED" : "COMPLETED");
    }
    EXPECT_EQUAL(receipts_hot_final(s, f), RECEIPTS);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_TAX]).differing, 0);
    EXPECT_EQUAL(office_counts(f->offices[PARTY_WAREHOUSE]).differing, 0);
    EXPECT_EQUAL(hooks_counts(f->hooks).events, RECEIPTS);
    EXPECT_EQUAL(hooks_counts(f->hooks).differing, 0);
}

TEST(every_receipt_ends_exactly_once_on_a_store_that_doubles_and_disorders)
{
    enum { SEEDS = 12 };

    for (uint64_t seed = 1; seed <= SEEDS && !test_failed(); seed++) {
        struct scope *own = scope_open(1 << 30);
        end_all_on(own, seed, MEMORY_ADVERSE);
        scope_close(own);
        if (test_failed())
            (void)test_expect(false, __FILE__, __LINE__,
                              str_z(s, str_format(s, "seed %d", (int)seed)));
    }
}

TEST(receipts_live_on_the_embedded_store)
{
    struct receipts_fixture_options options = receipts_fixture_standard();
    options.embedded = true;
    options.faults[PARTY_TAX].delay_ms = options.faults[PARTY_WAREHOUSE].delay_ms = 1;
    options.faults[PARTY_WAREHOUSE].at_once = 50;
    struct receipts_fixture *f = start(s, &options);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);

    for (int i = 0; i < 1000 && !str_is(receipts_state(s, f, id), "COMPLETED"); i++) {
        (void)receipts_work(f, LOTS);
        (void)receipts_call_back(s, f);
    }
    (void)receipts_work(f, LOTS);

    expect_ended_once(s, f, id, "COMPLETED");
    EXPECT_EQUAL(hooks_counts(f->hooks).completed, 1);
    struct str path = str_concat(s, 3, str("/receipts/"), id, str("/document"));
    struct answered a = receipts_get(s, f, str_z(s, path));
    EXPECT(str_equal(a.body, receipts_sample(s, "1")));
}
