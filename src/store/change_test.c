// The builder's limits, and how answers travel: on a backend that only keeps what was submitted.
#include "store/change.h"

#include "store/backend_impl.h"
#include "test/harness.h"

static const struct table_def things = {.name = "things"};
static const struct table_def keys = {.name = "keys", .keep_s = 3600};
static const struct queue_def work = {.name = "work", .receives_max = 3, .lease_s = 30};

struct fake {
    struct store store;
    struct change *first;
    struct change **end;
};

static void fake_submit(struct store *store, struct change *c)
{
    struct fake *fake = (struct fake *)store;

    *fake->end = c;
    fake->end = &c->next;
}

// A backend without threads answers when a thread is about to wait.
static void fake_press(struct store *store)
{
    struct fake *fake = (struct fake *)store;
    struct change *list = fake->first;

    fake->first = NULL;
    fake->end = &fake->first;
    change_answer(list);
}

static const struct store_ops fake_ops = {.submit = fake_submit, .press = fake_press};

static struct fake *fake_open(struct scope *s)
{
    struct fake *fake = scope_new(s, struct fake);

    fake->store.ops = &fake_ops;
    fake->end = &fake->first;
    return fake;
}

static struct str filled(struct scope *s, size_t bytes)
{
    char *text = scope_bytes(s, bytes);

    memset(text, 'x', bytes);
    return str_of(text, bytes);
}

static void put(struct change *c, struct str partition, struct str sort, struct str content)
{
    struct record r = {.partition = partition, .sort = sort, .content = content};

    change_put(c, &things, &r, if_any());
}

TEST(a_record_may_be_as_long_as_its_limits_and_no_longer)
{
    static const struct {
        size_t partition, sort, content;
        enum status should;
    } cases[] = {
        {1, 0, 0, OK},
        {0, 0, 0, INVALID},
        {PARTITION_BYTES_MAX, SORT_BYTES_MAX, 0, OK},
        {PARTITION_BYTES_MAX + 1, 0, 0, INVALID},
        {1, SORT_BYTES_MAX + 1, 0, INVALID},
        {1, 1, RECORD_BYTES_MAX - 2, OK},
        {1, 1, RECORD_BYTES_MAX - 1, INVALID},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct change *c = change_new(s);
        put(c, filled(s, cases[i].partition), filled(s, cases[i].sort),
            filled(s, cases[i].content));
        EXPECT_EQUAL(change_status(c), cases[i].should);
        EXPECT_EQUAL(change_why(c).bytes > 0, cases[i].should != OK);
    }
}

TEST(a_change_has_a_largest_number_of_operations_audit_entries_included)
{
    struct change *c = change_new(s);
    struct audit_entry entry = {.action = str("thing.made")};

    change_audit(c, &entry);
    for (int i = 1; i < CHANGE_ITEMS_MAX; i++)
        change_send(c, &work, str("x"), 0);
    EXPECT_EQUAL(change_status(c), OK);

    change_audit(c, &entry);
    EXPECT_EQUAL(change_status(c), INVALID);
}

TEST(a_change_has_a_largest_size)
{
    struct change *c = change_new(s);
    struct str content = filled(s, RECORD_BYTES_MAX - 1);

    for (int i = 0; i < CHANGE_BYTES_MAX / RECORD_BYTES_MAX; i++)
        put(c, str_format(s, "%d", i), str(""), content);
    EXPECT_EQUAL(change_status(c), OK);
    put(c, str("another"), str(""), str(""));
    EXPECT_EQUAL(change_status(c), INVALID);
}

TEST(a_record_or_a_message_has_one_operation_in_a_change)
{
    struct message m = {.queue = &work, .id = str("m1")};
    struct change *c = change_new(s);

    put(c, str("p"), str("1"), str(""));
    put(c, str("p"), str("2"), str(""));
    change_require(c, &keys, str("p"), str("1"), if_present());
    change_settle(c, &m);
    change_send(c, &work, str(""), 0);
    change_send(c, &work, str(""), 0);
    EXPECT_EQUAL(change_status(c), OK);

    struct change *records = change_new(s);
    put(records, str("p"), str("1"), str(""));
    change_require(records, &things, str("p"), str("1"), if_present());
    EXPECT_EQUAL(change_status(records), INVALID);

    struct change *messages = change_new(s);
    change_settle(messages, &m);
    change_give_back(messages, &m, 0, str("later"));
    EXPECT_EQUAL(change_status(messages), INVALID);
}

TEST(messages_and_attributes_keep_their_limits)
{
    struct message m = {.queue = &work, .id = str("m1")};
    struct attribute nine[ATTRIBUTES_MAX + 1];
    struct record r = {.partition = str("p"), .attributes = nine, .attribute_count = 1};

    for (size_t i = 0; i <= ATTRIBUTES_MAX; i++)
        nine[i] = (struct attribute){str_format(s, "%zu", i), filled(s, ATTRIBUTE_BYTES_MAX)};
    struct change *good = change_new(s);
    change_put(good, &things, &r, if_any());
    change_send(good, &work, filled(s, MESSAGE_BYTES_MAX), MESSAGE_DELAY_S_MAX);
    change_give_back(good, &m, LEASE_S_MAX, filled(s, MESSAGE_ERROR_BYTES_MAX + 1));
    EXPECT_EQUAL(change_status(good), OK);
    EXPECT_EQUAL(good->items[2].text.bytes, MESSAGE_ERROR_BYTES_MAX); // a sentence is cut
    nine[0].name = str("changed");
    EXPECT_STR(good->items[0].record.attributes[0].name, "0"); // the array was copied

    struct change *bad[6];
    for (size_t i = 0; i < 6; i++)
        bad[i] = change_new(s);
    change_send(bad[0], &work, filled(s, MESSAGE_BYTES_MAX + 1), 0);
    change_send(bad[1], &work, str(""), MESSAGE_DELAY_S_MAX + 1);
    change_send(bad[2], &work, str(""), -1);
    change_give_back(bad[3], &m, LEASE_S_MAX + 1, str(""));
    r.attribute_count = ATTRIBUTES_MAX + 1;
    change_put(bad[4], &things, &r, if_any());
    r.attribute_count = 1;
    nine[0].value = filled(s, ATTRIBUTE_BYTES_MAX + 1);
    change_put(bad[5], &things, &r, if_any());
    for (size_t i = 0; i < 6; i++)
        EXPECT_EQUAL(change_status(bad[i]), INVALID);
}

TEST(records_that_live_exactly_so_long_are_put_once)
{
    struct record r = {.partition = str("p")};
    struct change *c = change_new(s);
    change_put(c, &keys, &r, if_absent());
    EXPECT_EQUAL(change_status(c), OK);

    struct change *over = change_new(s);
    change_put(over, &keys, &r, if_any());
    EXPECT_EQUAL(change_status(over), INVALID);

    struct change *removes = change_new(s);
    change_remove(removes, &keys, str("p"), str(""), if_any());
    EXPECT_EQUAL(change_status(removes), INVALID);
}

TEST(a_commit_waits_for_its_answer_and_keeps_the_sentence)
{
    struct fake *fake = fake_open(s);
    struct change *empty = change_new(s);
    struct change *good = change_new(s);
    struct change *bad = change_new(s);

    EXPECT_OK(store_commit(s, &fake->store, empty));
    put(good, str("p"), str(""), str("content"));
    EXPECT_OK(store_commit(s, &fake->store, good));
    put(bad, str(""), str(""), str(""));
    EXPECT_EQUAL(store_commit(s, &fake->store, bad), INVALID);
    EXPECT_STR(scope_why(s), "things: a partition key has 1 to 2048 bytes");
}

struct answers {
    struct change *changes[8];
    size_t count;
};

static void note_answer(struct change *c, void *context)
{
    struct answers *answers = context;

    answers->changes[answers->count++] = c;
}

TEST(answers_come_to_the_inbox_of_each_submitter_in_order)
{
    struct fake *fake = fake_open(s);
    struct inbox *inboxes[2] = {inbox_new(), inbox_new()};
    struct answers answers[2] = {0};
    struct change *changes[5];

    for (size_t i = 0; i < 5; i++) {
        changes[i] = change_new(s);
        if (i != 2) // an empty one is answered without the backend
            put(changes[i], str("p"), str(""), str(""));
        store_submit(&fake->store, changes[i], inboxes[i % 2], note_answer, &answers[i % 2]);
        EXPECT_EQUAL(answers[i % 2].count, 0);
    }
    store_press(&fake->store);

    EXPECT_EQUAL(inbox_run(inboxes[0]), 3);
    EXPECT_EQUAL(inbox_run(inboxes[1]), 2);
    EXPECT(answers[0].changes[0] == changes[2]);
    EXPECT(answers[0].changes[1] == changes[0]);
    EXPECT(answers[0].changes[2] == changes[4]);
    EXPECT(answers[1].changes[0] == changes[1]);
    EXPECT(answers[1].changes[1] == changes[3]);
    inbox_free(inboxes[0]);
    inbox_free(inboxes[1]);
}

TEST(a_condition_is_held_against_the_record_as_it_stands)
{
    struct attribute state = {str("state"), str("NEW")};
    struct record third = {.version = 3, .attributes = &state, .attribute_count = 1};
    const struct {
        struct record_condition condition;
        bool none, stands;
    } cases[] = {
        {if_any(), true, true},
        {if_absent(), true, false},
        {if_present(), false, true},
        {if_version(0), true, false},
        {if_version(3), false, true},
        {if_version(2), false, false},
        {if_attribute("state", str("NEW")), false, true},
        {if_attribute("state", str("OLD")), false, false},
        {if_attribute("other", str("NEW")), false, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EXPECT_EQUAL(condition_holds(&cases[i].condition, NULL), cases[i].none);
        EXPECT_EQUAL(condition_holds(&cases[i].condition, &third), cases[i].stands);
    }
}

TEST(a_failed_condition_names_itself_and_shows_what_is_in_the_way)
{
    struct record other = {.partition = str("p"), .sort = str("1"), .version = 3};
    struct message m = {.queue = &work, .id = str("m1")};
    struct change *c = change_new(s);
    change_require(c, &things, str("p"), str("1"), if_version(2));
    change_settle(c, &m);

    change_fail_item(c, 0, &other);
    EXPECT_EQUAL(change_status(c), CONFLICT);
    EXPECT(change_obstacle(c) && change_obstacle(c)->version == 3);
    EXPECT_STR(change_why(c), "record p 1 of things: it is not of version 2");
    EXPECT(!change_lost_lease(c));

    change_fail_item(c, 1, NULL);
    EXPECT_EQUAL(change_failed_item(c), 1);
    EXPECT(change_lost_lease(c));
}

TEST(what_is_in_the_way_is_left_out_where_there_is_no_room)
{
    struct str content = str_of(scope_alloc(s, RECORD_BYTES_MAX), RECORD_BYTES_MAX);
    struct record other = {.partition = str("p"), .content = content, .version = 3};
    const struct {
        size_t room_bytes;
        bool copied;
        const char *why;
    } cases[] = {
        {2 * RECORD_BYTES_MAX, true, "record p  of things: it exists already"},
        {RECORD_BYTES_MAX, false, "record p  of things: it exists already"},
        {2048, false, "a condition does not hold"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scope *own = scope_open(cases[i].room_bytes);
        struct change *c = change_new(own);
        change_require(c, &things, str("p"), str(""), if_absent());
        change_fail_item(c, 0, &other);
        EXPECT_EQUAL(change_status(c), CONFLICT);
        EXPECT_EQUAL(change_obstacle(c) != NULL, cases[i].copied);
        EXPECT_STR(change_why(c), cases[i].why);
        scope_close(own);
    }
}
