// Merging and erasing: what is listed stays the same, whatever happens on the way.
#include "services/receipts/archive_test.h"

#include <stdio.h>

enum { GRACE_US = 61 * 1000000, CALL_BYTES_MAX = 512 << 20 };

static enum status merge(struct archive_fixture *f, const char *month, struct merge_result *out)
{
    struct scope *s = scope_open(CALL_BYTES_MAX);
    enum status e = archive_merge(s, f->archive, str(month), NULL, NULL, out);

    scope_close(s);
    return e;
}

static enum status erase(struct archive_fixture *f, struct str id)
{
    struct scope *s = scope_open(CALL_BYTES_MAX);
    enum status e = archive_erase(s, f->archive, id);

    scope_close(s);
    return e;
}

// An archive with several segments a month.
static struct archive_fixture *with_runs(struct scope *s, uint64_t seed, unsigned adversity)
{
    struct archive_fixture *f = archive_fixture_open(s, seed, adversity, 0, 40);

    archive_accept(f, 160, 100);
    archive_turns(f, false);
    return f;
}

static void override_some(struct scope *s, struct archive_fixture *f, size_t every)
{
    for (size_t i = 0; i < f->count; i += every) {
        struct known *k = &f->known[i];
        struct change *c = change_new(s);
        k->receipt.registrations[PARTNER_TAX].state = REGISTRATION_CONFIRMED;
        k->receipt.registrations[PARTNER_TAX].at_us++;
        archive_override(s, f->archive, c, &k->receipt);
        EXPECT_OK(store_commit(s, f->store, c));
        k->item.version = ++k->receipt.version;
        k->item.state = receipt_state_content(f->scope, &k->receipt);
    }
}

TEST(a_merged_month_is_one_run_with_the_same_receipts)
{
    struct archive_fixture *f = with_runs(s, 1, MEMORY_ADVERSE | MEMORY_LATE_ANSWERS);
    struct merge_result result = {0};
    size_t before = archive_count_records(f, &segments_table);

    REQUIRE_OK(merge(f, "2026-11", &result));
    EXPECT(result.segments_before > 1);
    EXPECT_EQUAL(result.segments_after, 1);
    EXPECT(result.receipts > 40);
    EXPECT(result.bytes > 0);
    EXPECT_EQUAL(archive_count_records(f, &segments_table), before - result.segments_before + 1);
    EXPECT_EQUAL(archive_count_blobs(f), archive_count_records(f, &segments_table));
    EXPECT(archive_is_whole(f));
    REQUIRE_OK(merge(f, "", &result));
    EXPECT_EQUAL(archive_count_records(f, &segments_table), 3); // October to December
    EXPECT(archive_is_whole(f));
    archive_reopen(f);
    EXPECT(archive_is_whole(f));
    REQUIRE_OK(merge(f, "", &result)); // nothing is left to do
    EXPECT_EQUAL(result.segments_before, 0);
}

TEST(a_merge_of_no_month_is_refused)
{
    struct archive_fixture *f = with_runs(s, 1, MEMORY_KIND);
    struct merge_result result = {0};

    EXPECT(merge(f, "2026-13", &result) == INVALID);
    EXPECT(merge(f, "november", &result) == INVALID);
    EXPECT_OK(merge(f, "1999-01", &result));
    EXPECT_EQUAL(result.segments_before, 0);
}

TEST(a_merge_folds_overrides_in_and_removes_them_later)
{
    struct archive_fixture *f = with_runs(s, 2, MEMORY_ADVERSE | MEMORY_LATE_ANSWERS);
    struct merge_result result = {0};

    override_some(s, f, 9);
    REQUIRE_OK(merge(f, "", &result));
    EXPECT(archive_is_whole(f));
    EXPECT(archive_count_records(f, &overrides_table) > 0); // for who read before
    sim_advance_us(f->world, GRACE_US);
    archive_turns(f, false);
    EXPECT_EQUAL(archive_count_records(f, &overrides_table), 0);
    EXPECT(archive_is_whole(f));
    override_some(s, f, 30); // and of a month that is one run
    REQUIRE_OK(merge(f, "", &result));
    EXPECT(result.segments_before > 0);
    sim_advance_us(f->world, GRACE_US);
    archive_turns(f, false);
    EXPECT_EQUAL(archive_count_records(f, &overrides_table), 0);
    EXPECT_EQUAL(archive_count_blobs(f), 3);
    EXPECT(archive_is_whole(f));
}

TEST(nothing_is_lost_wherever_a_merge_is_interrupted)
{
    for (unsigned nth = 1;; nth++) {
        struct archive_fixture *f = with_runs(s, nth, MEMORY_KIND);
        struct merge_result result = {0};
        override_some(s, f, 20);
        memory_halt_nth(f->store, nth);
        enum status e = merge(f, "", &result);
        bool halted = memory_mend(f->store);
        EXPECT(e == (halted ? TEMPORARY : OK));
        EXPECT(archive_is_whole(f)); // the process goes on
        archive_reopen(f);
        EXPECT(archive_is_whole(f)); // or is another
        EXPECT_OK(merge(f, "", &result));
        EXPECT_EQUAL(archive_count_records(f, &segments_table), 3);
        archive_turns(f, false);
        EXPECT_EQUAL(archive_count_blobs(f), 3);
        EXPECT(archive_is_whole(f));
        if (test_failed())
            (void)fprintf(stderr, "at effect %u\n", nth);
        if (!halted || test_failed())
            return;
    }
}

TEST(runs_are_merged_by_themselves_when_there_are_enough)
{
    struct archive_fixture *f = archive_fixture_open(s, 3, MEMORY_KIND, 0, 20);

    f->options.merge_runs = 4;
    archive_reopen(f);
    archive_accept(f, 400, 100);
    archive_turns(f, false);
    for (unsigned i = 0; i < 30; i++)
        archive_turns(f, false);
    EXPECT(archive_count_records(f, &segments_table) < 20);
    EXPECT_EQUAL(archive_count_blobs(f), archive_count_records(f, &segments_table));
    EXPECT(archive_is_whole(f));
}

// A receipt that was archived, redriven before it left the hot tables, and archived again.
TEST(of_two_archived_versions_the_newer_one_counts_and_a_merge_keeps_only_it)
{
    struct archive_fixture *f = with_runs(s, 4, MEMORY_KIND);
    struct merge_result result = {0};

    for (size_t i = 0; i < f->count; i += 11) {
        struct known *k = &f->known[i];
        struct change *c = change_new(s);
        receipt_put_new(s, c, &k->receipt, k->item.document);
        EXPECT_OK(store_commit(s, f->store, c));
        for (k->receipt.version = 1; k->receipt.version < 5; k->receipt.version++) {
            c = change_new(s);
            receipt_put_state(s, c, &k->receipt);
            if (k->receipt.version == 4)
                archive_note_final(f->archive, c);
            EXPECT_OK(store_commit(s, f->store, c));
        }
        k->item.version = k->receipt.version;
        k->item.state = receipt_state_content(f->scope, &k->receipt);
    }
    EXPECT(archive_is_whole(f));
    archive_turns(f, true);
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
    EXPECT(archive_is_whole(f));
    REQUIRE_OK(merge(f, "", &result));
    EXPECT_EQUAL(result.receipts, f->count);
    EXPECT(archive_is_whole(f));
}

struct busy_row {
    struct archive_fixture *fixture;
    size_t rows;
};

// Merges in the middle of a listing, as another thread might.
static enum status merge_at_row(void *context, const struct archived *item, bool *counted)
{
    struct busy_row *b = context;
    struct merge_result result = {0};

    (void)item;
    *counted = true;
    return b->rows++ == 20 ? merge(b->fixture, "", &result) : OK;
}

TEST(a_listing_goes_on_while_its_segments_are_replaced)
{
    struct archive_fixture *f = with_runs(s, 5, MEMORY_KIND);
    struct busy_row b = {.fixture = f};
    struct listing_query q = {.tenant = str("acme"), .limit = 100000};
    struct listing_stats stats = {0};
    struct str cursor = {0};
    size_t expected = 0;

    for (size_t i = 0; i < f->count; i++)
        expected += str_is(f->known[i].receipt.tenant, "acme");
    REQUIRE_OK(archive_list(s, f->archive, &q, merge_at_row, &b, &cursor, &stats));
    EXPECT_EQUAL(b.rows, expected);
    EXPECT(archive_count_blobs(f) > 3); // held by the listing until it ended
    archive_turns(f, false);
    EXPECT_EQUAL(archive_count_blobs(f), 3);
    EXPECT(archive_is_whole(f));
}

TEST(an_erased_receipt_is_gone_and_the_others_are_not)
{
    struct archive_fixture *f = with_runs(s, 6, MEMORY_ADVERSE | MEMORY_LATE_ANSWERS);

    override_some(s, f, 16);
    for (size_t i = 0; i < f->count; i += 32) {
        EXPECT_OK(erase(f, f->known[i].item.id));
        f->known[i].erased = true;
        EXPECT(erase(f, f->known[i].item.id) == NOT_FOUND);
    }
    EXPECT(archive_is_whole(f));
    EXPECT_EQUAL(archive_count_records(f, &overrides_table), f->count / 32);
    EXPECT_EQUAL(archive_count_blobs(f), archive_count_records(f, &segments_table));
    archive_reopen(f);
    EXPECT(archive_is_whole(f));
}

TEST(a_segment_whose_only_receipt_is_erased_is_gone)
{
    struct archive_fixture *f = archive_fixture_open(s, 7, MEMORY_KIND, 0, 40);

    archive_accept(f, 1, 100);
    archive_turns(f, false);
    EXPECT_OK(erase(f, f->known[0].item.id));
    EXPECT_EQUAL(archive_count_records(f, &segments_table), 0);
    EXPECT_EQUAL(archive_count_blobs(f), 0);
}

TEST(an_interrupted_erasure_can_be_repeated)
{
    for (unsigned nth = 1;; nth++) {
        struct archive_fixture *f = with_runs(s, nth, MEMORY_KIND);
        struct known *k = &f->known[50];
        memory_halt_nth(f->store, nth);
        enum status e = erase(f, k->item.id);
        bool halted = memory_mend(f->store);
        EXPECT(e == (halted ? TEMPORARY : OK));
        archive_reopen(f);
        if (halted) {
            e = erase(f, k->item.id);
            EXPECT(e == OK || e == NOT_FOUND);
        }
        k->erased = true;
        EXPECT(archive_is_whole(f));
        archive_turns(f, true);
        EXPECT_EQUAL(archive_count_blobs(f), archive_count_records(f, &segments_table));
        if (test_failed())
            (void)fprintf(stderr, "at effect %u\n", nth);
        if (!halted || test_failed())
            return;
    }
}
