// The archive: what is moved is found as before, whatever is in the way.
#include "services/receipts/archive_test.h"

#include "core/buf.h"
#include "sys/thread.h"

#include <stdio.h>

enum { SEEDS = 4 };

TEST(an_empty_archive_has_nothing)
{
    struct archive_fixture *f = archive_fixture_open(s, 1, MEMORY_KIND, 0, 100);
    struct archived item = {0};

    archive_turns(f, true);
    EXPECT(archive_is_whole(f));
    EXPECT(archive_get(s, f->archive, str("01890a5d-ac96-774b-bcce-b302099a8057"), &item) ==
           NOT_FOUND);
}

TEST(receipts_are_found_as_before_when_they_are_archived)
{
    struct archive_fixture *f = archive_fixture_open(s, 1, MEMORY_KIND, 0, 100);

    archive_accept(f, 400, 100);
    REQUIRE(archive_is_whole(f));
    archive_turns(f, false);
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
    EXPECT_EQUAL(archive_count_records(f, &receipt_states_table), 0);
    EXPECT(archive_count_records(f, &segments_table) >= 4);
    EXPECT(archive_is_whole(f));
    archive_reopen(f);
    EXPECT(archive_is_whole(f));
}

TEST(receipts_are_found_while_some_are_hot_and_some_archived_on_an_adverse_store)
{
    for (uint64_t seed = 1; seed <= SEEDS && !test_failed(); seed++) {
        struct archive_fixture *f =
            archive_fixture_open(s, seed, MEMORY_ADVERSE | MEMORY_LATE_ANSWERS, 50, 30);
        for (unsigned round = 0; round < 4; round++) {
            archive_accept(f, 60, 70);
            archive_turns(f, false);
        }
        EXPECT(archive_is_whole(f));
        archive_finish_all(f);
        archive_turns(f, true);
        EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
        EXPECT(archive_is_whole(f));
        if (test_failed())
            (void)fprintf(stderr, "with seed %llu\n", (unsigned long long)seed);
    }
}

TEST(what_is_not_final_stays_hot_and_is_archived_later)
{
    struct archive_fixture *f = archive_fixture_open(s, 2, MEMORY_KIND, 0, 20);

    archive_accept(f, 100, 60);
    archive_turns(f, false);
    size_t left = 0;
    for (size_t i = 0; i < f->count; i++)
        left += !f->known[i].final;
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), left);
    archive_finish_all(f);
    archive_turns(f, false);
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
    EXPECT(archive_is_whole(f));
}

TEST(the_newest_final_receipts_stay_hot)
{
    struct archive_fixture *f = archive_fixture_open(s, 3, MEMORY_KIND, 50, 30);

    archive_accept(f, 130, 100);
    archive_turns(f, false);
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), 40); // 130 - 3 * 30
    struct receipt r = {0};
    EXPECT(receipt_load(s, f->store, f->known[89].item.id, &r) == NOT_FOUND);
    EXPECT_OK(receipt_load(s, f->store, f->known[90].item.id, &r));
    EXPECT(archive_is_whole(f));
}

// Receipts in all segments, those that are in several as often.
static uint64_t archived_receipts(struct archive_fixture *f)
{
    struct scope *s = scope_open(1 << 20);
    struct buf b = buf_make(s, 1000);
    struct json j = {0};
    int64_t receipts = -1;

    archive_write_status(&b, f->archive);
    EXPECT_OK(json_parse(s, buf_str(&b), &json_limits_strict, &j));
    EXPECT(json_to_i64(json_member(j, "archivedReceipts"), &receipts));
    scope_close(s);
    return (uint64_t)receipts;
}

// The program dies between any two effects of a turn; what is there afterwards is whole, and the
// next turns clear up.
TEST(nothing_is_lost_wherever_a_turn_is_interrupted)
{
    for (unsigned nth = 1;; nth++) {
        struct archive_fixture *f = archive_fixture_open(s, nth, MEMORY_KIND, 0, 120);
        uint64_t moved = 0;
        archive_accept(f, 120, 100);
        memory_halt_nth(f->store, nth);
        struct scope *turn = scope_open(400 << 20);
        enum status e = archive_turn(turn, f->archive, true, &moved);
        scope_close(turn);
        bool halted = memory_mend(f->store);
        EXPECT(e == (halted ? TEMPORARY : OK));
        archive_reopen(f);
        EXPECT(archive_is_whole(f));
        archive_turns(f, true);
        EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
        EXPECT_EQUAL(archive_count_records(f, &receipt_states_table), 0);
        EXPECT_EQUAL(archive_count_blobs(f), archive_count_records(f, &segments_table));
        EXPECT_EQUAL(archived_receipts(f), 120);
        EXPECT(archive_is_whole(f));
        if (test_failed())
            (void)fprintf(stderr, "at effect %u\n", nth);
        if (!halted || test_failed())
            return;
    }
}

TEST(a_turn_goes_on_by_itself_when_changes_fail_for_a_while)
{
    struct archive_fixture *f = archive_fixture_open(s, 9, MEMORY_KIND, 0, 50);

    archive_accept(f, 150, 100);
    for (unsigned nth = 1; nth < 20; nth += 3) {
        uint64_t moved = 0;
        memory_halt_nth(f->store, nth);
        struct scope *turn = scope_open(400 << 20);
        (void)archive_turn(turn, f->archive, true, &moved);
        scope_close(turn);
        (void)memory_mend(f->store);
        EXPECT(archive_is_whole(f));
    }
    archive_turns(f, true);
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
    EXPECT_EQUAL(archive_count_blobs(f), archive_count_records(f, &segments_table));
    EXPECT(archive_is_whole(f));
}

static void put_state(struct scope *s, struct archive_fixture *f, struct known *k)
{
    struct change *c = change_new(s);

    receipt_put_state(s, c, &k->receipt);
    EXPECT_OK(store_commit(s, f->store, c));
    k->item.version = ++k->receipt.version;
    k->item.state = receipt_state_content(f->scope, &k->receipt);
}

TEST(a_receipt_that_is_redriven_while_it_is_archived_stays_hot)
{
    enum { FIRST_REMOVAL = 7 }; // behind the blobs and the rows of three months
    struct archive_fixture *f = archive_fixture_open(s, 8, MEMORY_KIND, 0, 100);
    struct known *k = NULL;
    struct receipt r = {0};
    uint64_t moved = 0;

    archive_accept(f, 60, 100);
    k = &f->known[33];
    memory_halt_nth(f->store, FIRST_REMOVAL);
    struct scope *turn = scope_open(400 << 20);
    EXPECT(archive_turn(turn, f->archive, true, &moved) == TEMPORARY);
    scope_close(turn);
    REQUIRE(memory_mend(f->store));
    REQUIRE(archived_receipts(f) == 60);
    receipt_move(&k->receipt, RECEIPT_PROCESSING, 1, str("redriven"));
    put_state(s, f, k);
    archive_turns(f, true);
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), 1);
    REQUIRE_OK(receipt_load(s, f->store, k->item.id, &r));
    EXPECT_EQUAL(r.state, RECEIPT_PROCESSING);
    EXPECT(archive_is_whole(f));
    receipt_move(&k->receipt, RECEIPT_COMPLETED, 2, (struct str){0});
    put_state(s, f, k);
    archive_turns(f, true);
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
    EXPECT(archive_is_whole(f));
}

static enum status ignore_row(void *context, const struct archived *item, bool *counted)
{
    (void)item;
    *counted = true;
    ++*(size_t *)context;
    return OK;
}

TEST(a_cursor_of_another_query_is_refused)
{
    struct archive_fixture *f = archive_fixture_open(s, 4, MEMORY_KIND, 1000, 50);
    struct listing_query q = {.client = str("acme/client-0"), .limit = 3};
    struct listing_stats stats = {0};
    struct str cursor = {0};
    struct str next = {0};
    size_t count = 0;

    archive_accept(f, 60, 100);
    REQUIRE_OK(archive_list(s, f->archive, &q, ignore_row, &count, &cursor, &stats));
    EXPECT_EQUAL(count, 3);
    REQUIRE(cursor.bytes > 0);
    q.cursor = cursor;
    EXPECT_OK(archive_list(s, f->archive, &q, ignore_row, &count, &next, &stats));
    q.client = str("acme/client-1");
    EXPECT(archive_list(s, f->archive, &q, ignore_row, &count, &next, &stats) == INVALID);
    q.client = str("acme/client-0");
    q.date_from = str("2026-10-30");
    EXPECT(archive_list(s, f->archive, &q, ignore_row, &count, &next, &stats) == INVALID);
    q.date_from = (struct str){0};
    q.cursor = str_slice(cursor, 0, cursor.bytes - 2);
    EXPECT(archive_list(s, f->archive, &q, ignore_row, &count, &next, &stats) == INVALID);
    q.cursor = str("made up");
    EXPECT(archive_list(s, f->archive, &q, ignore_row, &count, &next, &stats) == INVALID);
}

TEST(a_listing_opens_only_the_segments_that_it_needs)
{
    struct archive_fixture *f = archive_fixture_open(s, 5, MEMORY_KIND, 0, 40);
    struct listing_query q = {.client = str("acme/client-0"),
                              .date_from = str("2026-11-05"),
                              .date_to = str("2026-11-06"),
                              .limit = 1000};
    struct listing_stats stats = {0};
    struct str cursor = {0};
    size_t count = 0;

    archive_accept(f, 200, 100);
    archive_turns(f, false);
    REQUIRE_OK(archive_list(s, f->archive, &q, ignore_row, &count, &cursor, &stats));
    EXPECT_EQUAL(stats.segments_in_catalogue, archive_count_records(f, &segments_table));
    EXPECT(stats.segments_opened <= 5); // of November, not those of October and December
    EXPECT(stats.bytes_read > 0);
    EXPECT_EQUAL(stats.hot_rows, 0);
    EXPECT_EQUAL(cursor.bytes, 0);
}

TEST(an_override_wins_over_what_is_archived)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct archive_fixture *f =
            archive_fixture_open(s, seed, MEMORY_ADVERSE | MEMORY_LATE_ANSWERS, 0, 40);
        archive_accept(f, 80, 100);
        archive_turns(f, false);
        for (size_t i = 0; i < f->count; i += 7) {
            struct known *k = &f->known[i];
            for (unsigned times = 0; times <= i % 3; times++) {
                struct change *c = change_new(s);
                k->receipt.registrations[PARTNER_TAX].state = REGISTRATION_CONFIRMED;
                k->receipt.registrations[PARTNER_TAX].at_us++;
                archive_override(s, f->archive, c, &k->receipt);
                REQUIRE_OK(store_commit(s, f->store, c));
                k->item.version = ++k->receipt.version;
                k->item.state = receipt_state_content(f->scope, &k->receipt);
            }
        }
        EXPECT(archive_is_whole(f));
        archive_reopen(f);
        EXPECT(archive_is_whole(f));
    }
}

TEST(of_two_overrides_of_one_version_one_is_answered_conflict)
{
    struct archive_fixture *f = archive_fixture_open(s, 6, MEMORY_KIND, 0, 40);
    struct change *first = change_new(s);
    struct change *second = change_new(s);

    archive_accept(f, 10, 100);
    archive_turns(f, false);
    archive_override(s, f->archive, first, &f->known[3].receipt);
    archive_override(s, f->archive, second, &f->known[3].receipt);
    EXPECT_OK(store_commit(s, f->store, first));
    EXPECT(store_commit(s, f->store, second) == CONFLICT);
}

TEST(the_status_tells_how_much_is_archived)
{
    struct archive_fixture *f = archive_fixture_open(s, 7, MEMORY_KIND, 10, 20);
    struct buf b = buf_make(s, 1000);
    struct json j = {0};
    int64_t hot = -1;

    archive_accept(f, 45, 100);
    archive_turns(f, false);
    EXPECT_EQUAL(archived_receipts(f), 40);
    archive_write_status(&b, f->archive);
    REQUIRE_OK(json_parse(s, buf_str(&b), &json_limits_strict, &j));
    EXPECT(json_to_i64(json_member(j, "hotFinal"), &hot));
    EXPECT_EQUAL(hot, 5);
}

TEST(lists_made_on_two_threads_are_as_those_made_on_one)
{
    struct archive_fixture *f = archive_fixture_open_real(s, 1, 0, 50);
    struct listing_query q = {
        .client = str("acme/client-1"), .date_from = str(""), .documents = true};

    archive_accept_at_once(f, 2500, 200);
    EXPECT(archive_lists_all(f, &q));
    for (int i = 0; i < 4; i++) {
        struct scope *turn = scope_open(400 << 20);
        uint64_t moved = 0;
        EXPECT_OK(archive_turn(turn, f->archive, true, &moved));
        EXPECT_EQUAL(moved, 50);
        scope_close(turn);
    }
    EXPECT(archive_is_whole(f));
}

// A list during which everything is archived and merged.
struct disturbed {
    struct archive_fixture *fixture;
    size_t rows;
};

static enum status disturb(void *context, const struct archived *item, bool *counted)
{
    struct disturbed *d = context;
    struct scope *s = scope_open(400 << 20);
    struct merge_result result = {0};

    (void)item;
    *counted = true;
    if (d->rows++ == 0) {
        archive_turns(d->fixture, true);
        EXPECT_OK(archive_merge(s, d->fixture->archive, (struct str){0}, NULL, NULL, &result));
    }
    scope_close(s);
    return OK;
}

// A turn is interrupted, so that the catalogue may hold segments whose receipts are hot too.
// Returns whether it came so far.
static bool interrupt_turn(struct archive_fixture *f, unsigned nth)
{
    struct scope *s = scope_open(400 << 20);
    uint64_t moved = 0;

    memory_halt_nth(f->store, nth);
    (void)archive_turn(s, f->archive, true, &moved);
    scope_close(s);
    return memory_mend(f->store);
}

TEST(what_a_listing_still_has_to_read_is_not_removed_under_it)
{
    bool halted = true;

    for (unsigned nth = 1; halted && !test_failed(); nth++) {
        struct archive_fixture *f = archive_fixture_open(s, nth, MEMORY_KIND, 0, 60);
        struct listing_query q = {.tenant = str("acme"), .date_from = str(""), .limit = 1000};
        struct disturbed d = {.fixture = f};
        struct listing_stats stats;
        struct str cursor;
        size_t wanted = 0;
        archive_accept(f, 120, 100);
        halted = interrupt_turn(f, nth);
        for (size_t i = 0; i < f->count; i++)
            wanted += str_is(f->known[i].receipt.tenant, "acme");

        EXPECT_OK(archive_list(s, f->archive, &q, disturb, &d, &cursor, &stats));
        EXPECT_EQUAL(d.rows, wanted);
        EXPECT(archive_is_whole(f));
        if (test_failed())
            (void)fprintf(stderr, "at effect %u\n", nth);
    }
}

struct mover {
    struct archive_fixture *fixture;
    enum status status;
};

// Moves everything, portion by portion, and merges between.
static void move_all(void *mover)
{
    struct mover *m = mover;
    struct merge_result result = {0};
    uint64_t moved = 1;

    while (moved && m->status == OK) {
        struct scope *s = scope_open(400 << 20);
        m->status = archive_turn(s, m->fixture->archive, true, &moved);
        if (m->status == OK && moved)
            m->status = archive_merge(s, m->fixture->archive, (struct str){0}, NULL, NULL, &result);
        scope_close(s);
    }
}

TEST(a_listing_misses_nothing_while_another_thread_archives_and_merges)
{
    for (uint64_t seed = 1; seed <= SEEDS && !test_failed(); seed++) {
        struct archive_fixture *f = archive_fixture_open(s, seed, MEMORY_KIND, 0, 10);
        struct mover mover = {.fixture = f};
        archive_accept(f, 300, 100);
        struct thread *t = thread_start("mover", move_all, &mover);
        for (unsigned i = 0; i < 3; i++)
            EXPECT(archive_is_whole(f));
        thread_join(t);
        EXPECT_EQUAL(mover.status, OK);
        EXPECT(archive_is_whole(f));
        EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
    }
}
