// Contract of record.h: reading, conditions apart (changes.c).
#include "test/contract/contract.h"

#include <stdlib.h>

CLAUSE(a_record_is_read_back_as_it_was_put)
{
    struct attribute attributes[] = {{str("state"), str("NEW")}, {str("empty"), str("")}};
    struct record r = {
        .partition = str("p\xC3\xA4"),
        .sort = str_of("a\0b", 3),
        .content = str_of("{\"money\":1.10}\0\xFF", 16),
        .expires_at_s = 4102444800,
        .attributes = attributes,
        .attribute_count = 2,
    };
    struct change *c = change_new(s);
    change_put(c, &things, &r, if_any());
    REQUIRE_OK(store_commit(s, f->store, c));

    struct record is;
    REQUIRE_OK(record_get(s, f->store, &things, r.partition, r.sort, &is));

    EXPECT(str_equal(is.partition, r.partition) && str_equal(is.sort, r.sort));
    EXPECT(str_equal(is.content, r.content));
    EXPECT_EQUAL(is.version, 1);
    EXPECT_EQUAL(is.expires_at_s, r.expires_at_s);
    EXPECT_EQUAL(is.attribute_count, 2);
    EXPECT_STR(record_attribute(&is, "state"), "NEW");
    EXPECT_STR(record_attribute(&is, "empty"), "");
}

CLAUSE(a_record_may_be_empty_or_as_long_as_the_limit)
{
    char *noise = scope_bytes(s, RECORD_BYTES_MAX - 1);
    world_random(f->world, noise, RECORD_BYTES_MAX - 1);
    struct record longest = {.partition = str("l"), .content = {noise, RECORD_BYTES_MAX - 1}};
    struct record empty = {.partition = str("e")};
    struct change *c = change_new(s);
    change_put(c, &things, &longest, if_absent());
    change_put(c, &arrivals, &empty, if_absent());
    REQUIRE_OK(store_commit(s, f->store, c));

    struct record is;
    REQUIRE_OK(record_get(s, f->store, &things, str("l"), str(""), &is));
    EXPECT(str_equal(is.content, longest.content));
    REQUIRE_OK(record_get(s, f->store, &arrivals, str("e"), str(""), &is));
    EXPECT_EQUAL(is.content.bytes, 0);
}

CLAUSE(every_put_makes_a_new_version)
{
    for (unsigned i = 1; i <= 3; i++) {
        EXPECT_OK(put_thing(s, f, str("p"), str("1"), "NEW", NULL));
        EXPECT_EQUAL(version_of(s, f, &things, str("p"), str("1")), i);
    }
    EXPECT_EQUAL(version_of(s, f, &things, str("p"), str("2")), 0);
}

CLAUSE(a_removed_record_is_gone)
{
    struct change *c = change_new(s);
    struct record r;
    EXPECT_OK(put_thing(s, f, str("p"), str("1"), "NEW", "1"));
    change_remove(c, &things, str("p"), str("1"), if_present());
    EXPECT_OK(store_commit(s, f->store, c));

    EXPECT_EQUAL(record_get(s, f->store, &things, str("p"), str("1"), &r), NOT_FOUND);
    struct query by_state = {
        .table = &things, .index = "by_state", .partition = str("NEW"), .limit = 10};
    (void)query_until(s, f, &by_state, 0);
}

CLAUSE(many_records_are_read_at_once)
{
    EXPECT_OK(put_thing(s, f, str("p"), str("1"), NULL, NULL));
    EXPECT_OK(put_thing(s, f, str("q"), str(""), NULL, NULL));
    struct record_key keys[] = {
        {str("q"), str("")}, {str("p"), str("2")}, {str("p"), str("1")}, {str("q"), str("")}};
    struct record found[4];

    REQUIRE_OK(record_get_many(s, f->store, &things, keys, 4, found));

    EXPECT_STR(found[0].content, "q/");
    EXPECT_EQUAL(found[1].version, 0);
    EXPECT_STR(found[2].content, "p/1");
    EXPECT_STR(found[3].content, "q/");
}

// In the order of bytes.
static const struct str sorts[] = {
    STR_INIT(""),         STR_INIT("\0"),   STR_INIT("A"),        STR_INIT("a"),
    STR_INIT("a\0"),      STR_INIT("a\0b"), STR_INIT("a\x01"),    STR_INIT("ab"),
    STR_INIT("b"),        STR_INIT("b1"),   STR_INIT("b10"),      STR_INIT("b2"),
    STR_INIT("z"),        STR_INIT("\x7F"), STR_INIT("\x80"),     STR_INIT("\xC3"),
    STR_INIT("\xC3\xA4"), STR_INIT("\xFF"), STR_INIT("\xFF\xFF"),
};
enum { SORTS = sizeof sorts / sizeof sorts[0] };

static void put_sorts(struct scope *s, struct fixture *f)
{
    for (size_t i = 0; i < SORTS; i++)
        EXPECT_OK(put_thing(s, f, str("p"), sorts[(i * 7) % SORTS], NULL, NULL));
    EXPECT_OK(put_thing(s, f, str("o"), str("a"), NULL, NULL));
    EXPECT_OK(put_thing(s, f, str("pp"), str(""), NULL, NULL));
    EXPECT_OK(put_thing(s, f, str_of("p\0", 2), str("a"), NULL, NULL));
}

// Expects the records whose sort keys are from `from` to before `to`.
static void expect_range(struct page page, size_t from, size_t to, bool descending)
{
    EXPECT_EQUAL(page.count, to > from ? to - from : 0);
    for (size_t i = 0; i < page.count && from + i < to; i++)
        EXPECT(str_equal(page.records[i].sort, sorts[descending ? to - 1 - i : from + i]) &&
               str_is(page.records[i].partition, "p"));
}

CLAUSE(a_partition_is_read_in_the_order_of_bytes_whatever_the_page_size)
{
    static const size_t limits[] = {1, 2, 3, 100};
    put_sorts(s, f);

    for (size_t i = 0; i < 8; i++) {
        struct query q = {
            .table = &things,
            .partition = str("p"),
            .limit = limits[i / 2],
            .descending = i % 2,
        };
        expect_range(query_all(s, f, &q), 0, SORTS, q.descending);
    }
}

CLAUSE(a_range_has_its_start_and_not_its_end)
{
    put_sorts(s, f);

    for (size_t from = 0; from < SORTS; from += 3) {
        for (size_t to = 1; to < SORTS; to += 2) {
            for (int descending = 0; descending < 2; descending++) {
                struct query q = {
                    .table = &things,
                    .partition = str("p"),
                    .sort_from = sorts[from],
                    .sort_to = sorts[to],
                    .descending = descending,
                    .limit = 4,
                };
                expect_range(query_all(s, f, &q), from, to, descending);
            }
        }
    }
}

CLAUSE(a_query_for_keys_gives_no_content)
{
    EXPECT_OK(put_thing(s, f, str("p"), str("1"), "NEW", "1"));
    struct query q = {.table = &things, .partition = str("p"), .limit = 9, .keys_only = true};

    struct page page = query_until(s, f, &q, 1);

    REQUIRE(page.count == 1);
    EXPECT_STR(page.records[0].sort, "1");
    EXPECT_EQUAL(page.records[0].version, 1);
    EXPECT_EQUAL(page.records[0].content.bytes, 0);
    EXPECT_EQUAL(page.records[0].attribute_count, 0);
}

CLAUSE(a_cursor_serves_its_own_query_only)
{
    put_sorts(s, f);
    struct query q = {.table = &things, .partition = str("p"), .limit = 2};
    struct page page = {0};
    REQUIRE_OK(record_query(s, f->store, &q, &page));
    REQUIRE(page.cursor.bytes > 0);

    struct query others[3] = {q, q, q};
    others[0].partition = str("pp");
    others[1].descending = true;
    others[2].cursor = str("nonsense");
    others[0].cursor = others[1].cursor = page.cursor;
    for (size_t i = 0; i < 3; i++)
        EXPECT_EQUAL(record_query(s, f->store, &others[i], &page), INVALID);
    EXPECT_EQUAL(record_scan(s, f->store, &things, 2, str("nonsense"), &page), INVALID);
}

CLAUSE(a_query_outside_its_limits_is_refused)
{
    struct page page;
    struct query q = {.table = &things, .partition = str("p"), .limit = 0};

    EXPECT_EQUAL(record_query(s, f->store, &q, &page), INVALID);
    q.limit = QUERY_LIMIT_MAX + 1;
    EXPECT_EQUAL(record_query(s, f->store, &q, &page), INVALID);
    q.limit = 1;
    q.partition = str("");
    EXPECT_EQUAL(record_query(s, f->store, &q, &page), INVALID);
    q.partition = str("p");
    q.index = "by_nothing";
    EXPECT_EQUAL(record_query(s, f->store, &q, &page), INVALID);
    struct query of_tickets = {.table = &tickets, .partition = str("p"), .limit = 1};
    EXPECT_EQUAL(record_query(s, f->store, &of_tickets, &page), UNSUPPORTED);
    EXPECT_EQUAL(record_scan(s, f->store, &tickets, 1, str(""), &page), UNSUPPORTED);
}

CLAUSE(a_scan_gives_every_record_once_in_key_order)
{
    struct record before = {0};
    struct str cursor = {0};
    size_t count = 0;
    put_sorts(s, f);

    do {
        struct page page = {0};
        REQUIRE_OK(record_scan(s, f->store, &things, 4, cursor, &page));
        for (size_t i = 0; i < page.count; i++, count++) {
            int order = str_compare(before.partition, page.records[i].partition);
            EXPECT(order < 0 ||
                   (order == 0 && str_compare(before.sort, page.records[i].sort) < 0) ||
                   count == 0);
            before = page.records[i];
        }
        cursor = page.cursor;
    } while (cursor.bytes);
    EXPECT_EQUAL(count, SORTS + 3);
}

CLAUSE(records_in_arrival_order_are_queried_and_scanned_as_others)
{
    struct str ids[10];
    for (size_t i = 0; i < 10; i++) {
        struct change *c = change_new(s);
        ids[i] = world_uuid(f->world, s);
        for (size_t j = 0; j < 3; j++) {
            struct record r = {.partition = ids[i], .sort = str_format(s, "%zu", j)};
            change_put(c, &arrivals, &r, if_absent());
        }
        REQUIRE_OK(store_commit(s, f->store, c));
    }

    struct query q = {.table = &arrivals, .partition = ids[3], .limit = 2, .descending = true};
    struct page page = query_until(s, f, &q, 3);
    REQUIRE(page.count == 3);
    EXPECT_STR(page.records[0].sort, "2");
    EXPECT_STR(page.records[2].sort, "0");

    struct str cursor = {0};
    size_t count = 0;
    do {
        REQUIRE_OK(record_scan(s, f->store, &arrivals, 7, cursor, &page));
        for (size_t i = 0; i < page.count; i++, count++)
            EXPECT(str_equal(page.records[i].partition, ids[count / 3]));
        cursor = page.cursor;
    } while (cursor.bytes);
    EXPECT_EQUAL(count, 30);
}

CLAUSE(an_index_finds_records_by_attribute_in_its_order)
{
    static const char *const ranks[] = {"1", "10", "2", "2", "9"};
    for (size_t i = 0; i < 5; i++)
        EXPECT_OK(put_thing(s, f, str_format(s, "p%zu", (i * 3) % 5), str("x"), "NEW",
                            ranks[(i * 3) % 5]));
    EXPECT_OK(put_thing(s, f, str("q"), str(""), "DONE", "3"));
    EXPECT_OK(put_thing(s, f, str("r"), str(""), "NEW", NULL)); // without rank: not in the index
    EXPECT_OK(put_thing(s, f, str("t"), str(""), NULL, NULL));
    struct query q = {.table = &things, .index = "by_state", .partition = str("NEW"), .limit = 2};

    struct page up = query_until(s, f, &q, 5);
    for (size_t i = 0; i < 5; i++)
        EXPECT_STR(record_attribute(&up.records[i], "rank"), ranks[i]);
    EXPECT_STR(up.records[2].partition, "p2"); // of equal rank: by key
    EXPECT_STR(up.records[3].partition, "p3");

    q.descending = true;
    struct page down = query_until(s, f, &q, 5);
    for (size_t i = 0; i < 5; i++)
        EXPECT(str_equal(down.records[i].partition, up.records[4 - i].partition));

    q.sort_from = str("10");
    q.sort_to = str("9");
    (void)query_until(s, f, &q, 3);
}

CLAUSE(an_index_follows_a_changed_attribute_and_is_never_wrong)
{
    struct query now = {.table = &things, .index = "by_state", .partition = str("NEW"), .limit = 1};
    for (size_t i = 0; i < 4; i++)
        EXPECT_OK(put_thing(s, f, str_format(s, "p%zu", i), str(""), "NEW", "1"));
    (void)query_until(s, f, &now, 4);
    for (size_t i = 0; i < 4; i += 2)
        EXPECT_OK(put_thing(s, f, str_format(s, "p%zu", i), str(""), "DONE", "1"));

    for (int i = 0; i < 20; i++) {
        struct page page = query_all(s, f, &now);
        for (size_t j = 0; j < page.count; j++)
            EXPECT_STR(record_attribute(&page.records[j], "state"), "NEW");
    }
    (void)query_until(s, f, &now, 2);
    now.partition = str("DONE");
    (void)query_until(s, f, &now, 2);
}

CLAUSE(a_steady_index_finds_what_was_put_long_ago_and_just_now)
{
    enum { COUNT = 60 };
    for (size_t i = 0; i < COUNT; i++) {
        struct attribute attributes[] = {
            {str("owner"), i % 3 ? str("anna") : str("bo")},
            {str("made"), str_format(s, "%04zu", (i * 37) % COUNT)},
        };
        struct record r = {
            .partition = world_uuid(f->world, s), .attributes = attributes, .attribute_count = 2};
        struct change *c = change_new(s);
        change_put(c, &things, &r, if_absent());
        REQUIRE_OK(store_commit(s, f->store, c));
        if (i % 20 == 0)
            tend(s, f);
    }
    struct query q = {.table = &things, .index = "by_owner", .partition = str("anna"), .limit = 7};

    for (int descending = 0; descending < 2; descending++) {
        q.descending = descending;
        struct page page = query_until(s, f, &q, COUNT - COUNT / 3);
        for (size_t i = 1; i < page.count; i++) {
            int order = str_compare(record_attribute(&page.records[i - 1], "made"),
                                    record_attribute(&page.records[i], "made"));
            EXPECT(descending ? order > 0 : order < 0);
        }
    }
    q.sort_from = str("0010");
    q.sort_to = str("0020");
    struct page page = query_all(s, f, &q);
    for (size_t i = 0; i < page.count; i++)
        EXPECT(str_starts(record_attribute(&page.records[i], "made"), str("001")));
}

CLAUSE(an_expired_record_is_known_as_such_and_goes_some_day)
{
    struct record r = {.partition = str("p"),
                       .expires_at_s = world_now_us(f->world) / 1000000 + 60};
    struct change *c = change_new(s);
    change_put(c, &things, &r, if_absent());
    REQUIRE_OK(store_commit(s, f->store, c));
    tend(s, f);

    struct record is;
    REQUIRE_OK(record_get(s, f->store, &things, str("p"), str(""), &is));
    EXPECT(!record_expired(&is, world_now_us(f->world)));
    pass_s(f, 60);
    EXPECT(record_expired(&is, world_now_us(f->world)));
    for (int i = 0; i < PATIENCE && version_of(s, f, &things, str("p"), str("")); i++)
        tend(s, f);
    EXPECT_EQUAL(version_of(s, f, &things, str("p"), str("")), 0);
}

static enum status put_ticket(struct scope *s, struct fixture *f, const char *key)
{
    struct record r = {.partition = str(key), .content = str("answer")};
    struct change *c = change_new(s);

    change_put(c, &tickets, &r, if_absent());
    enum status e = store_commit(s, f->store, c);
    if (e == CONFLICT)
        EXPECT(change_obstacle(c) && str_is(change_obstacle(c)->content, "answer"));
    return e;
}

CLAUSE(a_table_that_drops_whole_hours_keeps_each_record_its_time)
{
    REQUIRE_OK(put_ticket(s, f, "a"));
    for (int hour = 0; hour < TICKETS_KEEP_S / 3600; hour++) {
        EXPECT_EQUAL(put_ticket(s, f, "a"), CONFLICT);
        EXPECT_EQUAL(version_of(s, f, &tickets, str("a"), str("")), 1);
        EXPECT_OK(put_ticket(s, f, str_z(s, str_format(s, "b%d", hour))));
        pass_s(f, 3600 - (hour == 0));
        tend(s, f);
    }
    EXPECT_EQUAL(put_ticket(s, f, "a"), CONFLICT); // a second is left

    pass_s(f, 3700);
    enum status e = CONFLICT;
    for (int i = 0; i < PATIENCE && e == CONFLICT; i++) {
        tend(s, f);
        e = put_ticket(s, f, "a");
    }
    EXPECT_EQUAL(e, OK);
}
