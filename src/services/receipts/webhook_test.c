// Outbound webhooks: what comes, how often, when it ends, and where they may not go.
#include "core/scope.h"
#include "edge/secrets.h"
#include "http/client.h"
#include "services/receipts/service_impl.h"
#include "store/memory/memory.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/receipts_fixture.h"

enum { US_PER_S = 1000000, LOTS = 1000 };

static const char hook_query[] = "?webhookUrl=https%3A%2F%2Fhooks.test%2Fr";

// Partners confirm inside; the receiver has one switch at 100 %.
static struct receipts_fixture *start(struct scope *s, const char *fault)
{
    struct receipts_fixture_options options = receipts_fixture_standard();

    options.no_partners = true;
    if (fault)
        EXPECT(faults_set(&options.faults[PARTY_HOOKS], str(fault), 100));
    return receipts_fixture_start(s, &options);
}

static void mend(struct receipts_fixture *f)
{
    struct faults none = faults_none();

    hooks_set_faults(f->hooks, &none);
}

// Runs for `hours`, in fine steps at first, when the pauses between tries are short.
static void run_hours(struct receipts_fixture *f, int hours)
{
    enum { FINE_S = 10, COARSE_S = 300, FINE_FOR_S = 600 };

    for (int at_s = 0; at_s < hours * 3600;) {
        int step_s = at_s < FINE_FOR_S ? FINE_S : COARSE_S;
        (void)receipts_work(f, LOTS);
        sim_advance_us(f->edge.world, (int64_t)step_s * US_PER_S);
        at_s += step_s;
    }
}

TEST(a_webhook_says_how_the_receipt_ended_and_is_signed)
{
    struct receipts_fixture *f = start(s, NULL);
    REQUIRE(f != NULL);
    struct json event = {0};
    struct str id = receipts_take_in(s, f, hook_query);

    (void)receipts_work(f, LOTS);

    struct hooks_counts counts = hooks_counts(f->hooks);
    EXPECT_EQUAL(counts.deliveries, 1);
    EXPECT_EQUAL(counts.unsigned_ones, 0);
    EXPECT(str_starts(f->event_id, str_concat(s, 2, str("evt_"), id)));
    REQUIRE_OK(json_parse(s, f->event_body, &json_limits_strict, &event));
    EXPECT_STR(json_text(json_member(event, "type")), "receipt.completed");
    EXPECT(str_equal(json_text(json_path(event, "data.receiptId")), id));
    EXPECT_STR(json_text(json_path(event, "data.state")), "COMPLETED");
    EXPECT_STR(json_text(json_path(event, "data.total")), "10.70");
    EXPECT_STR(json_text(json_path(event, "data.client")), "shop-1");
}

TEST(a_receipt_without_a_webhook_tells_nobody)
{
    struct receipts_fixture *f = start(s, NULL);
    REQUIRE(f != NULL);

    (void)receipts_take_in(s, f, "");
    (void)receipts_work(f, LOTS);

    EXPECT_EQUAL(f->calls[PARTY_HOOKS], 0);
}

TEST(a_webhook_is_repeated_with_the_same_id_and_bytes_until_it_is_taken)
{
    static const char *const faults[] = {"fail_after", "silent"};

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct receipts_fixture *f = start(s, faults[i]);
        REQUIRE(f != NULL);
        (void)receipts_take_in(s, f, hook_query);

        (void)receipts_work(f, LOTS);
        EXPECT_EQUAL(hooks_counts(f->hooks).deliveries, 1);
        sim_advance_us(f->edge.world, 4LL * US_PER_S);
        (void)receipts_work(f, LOTS);
        EXPECT_EQUAL(hooks_counts(f->hooks).deliveries, 1);
        sim_advance_us(f->edge.world, 1LL * US_PER_S);
        (void)receipts_work(f, LOTS);
        EXPECT_EQUAL(hooks_counts(f->hooks).deliveries, 2);
        mend(f);
        run_hours(f, 1);

        struct hooks_counts counts = hooks_counts(f->hooks);
        EXPECT_EQUAL(counts.deliveries, 3);
        EXPECT_EQUAL(counts.events, 1);
        EXPECT_EQUAL(counts.differing, 0);
        EXPECT_EQUAL(receipts_waiting(f, &webhook_queue), 0);
    }
}

TEST(a_webhook_is_tried_for_three_days_and_then_set_aside)
{
    enum { TRIES = 10, DAYS = 4 };
    struct receipts_fixture *f = start(s, "fail_before");
    REQUIRE(f != NULL);
    size_t moved = 0;
    struct message_page page = {0};
    (void)receipts_take_in(s, f, hook_query);

    run_hours(f, 24);
    EXPECT_EQUAL(f->calls[PARTY_HOOKS], 7); // at 0, 5 s, 5 min, 35 min, 2.6 h, 7.6 h, 17.6 h
    EXPECT_EQUAL(receipts_dead(f), 0);
    run_hours(f, 24 * (DAYS - 1));

    EXPECT_EQUAL(f->calls[PARTY_HOOKS], TRIES);
    EXPECT_EQUAL(receipts_dead(f), 1);
    REQUIRE_OK(
        queue_browse(s, f->edge.store, &webhook_queue, QUEUE_DEAD, 10, (struct str){0}, &page));
    REQUIRE(page.count == 1);
    EXPECT_STR(page.messages[0].error, "the webhook was answered 503 too often");
    // A person mends the receiver and sends it again: one more try, with the same id.
    mend(f);
    EXPECT_OK(queue_redrive(s, f->edge.store, &webhook_queue, (struct str){0}, 10, &moved));
    (void)receipts_work(f, LOTS);
    EXPECT_EQUAL(hooks_counts(f->hooks).deliveries, 1);
    EXPECT_EQUAL(receipts_dead(f), 0);
}

TEST(a_receiver_that_is_gone_is_not_told_again)
{
    struct receipts_fixture *f = start(s, "gone");
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);

    run_hours(f, 2);

    EXPECT_EQUAL(hooks_counts(f->hooks).deliveries, 1);
    EXPECT_EQUAL(receipts_waiting(f, &webhook_queue), 0);
    EXPECT_EQUAL(receipts_dead(f), 0);
    EXPECT_EQUAL(receipts_audited(s, f, "webhook.gone", id), 1);
}

TEST(a_webhook_by_hand_is_the_same_event_again)
{
    struct receipts_fixture *f = start(s, NULL);
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);
    const char *path = str_z(s, str_concat(s, 3, str("/receipts/"), id, str("/redeliver")));

    EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "POST", path, f->key, NULL, (struct str){0}).code,
                 409);
    (void)receipts_work(f, LOTS);
    EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "POST", path, f->key, NULL, (struct str){0}).code,
                 202);
    (void)receipts_work(f, LOTS);

    struct hooks_counts counts = hooks_counts(f->hooks);
    EXPECT_EQUAL(counts.deliveries, 2);
    EXPECT_EQUAL(counts.repeats, 1);
    EXPECT_EQUAL(counts.events, 1);
    EXPECT_EQUAL(receipts_audited(s, f, "webhook.redelivered", id), 1);
}

TEST(a_webhook_of_a_receipt_that_was_erased_meanwhile_is_not_sent)
{
    struct receipts_fixture *f = start(s, "fail_before");
    REQUIRE(f != NULL);
    struct str id = receipts_take_in(s, f, hook_query);
    const char *path = str_z(s, str_concat(s, 3, str("/receipts/"), id, str("?reason=asked")));

    (void)receipts_work(f, LOTS);
    mend(f);
    EXPECT_EQUAL(edge_fixture_call(s, &f->edge, "DELETE", path, f->key, NULL, (struct str){0}).code,
                 204);
    run_hours(f, 1);

    EXPECT_EQUAL(hooks_counts(f->hooks).deliveries, 0);
    EXPECT_EQUAL(receipts_waiting(f, &webhook_queue), 0);
}

TEST(webhooks_come_once_each_on_a_store_that_doubles_and_disorders)
{
    enum { SEEDS = 10, RECEIPTS = 5 };

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct scope *own = scope_open(1 << 30);
        struct receipts_fixture_options options = receipts_fixture_standard();
        options.seed = seed;
        options.adversity = MEMORY_ADVERSE;
        options.no_partners = true;
        options.faults[PARTY_HOOKS].fail_after = 30;
        struct receipts_fixture *f = receipts_fixture_start(own, &options);
        REQUIRE(f != NULL);
        for (int i = 0; i < RECEIPTS; i++)
            (void)receipts_take_in(own, f, hook_query);
        run_hours(f, 30);
        struct hooks_counts counts = hooks_counts(f->hooks);
        EXPECT_EQUAL(counts.events, RECEIPTS);
        EXPECT_EQUAL(counts.differing, 0);
        EXPECT_EQUAL(receipts_dead(f), 0);
        scope_close(own);
    }
}

// -- over real sockets ---------------------------------------------------------------------------

struct receiver {
    struct partners *partners;
    struct str query; // names its webhook
};

static void close_receiver(void *partners)
{
    partners_stop(partners);
}

static void open_receiver(struct scope *s, struct receiver *out)
{
    struct partners_options options = {.seed = 1};

    for (unsigned p = 0; p < PARTY_COUNT; p++)
        options.faults[p] = faults_none();
    EXPECT_OK(partners_start(s, &options, &out->partners));
    scope_defer(s, close_receiver, out->partners);
    out->query = str_format(s, "?webhookUrl=http%%3A%%2F%%2F127.0.0.1%%3A%.*s%%2Fwebhooks",
                            STR(str_slice(partners_url(out->partners, PARTY_HOOKS), 17, 5)));
}

TEST(a_webhook_to_a_private_address_is_refused_unless_it_is_allowed)
{
    struct receiver receiver;
    open_receiver(s, &receiver);
    for (int allowed = 0; allowed < 2; allowed++) {
        struct receipts_fixture_options options = receipts_fixture_standard();
        struct scope *own = scope_open(1 << 30);
        options.embedded = options.real_calls = options.no_partners = true;
        options.flags[0] = allowed ? "--receipts.webhooks_private=true" : NULL;
        struct receipts_fixture *f = receipts_fixture_start(own, &options);
        REQUIRE(f != NULL);
        EXPECT_OK(hooks_set_secret(own, partners_hooks(receiver.partners),
                                   secrets_webhook(own, f->edge.platform.secrets, str("acme"))));
        // Without the setting it must be https, and then the address is looked at.
        struct str query = receiver.query;
        if (!allowed)
            query = str("?webhookUrl=https%3A%2F%2F127.0.0.1%3A1%2Fwebhooks");
        (void)receipts_take_in(own, f, str_z(own, query));
        (void)receipts_work(f, LOTS);

        EXPECT_EQUAL(hooks_counts(partners_hooks(receiver.partners)).deliveries, allowed);
        EXPECT_EQUAL(receipts_waiting(f, &webhook_queue), !allowed);
        scope_close(own);
    }
}
