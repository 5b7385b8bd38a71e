#include "store/embedded/mailbox.h"

#include "core/chance.h"
#include "core/scope.h"
#include "test/harness.h"

static struct mail *add_ready(struct mailbox *box, uint64_t id)
{
    struct mail *m = mail_new(str("body"));

    m->id = id;
    mailbox_add(box, m);
    mailbox_make_ready(box, m, (int64_t)id);
    return m;
}

TEST(ready_messages_are_leased_in_order_and_come_again_when_the_lease_ends)
{
    struct mailbox box;
    mailbox_init(&box);
    for (uint64_t id = 1; id <= 3; id++)
        (void)add_ready(&box, id);

    for (uint64_t id = 1; id <= 3; id++) {
        const struct mail *m = mailbox_lease(&box, 100 + (int64_t)id);
        REQUIRE(m != NULL);
        EXPECT_EQUAL(m->id, id);
        EXPECT_EQUAL(m->receives, 1);
    }
    EXPECT(mailbox_lease(&box, 0) == NULL);
    EXPECT_EQUAL(box.leased, 3);
    EXPECT_EQUAL(mailbox_next_due(&box), 101);
    mailbox_wake_due(&box, 102);
    EXPECT_EQUAL(box.leased, 1);
    EXPECT_EQUAL(box.waiting.count, 2); // to be counted before they are handed out again
    EXPECT_EQUAL(box.ready.count, 0);
    mailbox_fini(&box);
}

TEST(a_claim_needs_the_lease_and_can_be_undone)
{
    struct mailbox box;
    mailbox_init(&box);
    (void)add_ready(&box, 7);
    const struct mail *m = mailbox_lease(&box, 100);
    uint64_t lease = m->lease;

    EXPECT(mailbox_claim(&box, 7, lease + 1) == NULL);
    EXPECT(mailbox_claim(&box, 8, lease) == NULL);
    struct mail *claimed = mailbox_claim(&box, 7, lease);
    REQUIRE(claimed != NULL);
    EXPECT(mailbox_claim(&box, 7, lease) == NULL);
    mailbox_wake_due(&box, 1000); // a claimed lease does not end
    EXPECT_EQUAL(box.waiting.count, 0);
    mailbox_unclaim(&box, claimed);
    mailbox_wake_due(&box, 1000);
    EXPECT_EQUAL(box.waiting.count, 1);
    mailbox_fini(&box);
}

TEST(what_is_extended_ends_later_and_what_is_returned_was_not_received)
{
    struct mailbox box;
    mailbox_init(&box);
    (void)add_ready(&box, 1);
    (void)add_ready(&box, 2);
    const struct mail *one = mailbox_lease(&box, 100);
    const struct mail *two = mailbox_lease(&box, 100);

    EXPECT(mailbox_extend(&box, 1, one->lease, 200));
    EXPECT(!mailbox_extend(&box, 1, one->lease + 5, 300));
    mailbox_return(&box, 2, two->lease);
    mailbox_wake_due(&box, 150);
    EXPECT_EQUAL(box.leased, 1);
    EXPECT_EQUAL(box.ready.count, 1);
    EXPECT_EQUAL(two->receives, 0);
    mailbox_fini(&box);
}

TEST(messages_wait_for_their_moment_in_any_order)
{
    enum { COUNT = 500, MOMENTS = 100 };
    struct mailbox box;
    struct chance chance = chance_seeded(3);
    unsigned due[MOMENTS] = {0};
    mailbox_init(&box);
    for (uint64_t id = 1; id <= COUNT; id++) {
        struct mail *m = mail_new(str(""));
        uint64_t moment = chance_below(&chance, MOMENTS);
        m->id = id;
        mailbox_add(&box, m);
        mailbox_make_later(&box, m, (int64_t)moment);
        due[moment]++;
    }

    size_t expected = 0;
    for (int64_t moment = 0; moment < MOMENTS; moment++) {
        expected += due[moment];
        mailbox_wake_due(&box, moment);
        EXPECT_EQUAL(box.ready.count, expected);
        EXPECT_EQUAL(box.delayed, COUNT - expected);
    }
    EXPECT_EQUAL(mailbox_next_due(&box), INT64_MAX);
    for (uint64_t id = 1; id <= COUNT; id++)
        EXPECT(mailbox_find(&box, id) != NULL);
    mailbox_fini(&box);
}

TEST(all_leases_end_when_the_store_closes)
{
    struct mailbox box;
    mailbox_init(&box);
    for (uint64_t id = 1; id <= 20; id++)
        (void)add_ready(&box, id);
    for (int i = 0; i < 10; i++)
        (void)mailbox_lease(&box, 1000 - i);
    struct mail *later = mail_new(str(""));
    later->id = 99;
    mailbox_add(&box, later);
    mailbox_make_later(&box, later, 5000);

    mailbox_end_leases(&box);

    EXPECT_EQUAL(box.leased, 0);
    EXPECT_EQUAL(box.waiting.count, 10);
    EXPECT_EQUAL(box.delayed, 1);
    mailbox_fini(&box);
}

TEST(what_was_sent_too_long_ago_waits_to_be_set_aside)
{
    struct mailbox box;
    mailbox_init(&box);
    for (uint64_t id = 1; id <= 4; id++)
        add_ready(&box, id)->sent_at_us = (int64_t)id * 10;

    mailbox_expire(&box, 25);

    EXPECT_EQUAL(box.ready.count, 2);
    EXPECT_EQUAL(box.waiting.count, 2);
    mailbox_fini(&box);
}
