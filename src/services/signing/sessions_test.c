// A bundle's signing session, with a provider that fails in all the ways that providers do.
#include "test/session_fixture.h"

#include "core/moment.h"
#include "core/scope.h"
#include "flow/executions.h"
#include "store/blob.h"
#include "store/memory/memory.h"
#include "sys/log.h"
#include "sys/world.h"

enum { HOUR_S = 3600, DAY_S = 86400 };

static const struct session_fixture_options kind = {
    .seed = 1, .signee = SIGNEE_SIGNS, .signs_after_s = 600};

static struct str stage(const struct bundle *b)
{
    return json_text(session_get(b, "state"));
}

TEST(a_signature_is_kept_and_the_execution_goes_on)
{
    struct session_fixture *f = session_fixture_open(s, &kind);
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");

    session_fixture_settle(f, HOUR_S);

    struct bundle b = session_fixture_get(s, f, "b1");
    struct execution x = session_fixture_execution(s, f, "b1");
    struct str pdf = {0};
    EXPECT_STR(stage(&b), "SIGNED");
    EXPECT_EQUAL(x.status, EXECUTION_SUCCEEDED);
    EXPECT_STR(json_text(json_member(x.output.value, "session_id")), "session-1");
    EXPECT_STR(json_text(json_member(x.output.value, "provider")), "scripted");
    EXPECT_STR(json_text(json_member(bundle_member(&b, "original"), "key")),
               "acme/bundles/b1/original.pdf");
    REQUIRE_OK(blob_get(s, f->platform.store, &contract_signed_bucket,
                        str("acme/bundles/b1/original.pdf"), 0, 1000, &pdf));
    EXPECT_STR(pdf, "%PDF-1.7 signed in session-1");
    EXPECT_EQUAL(session_fixture_mails(f, "invitation"), 1);
    EXPECT_EQUAL(f->mail_count, 1);
}

TEST(a_signing_log_says_who_signed_what_and_when)
{
    struct session_fixture *f = session_fixture_open(s, &kind);
    struct str text = {0};
    struct json log = {0};
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");
    session_fixture_settle(f, HOUR_S);

    REQUIRE_OK(blob_get(s, f->platform.store, &contract_signed_bucket,
                        str("acme/bundles/b1/signing_log.json"), 0, 100000, &text));
    REQUIRE_OK(json_parse(s, text, &json_limits_strict, &log));

    struct bundle b = session_fixture_get(s, f, "b1");
    EXPECT_STR(json_text(json_member(log, "session_id")), "session-1");
    EXPECT_STR(json_text(json_path(log, "signee.email")), "asa@dealer.example");
    EXPECT(json_text(json_path(log, "moments.mailed_at")).bytes > 0);
    EXPECT(str_equal(json_text(json_member(log, "original_sha256")),
                     json_text(json_member(bundle_member(&b, "original"), "sha256"))));
}

TEST(a_session_that_the_signee_rejects_fails_the_execution)
{
    struct session_fixture_options options = kind;
    options.signee = SIGNEE_REJECTS;
    struct session_fixture *f = session_fixture_open(s, &options);
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");

    session_fixture_settle(f, HOUR_S);

    struct bundle b = session_fixture_get(s, f, "b1");
    struct execution x = session_fixture_execution(s, f, "b1");
    EXPECT_STR(stage(&b), "REJECTED");
    EXPECT_EQUAL(x.status, EXECUTION_FAILED);
    EXPECT_STR(x.error, "Signing.Rejected");
}

TEST(a_signee_is_reminded_and_at_the_deadline_the_session_is_cancelled)
{
    struct session_fixture_options options = kind;
    options.signee = SIGNEE_NEVER;
    options.flags[0] = "--signing.deadline=10d";
    options.flags[1] = "--signing.poll=15m";
    struct session_fixture *f = session_fixture_open(s, &options);
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");

    session_fixture_settle(f, 2 * DAY_S);
    EXPECT_EQUAL(f->mail_count, 1);
    session_fixture_settle(f, 2 * DAY_S);
    EXPECT_EQUAL(session_fixture_mails(f, "reminder-1"), 1);
    session_fixture_settle(f, 4 * DAY_S);
    EXPECT_EQUAL(session_fixture_mails(f, "reminder-2"), 1);
    session_fixture_settle(f, 3 * DAY_S);

    struct bundle b = session_fixture_get(s, f, "b1");
    struct execution x = session_fixture_execution(s, f, "b1");
    EXPECT_STR(stage(&b), "EXPIRED");
    EXPECT_STR(x.error, "Signing.Expired");
    EXPECT_EQUAL(f->mail_count, 3);
    EXPECT_EQUAL(session_fixture_count(f, SESSION_OPEN), 0);
    EXPECT_EQUAL(f->wrong, 0);
}

// -- resend, end, late ---------------------------------------------------------------------------

static enum status resend(struct scope *s, struct session_fixture *f, struct change *c,
                          struct bundle *b)
{
    return session_resend(s, f->self, c, b, world_now_us(f->world));
}

static enum status end(struct scope *s, struct session_fixture *f, struct change *c,
                       struct bundle *b)
{
    session_end(s, f->self, c, b, str("stopped"), world_now_us(f->world));
    return OK;
}

static enum status accept_late(struct scope *s, struct session_fixture *f, struct change *c,
                               struct bundle *b)
{
    return session_accept_late(s, f->self, c, b, str("operator"), str("the dealer called"),
                               world_now_us(f->world));
}

// Makes the document another one, and again the one that it was.
static enum status alter_document(struct scope *s, struct session_fixture *f, struct change *c,
                                  struct bundle *b)
{
    struct json document = bundle_member(b, "unsigned");
    struct json kept = bundle_member(b, "kept_by_test");

    (void)f;
    (void)c;
    bundle_set(s, b, "kept_by_test", kept.type == JSON_NONE ? document : json_null());
    bundle_set(s, b, "unsigned",
               kept.type == JSON_NONE ? json_with(s, document, str("sha256"), json_null()) : kept);
    return OK;
}

TEST(a_session_that_is_sent_anew_is_cancelled_before_the_next_link_is_mailed)
{
    struct session_fixture_options options = kind;
    options.signs_after_s = 3 * HOUR_S;
    struct session_fixture *f = session_fixture_open(s, &options);
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");
    session_fixture_settle(f, HOUR_S);

    // The provider is down: nothing is mailed until the first session is cancelled for certain.
    f->down_until_us = world_now_us(f->world) + HOUR_S * MOMENT_SECOND_US;
    REQUIRE_OK(session_fixture_do(s, f, "b1", resend));
    EXPECT_EQUAL(session_fixture_do(s, f, "b1", resend), CONFLICT);
    session_fixture_settle(f, HOUR_S - 60);
    EXPECT_EQUAL(f->mail_count, 1);
    session_fixture_settle(f, HOUR_S);
    EXPECT_EQUAL(f->mail_count, 2);
    EXPECT_EQUAL(session_fixture_count(f, SESSION_CANCELLED), 1);
    session_fixture_settle(f, 5 * HOUR_S);

    struct bundle b = session_fixture_get(s, f, "b1");
    EXPECT_STR(stage(&b), "SIGNED");
    EXPECT_STR(json_text(bundle_member(&b, "sign_request_id")), "session-2");
    EXPECT_EQUAL(f->wrong, 0);
}

TEST(a_session_that_was_signed_while_it_was_replaced_is_kept_for_an_operator)
{
    struct session_fixture_options options = kind;
    options.signee = SIGNEE_NEVER;
    struct session_fixture *f = session_fixture_open(s, &options);
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");
    session_fixture_settle(f, HOUR_S);

    f->sessions[0].state = SESSION_SIGNED;
    REQUIRE_OK(session_fixture_do(s, f, "b1", resend));
    session_fixture_settle(f, HOUR_S);

    struct bundle b = session_fixture_get(s, f, "b1");
    EXPECT_STR(stage(&b), "HELD");
    EXPECT_EQUAL(f->mail_count, 1);
    EXPECT_EQUAL(bundle_member(&b, "marks").count, 1);
    // Not when the document is another by now.
    REQUIRE_OK(session_fixture_do(s, f, "b1", alter_document));
    EXPECT_EQUAL(session_fixture_do(s, f, "b1", accept_late), CONFLICT);
    REQUIRE_OK(session_fixture_do(s, f, "b1", alter_document));
    REQUIRE_OK(session_fixture_do(s, f, "b1", accept_late));
    session_fixture_settle(f, HOUR_S);
    struct execution x = session_fixture_execution(s, f, "b1");
    EXPECT_EQUAL(x.status, EXECUTION_SUCCEEDED);
    EXPECT_STR(json_text(json_member(x.output.value, "session_id")), "session-1");
}

static enum status stop_execution(struct scope *s, struct session_fixture *f, struct change *c,
                                  struct bundle *b)
{
    struct execution x = {0};

    return flow_stop(s, f->platform.flow, &f->owner, c, json_text(bundle_member(b, "execution")),
                     str("Stopped"), str("by hand"), &x);
}

TEST(a_signature_after_the_execution_was_stopped_is_kept_and_marked)
{
    struct session_fixture_options options = kind;
    options.signs_after_s = 2 * HOUR_S;
    struct session_fixture *f = session_fixture_open(s, &options);
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");
    session_fixture_settle(f, HOUR_S);

    REQUIRE_OK(session_fixture_do(s, f, "b1", stop_execution));
    session_fixture_settle(f, 2 * HOUR_S);

    struct bundle b = session_fixture_get(s, f, "b1");
    struct json mark = json_at(bundle_member(&b, "marks"), 0);
    struct blob_info info = {0};
    EXPECT_STR(stage(&b), "LATE");
    EXPECT_STR(json_text(json_member(mark, "mark")), "late_signature");
    EXPECT_STR(json_text(json_path(mark, "original.key")), "acme/bundles/b1/late-1/original.pdf");
    EXPECT_OK(blob_head(s, f->platform.store, &contract_signed_bucket,
                        json_text(json_path(mark, "original.key")), &info));
    EXPECT_EQUAL(bundle_member(&b, "original").type, JSON_NONE);
}

TEST(a_session_that_is_ended_is_cancelled_and_nobody_is_told)
{
    struct session_fixture_options options = kind;
    options.signee = SIGNEE_NEVER;
    struct session_fixture *f = session_fixture_open(s, &options);
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");
    session_fixture_settle(f, HOUR_S);

    REQUIRE_OK(session_fixture_do(s, f, "b1", end));
    session_fixture_settle(f, HOUR_S);

    struct bundle b = session_fixture_get(s, f, "b1");
    EXPECT_STR(stage(&b), "CANCELLED");
    EXPECT_EQUAL(session_fixture_count(f, SESSION_CANCELLED), 1);
    EXPECT_EQUAL(bundle_member(&b, "cancelling").type, JSON_NONE);
    EXPECT_EQUAL(session_fixture_execution(s, f, "b1").status, EXECUTION_RUNNING);
}

// -- a provider that fails -----------------------------------------------------------------------

TEST(a_provider_that_is_down_for_an_hour_loses_and_doubles_nothing)
{
    enum { BUNDLES = 5, CALLS_MAX = BUNDLES * 60 };
    struct session_fixture *f = session_fixture_open(s, &kind);
    REQUIRE(f != NULL);
    struct metric *down = metrics_find(f->metrics, "sheaf_signing_provider_unreachable_seconds");
    f->down_until_us = world_now_us(f->world) + HOUR_S * MOMENT_SECOND_US;
    for (unsigned i = 0; i < BUNDLES; i++)
        session_fixture_begin(s, f, str_format(s, "b%u", i).data);

    session_fixture_settle(f, HOUR_S - 60);
    EXPECT(metric_value(down, METRIC_ONLY) > (HOUR_S - 120) * MOMENT_SECOND_US);
    EXPECT(f->calls < CALLS_MAX);
    EXPECT_EQUAL(f->mail_count, 0);
    session_fixture_settle(f, 2 * HOUR_S);

    EXPECT_EQUAL(metric_value(down, METRIC_ONLY), 0);
    EXPECT_EQUAL(f->mail_count, BUNDLES);
    EXPECT_EQUAL(f->session_count, BUNDLES);
    EXPECT_EQUAL(session_fixture_count(f, SESSION_SIGNED), BUNDLES);
    EXPECT_EQUAL(f->wrong, 0);
}

// What must hold when all is over: one mail each, of one session, which is the one that was signed,
// and none is open.
static void check_ledger(struct scope *s, struct session_fixture *f, const char *bundle_id)
{
    struct bundle b = session_fixture_get(s, f, bundle_id);
    struct execution x = session_fixture_execution(s, f, bundle_id);
    struct str id = json_text(bundle_member(&b, "sign_request_id"));
    unsigned invited = session_fixture_mails(f, str_format(s, "%s-1-inv", bundle_id).data);

    EXPECT_EQUAL(invited, 1);
    EXPECT_STR(stage(&b), "SIGNED");
    EXPECT_EQUAL(x.status, EXECUTION_SUCCEEDED);
    EXPECT(str_equal(json_text(json_member(x.output.value, "session_id")), id));
    for (size_t i = 0; i < f->mail_count; i++)
        if (str_find(str(f->mails[i].id), str(bundle_id)) < str(f->mails[i].id).bytes)
            EXPECT(str_ends(str(f->mails[i].link), str_concat(s, 2, str("/"), id)));
}

TEST(a_session_is_one_whatever_the_provider_and_the_store_do)
{
    enum { SEEDS = 12, BUNDLES = 4 };

    for (uint64_t seed = 1; seed <= SEEDS && !test_failed(); seed++) {
        struct scope *own = scope_open(1 << 30);
        struct session_fixture_options options = kind;
        options.seed = seed;
        options.adversity = MEMORY_WORST;
        options.fail_before = 20;
        options.fail_after = 20;
        options.late = 50;
        options.busy_fetches = 2;
        struct session_fixture *f = session_fixture_open(own, &options);
        REQUIRE(f != NULL);
        for (unsigned i = 0; i < BUNDLES; i++)
            session_fixture_begin(own, f, str_format(own, "b%u", i).data);
        session_fixture_settle(f, 6 * HOUR_S);
        for (unsigned i = 0; i < BUNDLES; i++)
            check_ledger(own, f, str_format(own, "b%u", i).data);
        EXPECT_EQUAL(session_fixture_count(f, SESSION_OPEN), 0);
        EXPECT_EQUAL(session_fixture_count(f, SESSION_SIGNED), BUNDLES);
        EXPECT_EQUAL(f->wrong, 0);
        scope_close(own);
    }
}

// A run that dies at the n-th effect on the store, and goes on after a restart.
static bool dies_at(struct scope *s, unsigned nth, bool resends)
{
    struct session_fixture_options options = kind;
    options.seed = nth;
    options.fail_after = 25;
    options.signs_after_s = 2 * HOUR_S;
    struct session_fixture *f = session_fixture_open(s, &options);

    if (!f)
        return false;
    session_fixture_begin(s, f, "b1");
    if (!resends)
        memory_halt_nth(f->platform.store, nth);
    session_fixture_settle(f, HOUR_S / 2);
    if (resends) {
        EXPECT_OK(session_fixture_do(s, f, "b1", resend));
        memory_halt_nth(f->platform.store, nth);
        session_fixture_settle(f, HOUR_S / 2);
    }
    session_fixture_settle(f, 2 * HOUR_S);
    bool struck = memory_mend(f->platform.store);
    session_fixture_crash(f);
    session_fixture_settle(f, 4 * HOUR_S);
    if (!resends)
        check_ledger(s, f, "b1");
    struct bundle b = session_fixture_get(s, f, "b1");
    EXPECT_STR(stage(&b), "SIGNED");
    EXPECT_EQUAL(f->mail_count, resends ? 2 : 1);
    EXPECT_EQUAL(session_fixture_count(f, SESSION_OPEN), 0);
    EXPECT_EQUAL(session_fixture_count(f, SESSION_SIGNED), 1);
    EXPECT_EQUAL(f->wrong, 0);
    return struck;
}

TEST(a_session_is_one_wherever_the_process_dies)
{
    enum { EFFECTS_MAX = 200 };

    for (int resends = 0; resends < 2; resends++) {
        bool struck = true;
        for (unsigned nth = 1; struck && nth < EFFECTS_MAX && !test_failed(); nth++) {
            struct scope *own = scope_open(1 << 30);
            struck = dies_at(own, nth, resends);
            scope_close(own);
        }
        EXPECT(!struck);
    }
}

TEST(a_session_keeps_links_out_of_the_log)
{
    struct session_fixture_options options = kind;
    options.fail_before = 30;
    struct session_fixture *f = session_fixture_open(s, &options);
    REQUIRE(f != NULL);
    session_fixture_begin(s, f, "b1");
    session_fixture_settle(f, HOUR_S);

    struct str log = log_captured(s);
    EXPECT_EQUAL(str_find(log, str("provider.test")), log.bytes);
    EXPECT_EQUAL(str_find(log, str("asa@")), log.bytes);
}
