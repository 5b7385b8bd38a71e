// The flow of a bundle as a whole, with a signee and an OnBase at its ends.
#include "core/scope.h"
#include "document/pdf/inspect.h"
#include "notify/notify.h"
#include "services/signing/steps.h"
#include "test/bundle_fixture.h"
#include "test/pdf_fixture.h"

static struct str document(struct scope *s, struct bundle_fixture *f, const struct bundle *b,
                           const char *member)
{
    struct str out = {0};

    EXPECT_OK(step_read(s, f->platform.store, bundle_member(b, member), &out));
    return out;
}

TEST(bundle_goes_from_its_records_to_onbase)
{
    static const struct bundle_fixture_options options = BUNDLE_FIXTURE_KIND;
    struct bundle_fixture *f = bundle_fixture_open(s, &options);
    struct pdf_facts facts = {0};

    if (!f)
        return;
    bundle_fixture_put(s, f, "2025-09-15-D1", 3, true);
    bundle_fixture_settle(f, 3600);
    struct bundle b = bundle_fixture_get(s, f, "2025-09-15-D1");
    EXPECT_EQUAL(b.status, BUNDLE_DELIVERED);
    EXPECT_EQUAL(bundle_fixture_execution(s, f, "2025-09-15-D1").status, EXECUTION_SUCCEEDED);
    EXPECT_OK(pdf_inspect(s, document(s, f, &b, "signed"), &facts));
    EXPECT_EQUAL(facts.page_count, 6); // two of each
    EXPECT_EQUAL(facts.signature_count, 1);
    struct onbase_counts counts = onbase_count(f->onbase);
    EXPECT_EQUAL(counts.documents, 6); // contract and log of each
    EXPECT_EQUAL(counts.repeats + counts.differing + counts.malformed + counts.missing, 0);
    struct vehicle v = bundle_fixture_vehicle(s, f, "2025-09-15-D1", 1);
    EXPECT_EQUAL(v.status, VEHICLE_DELIVERED);
    EXPECT_STR(onbase_keyword(s, f->onbase, "VEH - Contract", v.contract_id, "First Page"), "3");
    EXPECT_STR(onbase_keyword(s, f->onbase, "VEH - Contract", v.contract_id, "Model"),
               "XC60 Recharge \xc4nglag\xe5rd");
}

static size_t count_artifacts(struct scope *s, struct bundle_fixture *f)
{
    struct blob_page page = {0};

    EXPECT_OK(blob_list(s, f->platform.store, &contract_artifacts_bucket, str(""), 1000,
                        (struct str){0}, &page));
    return page.count;
}

static struct bundle_fixture *ran(struct scope *s, const struct bundle_fixture_options *options,
                                  size_t vehicles)
{
    struct bundle_fixture *f = bundle_fixture_open(s, options);

    if (f) {
        bundle_fixture_put(s, f, "b", vehicles, true);
        bundle_fixture_settle(f, 3600);
    }
    return f;
}

TEST(delivered_bundle_is_told_of_and_tidied_up)
{
    static const struct bundle_fixture_options options = {
        .seed = 1,
        .signee = SESSION_SIGNED,
        .flags = {"--signing.operators_mail=ops@example.com, night@example.com"}};
    struct bundle_fixture *f = ran(s, &options, 2);
    struct queue_stats mails = {0};

    if (!f)
        return;
    EXPECT_EQUAL(count_artifacts(s, f), 0);
    queue_stats(f->platform.store, &mails_queue, &mails);
    EXPECT_EQUAL(mails.ready, 3); // the link, a notice to the signee, one to the operators
}

TEST(failed_bundle_keeps_its_document_and_tells_the_operators)
{
    static const struct bundle_fixture_options options = {
        .seed = 1,
        .signee = SESSION_REJECTED,
        .flags = {"--signing.operators_mail=ops@example.com"}};
    struct bundle_fixture *f = ran(s, &options, 2);
    struct queue_stats mails = {0};

    if (!f)
        return;
    EXPECT_EQUAL(count_artifacts(s, f), 3);
    queue_stats(f->platform.store, &mails_queue, &mails);
    EXPECT_EQUAL(mails.ready, 2); // the link, a notice to the operators
}

TEST(bundle_whose_signee_rejects_it_fails_and_says_why)
{
    static const struct bundle_fixture_options options = {.seed = 1, .signee = SESSION_REJECTED};
    struct bundle_fixture *f = ran(s, &options, 2);

    if (!f)
        return;
    struct bundle b = bundle_fixture_get(s, f, "b");
    EXPECT_EQUAL(b.status, BUNDLE_FAILED);
    struct execution x = bundle_fixture_execution(s, f, "b");
    EXPECT_EQUAL(x.status, EXECUTION_FAILED);
    EXPECT_STR(x.error, "Signing.Rejected");
    EXPECT_EQUAL(onbase_count(f->onbase).documents, 0);
}

TEST(rejected_bundle_is_reprocessed_from_its_document)
{
    static const struct bundle_fixture_options options = {.seed = 1, .signee = SESSION_REJECTED};
    struct bundle_fixture *f = ran(s, &options, 2);

    if (!f)
        return;
    f->signee->answer = SESSION_SIGNED;
    EXPECT_OK(bundle_fixture_reprocess(s, f, "b", false));
    bundle_fixture_settle(f, 3600);
    struct bundle b = bundle_fixture_get(s, f, "b");
    EXPECT_EQUAL(b.status, BUNDLE_DELIVERED);
    EXPECT_STR(bundle_fixture_execution(s, f, "b").name, "b-2");
    EXPECT(str_equal(f->signee->documents[0], f->signee->documents[1]));
}

TEST(failed_bundle_begins_anew_when_told_so)
{
    static const struct bundle_fixture_options options = {.seed = 1, .signee = SESSION_REJECTED};
    struct bundle_fixture *f = ran(s, &options, 2);

    if (!f)
        return;
    f->signee->answer = SESSION_SIGNED;
    EXPECT_OK(bundle_fixture_reprocess(s, f, "b", true));
    bundle_fixture_settle(f, 3600);
    EXPECT_EQUAL(bundle_fixture_get(s, f, "b").status, BUNDLE_DELIVERED);
}

TEST(delivered_bundle_is_neither_reprocessed_nor_retried_nor_stopped)
{
    static const struct bundle_fixture_options options = BUNDLE_FIXTURE_KIND;
    struct bundle_fixture *f = ran(s, &options, 1);

    if (!f)
        return;
    EXPECT_EQUAL(bundle_fixture_reprocess(s, f, "b", false), CONFLICT);
    EXPECT_EQUAL(bundle_fixture_retry(s, f, "b"), CONFLICT);
    EXPECT_EQUAL(bundle_fixture_stop(s, f, "b"), CONFLICT);
}

TEST(refused_vehicles_make_a_part_that_is_retried_alone)
{
    static const struct bundle_fixture_options options = {
        .seed = 1, .signee = SESSION_SIGNED, .onbase = {.refuse = 50}};
    struct bundle_fixture *f = ran(s, &options, 12);
    struct faults none = faults_none();

    if (!f)
        return;
    struct bundle b = bundle_fixture_get(s, f, "b");
    struct onbase_counts before = onbase_count(f->onbase);
    EXPECT_EQUAL(b.status, BUNDLE_PARTIAL_FAILED);
    EXPECT(before.refused > 0 && before.refused < 12);
    EXPECT_EQUAL(before.documents, 2 * (12 - before.refused));
    onbase_set_faults(f->onbase, &none);
    EXPECT_OK(bundle_fixture_retry(s, f, "b"));
    bundle_fixture_settle(f, 3600);
    struct onbase_counts after = onbase_count(f->onbase);
    EXPECT_EQUAL(bundle_fixture_get(s, f, "b").status, BUNDLE_DELIVERED);
    EXPECT_EQUAL(after.documents, 24);
    EXPECT_EQUAL(after.repeats + after.differing, 0);
}

TEST(outage_of_onbase_is_survived)
{
    static const struct bundle_fixture_options options = {
        .seed = 1, .signee = SESSION_SIGNED, .onbase = {.down_every_s = 7200, .down_for_s = 3600}};
    struct bundle_fixture *f = bundle_fixture_open(s, &options);

    if (!f)
        return;
    bundle_fixture_put(s, f, "b", 20, true);
    bundle_fixture_settle(f, 7200);
    EXPECT_EQUAL(bundle_fixture_get(s, f, "b").status, BUNDLE_DELIVERED);
    EXPECT_EQUAL(onbase_count(f->onbase).documents, 40);
}

TEST(report_of_onbase_is_the_receipt)
{
    static const struct bundle_fixture_options options = {.seed = 1,
                                                          .signee = SESSION_SIGNED,
                                                          .onbase_reports = true,
                                                          .flags = {"--signing.onbase_reports"}};
    struct bundle_fixture *f = ran(s, &options, 1);

    if (!f)
        return;
    struct vehicle v = bundle_fixture_vehicle(s, f, "b", 0);
    EXPECT_EQUAL(v.status, VEHICLE_DELIVERED);
    EXPECT_EQUAL(json_text(vehicle_member(&v, "onbase_receipt")).bytes, 16);
}

TEST(vehicle_that_onbase_never_takes_fails_alone_and_is_not_sent_twice)
{
    static const struct bundle_fixture_options options = {
        .seed = 1,
        .signee = SESSION_SIGNED,
        .onbase = {.down_every_s = 100000000, .down_for_s = 99999999},
        .flags = {"--signing.delivery_timeout=1m"}};
    static const struct faults none;
    struct bundle_fixture *f = ran(s, &options, 2);

    if (!f)
        return;
    EXPECT_EQUAL(bundle_fixture_get(s, f, "b").status, BUNDLE_PARTIAL_FAILED);
    onbase_set_faults(f->onbase, &none);
    EXPECT_OK(bundle_fixture_retry(s, f, "b"));
    bundle_fixture_settle(f, 3600);
    EXPECT_EQUAL(bundle_fixture_get(s, f, "b").status, BUNDLE_DELIVERED);
    EXPECT_EQUAL(onbase_count(f->onbase).documents, 4);
    EXPECT_EQUAL(onbase_count(f->onbase).repeats, 0);
}

TEST(stopped_bundle_is_failed_and_goes_on_when_reprocessed)
{
    static const struct bundle_fixture_options options = {.seed = 1, .signee = SESSION_OPEN};
    struct bundle_fixture *f = ran(s, &options, 2);

    if (!f)
        return;
    EXPECT_EQUAL(bundle_fixture_get(s, f, "b").status, BUNDLE_SENT);
    EXPECT_OK(bundle_fixture_stop(s, f, "b"));
    bundle_fixture_settle(f, 3600);
    struct bundle b = bundle_fixture_get(s, f, "b");
    EXPECT_EQUAL(b.status, BUNDLE_FAILED);
    EXPECT_STR(json_text(bundle_member(&b, "why")), "stopped: a test");
    EXPECT_EQUAL(bundle_fixture_execution(s, f, "b").status, EXECUTION_ABORTED);
    f->signee->answer = SESSION_SIGNED;
    EXPECT_OK(bundle_fixture_reprocess(s, f, "b", false));
    bundle_fixture_settle(f, 3600);
    EXPECT_EQUAL(bundle_fixture_get(s, f, "b").status, BUNDLE_DELIVERED);
}
