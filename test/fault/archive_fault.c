// The archive of receipts when the power goes at any call of the disk: every receipt is there
// afterwards, once, and what was under way can be done.
#include "services/receipts/archive_test.h"

#include <stdio.h>

enum { RECEIPTS = 30, CALL_BYTES_MAX = 512 << 20 };

static enum status turn(struct archive_fixture *f)
{
    struct scope *s = scope_open(CALL_BYTES_MAX);
    uint64_t moved = 0;
    enum status e = archive_turn(s, f->archive, true, &moved);

    scope_close(s);
    return e;
}

static enum status merge(struct archive_fixture *f)
{
    struct scope *s = scope_open(CALL_BYTES_MAX);
    struct merge_result result = {0};
    enum status e = archive_merge(s, f->archive, (struct str){0}, NULL, NULL, &result);

    scope_close(s);
    return e;
}

// Does it with the power going at the nth call. Returns whether there were so many.
static bool cut_at(struct archive_fixture *f, unsigned nth,
                   enum status (*deed)(struct archive_fixture *f))
{
    sim_halt_nth(f->world, nth);
    enum status e = deed(f);
    bool struck = sim_mend(f->world);
    EXPECT(struck || e == OK);
    archive_power_cut(f);
    EXPECT(archive_is_whole(f));
    if (test_failed())
        (void)fprintf(stderr, "at call %u\n", nth);
    return struck;
}

// One run of one segment for each month.
static void expect_tidy(struct archive_fixture *f)
{
    static const char *const months[] = {"2026-10", "2026-11", "2026-12"};
    size_t segments = 0;

    for (size_t m = 0; m < sizeof months / sizeof months[0]; m++) {
        bool used = false;
        for (size_t i = 0; i < f->count; i++)
            used = used || str_starts(f->known[i].item.date, str(months[m]));
        segments += used;
    }
    EXPECT_EQUAL(archive_count_records(f, &receipts_table), 0);
    EXPECT_EQUAL(archive_count_records(f, &receipt_states_table), 0);
    EXPECT_EQUAL(archive_count_records(f, &segments_table), segments);
    EXPECT_EQUAL(archive_count_blobs(f), segments);
    EXPECT(archive_is_whole(f));
}

TEST(an_archive_on_the_embedded_store_is_as_one_in_memory)
{
    struct archive_fixture *f = archive_fixture_open_embedded(s, 1, 20, 40);

    archive_accept(f, 200, 80);
    archive_turns(f, false);
    EXPECT(archive_is_whole(f));
    archive_finish_all(f);
    archive_turns(f, true);
    EXPECT(archive_is_whole(f));
    EXPECT_OK(merge(f));
    archive_power_cut(f);
    expect_tidy(f);
}

TEST(the_power_goes_at_any_call_of_a_turn)
{
    bool struck = true;

    for (unsigned nth = 1; struck && !test_failed(); nth += 1 + nth / 4) {
        struct archive_fixture *f = archive_fixture_open_embedded(s, nth, 0, RECEIPTS);
        archive_accept(f, RECEIPTS, 100);
        struck = cut_at(f, nth, turn);
        archive_turns(f, true);
        expect_tidy(f);
    }
}

TEST(the_power_goes_at_any_call_of_a_merge)
{
    bool struck = true;

    for (unsigned nth = 1; struck && !test_failed(); nth += 1 + nth / 4) {
        struct archive_fixture *f = archive_fixture_open_embedded(s, nth, 0, RECEIPTS / 2);
        archive_accept(f, RECEIPTS, 100);
        archive_turns(f, true);
        struck = cut_at(f, nth, merge);
        EXPECT_OK(merge(f));
        archive_turns(f, true);
        expect_tidy(f);
    }
}
