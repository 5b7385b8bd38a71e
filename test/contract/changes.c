// Contract of change.h: all or nothing, conditions, answers, the feed and the audit log.
#include "store/feed.h"
#include "test/contract/contract.h"

#include "sys/inbox.h"
#include "sys/thread.h"

static void put_plain(struct change *c, const char *partition, struct record_condition condition)
{
    struct record r = {.partition = str(partition), .content = str("content")};

    change_put(c, &things, &r, condition);
}

CLAUSE(each_condition_is_held_against_what_is_committed)
{
    const struct {
        struct record_condition condition;
        bool when_absent, when_second_version;
    } cases[] = {
        {if_any(), true, true},
        {if_absent(), true, false},
        {if_present(), false, true},
        {if_version(0), true, false},
        {if_version(2), false, true},
        {if_version(1), false, false},
        {if_version(3), false, false},
        {if_attribute("state", str("NEW")), false, true},
        {if_attribute("state", str("")), false, false},
        {if_attribute("colour", str("")), false, false},
    };
    EXPECT_OK(put_thing(s, f, str("there"), str(""), "OLD", NULL));
    EXPECT_OK(put_thing(s, f, str("there"), str(""), "NEW", NULL));

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct change *absent = change_new(s);
        struct change *present = change_new(s);
        change_require(absent, &things, str("missing"), str(""), cases[i].condition);
        change_require(present, &things, str("there"), str(""), cases[i].condition);
        EXPECT_EQUAL(store_commit(s, f->store, absent), cases[i].when_absent ? OK : CONFLICT);
        EXPECT_EQUAL(store_commit(s, f->store, present),
                     cases[i].when_second_version ? OK : CONFLICT);
        EXPECT(!change_obstacle(absent));
        if (!cases[i].when_second_version)
            EXPECT(change_obstacle(present) && change_obstacle(present)->version == 2);
    }
}

CLAUSE(a_change_whose_condition_fails_writes_nothing)
{
    struct audit_entry entry = {.action = str("thing.made")};
    EXPECT_OK(put_thing(s, f, str("there"), str(""), "NEW", NULL));
    struct change *c = change_new(s);
    put_plain(c, "a", if_absent());
    change_send(c, &work, str("never"), 0);
    change_remove(c, &things, str("missing"), str(""), if_any());
    put_plain(c, "there", if_version(7));
    put_plain(c, "b", if_absent());
    change_audit(c, &entry);

    EXPECT_EQUAL(store_commit(s, f->store, c), CONFLICT);

    EXPECT_EQUAL(change_failed_item(c), 3);
    EXPECT(str_find(change_why(c), str("version 7")) < change_why(c).bytes);
    const struct record *obstacle = change_obstacle(c);
    EXPECT(obstacle && str_is(record_attribute(obstacle, "state"), "NEW"));
    EXPECT_EQUAL(version_of(s, f, &things, str("a"), str("")), 0);
    EXPECT_EQUAL(version_of(s, f, &things, str("b"), str("")), 0);
    EXPECT_EQUAL(version_of(s, f, &things, str("there"), str("")), 1);
    EXPECT(is_drained(s, f, &work));
    struct audit_row *rows = NULL;
    size_t count = 1;
    EXPECT_OK(audit_read(s, f->store, 0, 10, &rows, &count));
    EXPECT_EQUAL(count, 0);
}

static void count_answer(struct change *c, void *context)
{
    unsigned *counts = context;

    counts[change_status(c)]++;
}

static void count_committed(void *context, enum status e)
{
    *(int *)context += e == OK;
}

static void count_told(struct change *c, int *told)
{
    change_follow(c, &(struct follower){.answered = count_committed, .context = told});
}

CLAUSE(who_wants_to_know_what_was_committed_is_told_of_that_only)
{
    struct inbox *inbox = inbox_new();
    unsigned counts[STATUS_COUNT] = {0};
    struct scope *own = scope_open(1 << 16);
    int told = 0;
    struct change *c = change_new(s);
    put_plain(c, "a", if_present());
    count_told(c, &told);
    EXPECT_EQUAL(store_commit(s, f->store, c), CONFLICT);
    EXPECT_EQUAL(told, 0);

    c = change_new(s);
    put_plain(c, "a", if_absent());
    count_told(c, &told);
    EXPECT_OK(store_commit(s, f->store, c));
    EXPECT_EQUAL(told, 1);

    c = change_new(own);
    put_plain(c, "b", if_absent());
    count_told(c, &told);
    store_submit(f->store, c, inbox, count_answer, counts);
    while (counts[OK] == 0) { // late answers come during a later call
        struct change *nudge = change_new(s);
        change_require(nudge, &things, str("x"), str(""), if_any());
        EXPECT_OK(store_commit(s, f->store, nudge));
        (void)inbox_wait(inbox, 0);
    }
    EXPECT_EQUAL(told, 2);
    scope_close(own);
    inbox_free(inbox);
}

CLAUSE(the_first_condition_that_fails_is_named)
{
    struct change *c = change_new(s);
    put_plain(c, "a", if_absent());
    put_plain(c, "b", if_present());
    put_plain(c, "c", if_present());

    EXPECT_EQUAL(store_commit(s, f->store, c), CONFLICT);
    EXPECT_EQUAL(change_failed_item(c), 1);
    EXPECT(!change_lost_lease(c));
}

CLAUSE(a_change_may_be_as_large_as_its_limits)
{
    struct change *many = change_new(s);
    for (int i = 0; i < CHANGE_ITEMS_MAX; i++)
        put_plain(many, str_z(s, str_format(s, "m%d", i)), if_absent());
    EXPECT_OK(store_commit(s, f->store, many));

    struct change *large = change_new(s);
    char *noise = scope_bytes(s, RECORD_BYTES_MAX - 10);
    world_random(f->world, noise, RECORD_BYTES_MAX - 10);
    for (int i = 0; i < CHANGE_BYTES_MAX / RECORD_BYTES_MAX; i++) {
        struct record r = {
            .partition = str_format(s, "l%d", i),
            .content = str_of(noise, RECORD_BYTES_MAX - 10),
        };
        change_put(large, &things, &r, if_absent());
    }
    EXPECT_OK(store_commit(s, f->store, large));
    EXPECT_EQUAL(version_of(s, f, &things, str("m99"), str("")), 1);
    EXPECT_EQUAL(version_of(s, f, &things, str("l9"), str("")), 1);
}

CLAUSE(a_change_past_a_limit_is_answered_invalid_and_writes_nothing)
{
    struct change *c = change_new(s);
    put_plain(c, "a", if_any());
    put_plain(c, "", if_any());

    EXPECT_EQUAL(store_commit(s, f->store, c), INVALID);
    EXPECT_EQUAL(version_of(s, f, &things, str("a"), str("")), 0);
}

CLAUSE(of_changes_that_race_for_a_version_one_wins_each_time)
{
    enum { RACERS = 40 };
    struct inbox *inbox = inbox_new();
    unsigned counts[STATUS_COUNT] = {0};
    struct scope *scopes[RACERS]; // a change's scope is the store's until the answer

    for (unsigned i = 0; i < RACERS; i++) {
        scopes[i] = scope_open(1 << 20);
        struct change *c = change_new(scopes[i]);
        put_plain(c, "contended", if_version(i / 4));
        store_submit(f->store, c, inbox, count_answer, counts);
    }
    for (unsigned answers = 0; answers < RACERS;) {
        struct change *nudge = change_new(s); // late answers come during a later call
        change_require(nudge, &things, str("x"), str(""), if_any());
        EXPECT_OK(store_commit(s, f->store, nudge));
        answers += inbox_wait(inbox, 0);
    }

    EXPECT_EQUAL(counts[OK], RACERS / 4);
    EXPECT_EQUAL(counts[CONFLICT], RACERS - RACERS / 4);
    EXPECT_EQUAL(version_of(s, f, &things, str("contended"), str("")), RACERS / 4);
    for (unsigned i = 0; i < RACERS; i++)
        scope_close(scopes[i]);
    inbox_free(inbox);
}

enum { ADDERS = 3, ADDITIONS = 30 };

// Adds one to a counter, again with what stands in the way as long as it is not its turn.
static void add_ones(void *opaque)
{
    struct fixture *f = opaque;

    for (int i = 0; i < ADDITIONS; i++) {
        struct scope *s = scope_open(1 << 24);
        uint64_t version = 0;
        enum status e = CONFLICT;
        while (e == CONFLICT) {
            struct change *c = change_new(s);
            put_plain(c, "counter", if_version(version));
            e = store_commit(s, f->store, c);
            if (e == CONFLICT && change_obstacle(c))
                version = change_obstacle(c)->version;
        }
        scope_close(s);
    }
}

CLAUSE(threads_that_retry_with_the_obstacle_lose_no_addition)
{
    struct thread *threads[ADDERS];

    for (int i = 0; i < ADDERS; i++)
        threads[i] = thread_start("adder", add_ones, f);
    for (int i = 0; i < ADDERS; i++)
        thread_join(threads[i]);

    EXPECT_EQUAL(version_of(s, f, &things, str("counter"), str("")), ADDERS * ADDITIONS);
}

// Reads the feed until it has told of the last version of each of the keys p0 to p(count-1).
static void expect_feed(struct scope *s, struct fixture *f, const uint64_t *last, size_t count)
{
    uint64_t seen[8] = {0};
    bool removed[8] = {false};
    struct str position = {0};
    size_t caught_up = 0;

    for (int i = 0; i < PATIENCE && caught_up < count; i++) {
        struct feed_entry *entries = NULL;
        size_t found = 0;
        REQUIRE_OK(feed_read(s, f->store, &things, position, 3, &entries, &found, &position));
        for (size_t j = 0; j < found; j++) {
            size_t key = (size_t)(entries[j].partition.data[1] - '0');
            EXPECT(key < count && entries[j].at_us > 0);
            bool again = entries[j].version <= seen[key] || removed[key];
            EXPECT(entries[j].version == 0 || again || entries[j].version == seen[key] + 1);
            removed[key] |= entries[j].version == 0;
            if (entries[j].version > seen[key])
                seen[key] = entries[j].version;
        }
        caught_up = 0;
        for (size_t j = 0; j < count; j++)
            caught_up += last[j] ? seen[j] == last[j] : removed[j];
    }
    EXPECT_EQUAL(caught_up, count);
}

CLAUSE(the_feed_tells_of_every_change_in_order)
{
    const uint64_t last[] = {3, 1, 0, 2};
    for (int i = 0; i < 3; i++)
        EXPECT_OK(put_thing(s, f, str("p0"), str("x"), "NEW", NULL));
    EXPECT_OK(put_thing(s, f, str("p1"), str(""), "NEW", NULL));
    EXPECT_OK(put_thing(s, f, str("p2"), str(""), "NEW", NULL));
    struct change *refused = change_new(s);
    put_plain(refused, "p1", if_absent());
    EXPECT_EQUAL(store_commit(s, f->store, refused), CONFLICT);
    struct change *c = change_new(s);
    change_remove(c, &things, str("p2"), str(""), if_any());
    put_plain(c, "p3", if_absent());
    EXPECT_OK(store_commit(s, f->store, c));
    EXPECT_OK(put_thing(s, f, str("p3"), str(""), NULL, NULL));

    expect_feed(s, f, last, 4);
}

CLAUSE(the_feed_goes_on_where_a_reader_left_it)
{
    struct feed_entry *entries = NULL;
    struct str position = {0};
    size_t count = 0;
    EXPECT_OK(put_thing(s, f, str("p0"), str(""), NULL, NULL));
    for (int i = 0; i < PATIENCE && count == 0; i++)
        REQUIRE_OK(feed_read(s, f->store, &things, position, 9, &entries, &count, &position));
    REQUIRE(count == 1);
    EXPECT_OK(put_thing(s, f, str("p1"), str(""), NULL, NULL));

    bool found = false;
    for (int i = 0; i < PATIENCE && !found; i++) {
        REQUIRE_OK(feed_read(s, f->store, &things, position, 9, &entries, &count, &position));
        for (size_t j = 0; j < count; j++)
            found |= str_is(entries[j].partition, "p1");
    }
    EXPECT(found);
    EXPECT_EQUAL(feed_read(s, f->store, &things, str("?"), 9, &entries, &count, &position),
                 INVALID);
}

CLAUSE(the_audit_log_numbers_its_entries_without_gaps)
{
    enum { CHANGES = 12 };
    for (size_t i = 0; i < CHANGES; i++) {
        struct change *c = change_new(s);
        for (size_t j = 0; j < 2; j++) {
            struct audit_entry entry = {str("t1"), str("anna"), str("thing.made"),
                                        str_format(s, "%zu", i * 2 + j), str("{}")};
            change_audit(c, &entry);
        }
        REQUIRE_OK(store_commit(s, f->store, c));
    }

    uint64_t after = 0;
    for (int i = 0; i < PATIENCE && after < CHANGES * 2; i++) {
        struct audit_row *rows = NULL;
        size_t count = 0;
        REQUIRE_OK(audit_read(s, f->store, after, 5, &rows, &count));
        EXPECT(count <= 5);
        for (size_t j = 0; j < count; j++) {
            EXPECT_EQUAL(rows[j].sequence, ++after);
            EXPECT(str_equal(rows[j].entry.subject, str_format(s, "%zu", (size_t)after - 1)));
            EXPECT_STR(rows[j].entry.actor, "anna");
            EXPECT_STR(rows[j].entry.details, "{}");
            EXPECT(rows[j].at_us > 0);
        }
    }
    EXPECT_EQUAL(after, CHANGES * 2);
}
