// What the store must hold after whatever happened.
#include "core/scope.h"
#include "store/blob.h"
#include "store/embedded/embedded.h"
#include "store/feed.h"
#include "store/queue.h"
#include "sys/sim.h"
#include "test/contract/contract.h"
#include "test/fault/life_impl.h"

#include <stdio.h>

enum { VERIFY_BYTES_MAX = 256 << 20, PAGE = 1000 };

// How often something of each item was found.
struct found {
    unsigned records[3]; // "a", "b", "result"
    unsigned messages;
    unsigned audits;
    unsigned feed;
    unsigned indexed;
    unsigned steadily_indexed;
    unsigned arrivals;
    unsigned tickets;
};

static const char *const partitions[] = {"a", "b", "result"};

static struct str noise(struct scope *s, uint64_t seed, size_t bytes)
{
    struct chance chance = chance_seeded(seed);
    char *data = scope_bytes(s, bytes);

    chance_fill(&chance, data, bytes);
    return str_of(data, bytes);
}

struct str item_content(struct scope *s, const char *partition, size_t item)
{
    return noise(s, str_hash(str(partition)) + item, 100 + item * 7 % 900);
}

struct str blob_content(struct scope *s, size_t blob, size_t bytes)
{
    return noise(s, blob + 1, bytes);
}

static struct found *item_of(struct life *l, struct found *all, struct str name)
{
    static struct found nobody;
    uint64_t item = 0;

    bool good = l->item_count > 0 && str_to_u64(name, l->item_count - 1, &item);
    EXPECT(good);
    return good ? &all[item] : &nobody;
}

static void find_records(struct scope *s, struct life *l, struct found *all)
{
    for (size_t i = 0; i < 3; i++) {
        struct query q = {.table = &things, .partition = str(partitions[i]), .limit = PAGE};
        struct page page = {0};
        EXPECT_OK(record_query(s, l->store, &q, &page));
        EXPECT_EQUAL(page.cursor.bytes, 0);
        for (size_t j = 0; j < page.count; j++) {
            struct found *f = item_of(l, all, page.records[j].sort);
            struct str content = item_content(s, partitions[i], (size_t)(f - all));
            f->records[i]++;
            EXPECT_EQUAL(page.records[j].version, 1);
            EXPECT(str_equal(page.records[j].content, content));
        }
    }
}

static void find_indexed(struct scope *s, struct life *l, struct found *all)
{
    struct query q = {
        .table = &things, .index = "by_state", .partition = str("MADE"), .limit = PAGE};
    struct page page = {0};

    EXPECT_OK(record_query(s, l->store, &q, &page));
    for (size_t j = 0; j < page.count; j++)
        item_of(l, all, page.records[j].sort)->indexed++;
    q.index = "by_owner";
    q.partition = str("anna");
    EXPECT_OK(record_query(s, l->store, &q, &page));
    for (size_t j = 0; j < page.count; j++)
        item_of(l, all, page.records[j].sort)->steadily_indexed++;
}

static void find_elsewhere(struct scope *s, struct life *l, struct found *all)
{
    for (size_t i = 0; i < l->item_count; i++) {
        struct record r = {0};
        struct str id = str_of(l->arrivals[i], UUID_TEXT_BYTES);
        all[i].tickets = record_get(s, l->store, &tickets, item_name(s, i), str(""), &r) == OK;
        all[i].arrivals = record_get(s, l->store, &arrivals, id, str(""), &r) == OK;
        if (all[i].arrivals)
            EXPECT(str_equal(r.content, item_content(s, "arrival", i)));
    }
}

static void find_messages(struct scope *s, struct life *l, struct found *all, enum queue_part part)
{
    struct message_page page = {0};

    EXPECT_OK(queue_browse(s, l->store, &work, part, PAGE, str(""), &page));
    EXPECT_EQUAL(page.cursor.bytes, 0);
    for (size_t i = 0; i < page.count; i++)
        item_of(l, all, page.messages[i].body)->messages++;
}

static void find_told(struct scope *s, struct life *l, struct found *all)
{
    struct feed_entry *entries = NULL;
    struct audit_row *rows = NULL;
    struct str position = {0};
    size_t count = 1;

    while (count > 0) {
        REQUIRE_OK(feed_read(s, l->store, &things, position, PAGE, &entries, &count, &position));
        for (size_t i = 0; i < count; i++)
            if (str_is(entries[i].partition, "a"))
                item_of(l, all, entries[i].sort)->feed++;
    }
    EXPECT_OK(audit_read(s, l->store, 0, PAGE, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        item_of(l, all, rows[i].entry.subject)->audits++;
        EXPECT_EQUAL(rows[i].sequence, i + 1);
    }
}

static void expect_fate(enum fate *fate, bool there, const char *what, size_t item)
{
    if (*fate == FATE_SURE && !there)
        (void)fprintf(stderr, "%s %zu was answered OK and is lost\n", what, item);
    if (*fate == FATE_NEVER && there)
        (void)fprintf(stderr, "%s %zu was refused and is there\n", what, item);
    EXPECT(*fate != FATE_SURE || there);
    EXPECT(*fate != FATE_NEVER || !there);
    *fate = there ? FATE_SURE : FATE_NEVER;
}

static void verify_item(struct life *l, size_t item, const struct found *f)
{
    unsigned there = f->records[0];
    unsigned settled = f->records[2];

    EXPECT(there <= 1 && settled <= there);
    EXPECT_EQUAL(f->records[1], there);
    EXPECT_EQUAL(f->audits, there);
    EXPECT_EQUAL(f->arrivals, there);
    EXPECT_EQUAL(f->tickets, there);
    EXPECT_EQUAL(f->feed > 0, there);
    EXPECT_EQUAL(f->indexed, there);
    EXPECT_EQUAL(f->steadily_indexed, there);
    EXPECT_EQUAL(f->messages, there - settled); // the result, or the message that asks for it
    expect_fate(&l->made[item], there, "item", item);
    expect_fate(&l->settled[item], settled, "result", item);
}

static void verify_items(struct scope *s, struct life *l)
{
    struct found *all = scope_array(s, LIFE_ITEMS_MAX, sizeof *all);
    struct record counter = {0};
    uint64_t there = 0;

    find_records(s, l, all);
    find_indexed(s, l, all);
    find_elsewhere(s, l, all);
    find_messages(s, l, all, QUEUE_WAITING);
    find_messages(s, l, all, QUEUE_DEAD);
    find_told(s, l, all);
    for (size_t i = 0; i < l->item_count; i++) {
        verify_item(l, i, &all[i]);
        there += all[i].records[0];
    }
    enum status e = record_get(s, l->store, &things, str("counter"), str(""), &counter);
    EXPECT(e == OK || e == NOT_FOUND);
    EXPECT_EQUAL(counter.version, there);
}

// A key holds the newest blob that was answered OK, or a later one whose outcome was unknown.
static void verify_key(struct scope *s, struct life *l, size_t key)
{
    struct blob_info info = {0};
    struct str content = {0};
    size_t newest_sure = SIZE_MAX;
    uint64_t blob = 0;
    enum status e = blob_head(s, l->store, &files, blob_key(s, key), &info);

    for (size_t i = key; i < l->blob_count; i += LIFE_BLOB_KEYS)
        if (l->blobs[i] == FATE_SURE)
            newest_sure = i;
    if (e == NOT_FOUND) {
        EXPECT_EQUAL(newest_sure, SIZE_MAX);
        return;
    }
    REQUIRE_OK(e);
    REQUIRE(str_to_u64(info.metadata, l->blob_count - 1, &blob));
    EXPECT(blob == newest_sure || l->blobs[blob] == FATE_MAYBE);
    EXPECT(newest_sure == SIZE_MAX || blob >= newest_sure);
    REQUIRE_OK(blob_get(s, l->store, &files, blob_key(s, key), 0, (size_t)info.bytes, &content));
    EXPECT(str_equal(content, blob_content(s, blob, (size_t)info.bytes)));
    l->blobs[blob] = FATE_SURE;
}

void life_verify(struct life *l)
{
    struct scope *s = scope_open(VERIFY_BYTES_MAX);

    if (!l->store)
        EXPECT_OK(life_open(s, l));
    if (l->store) {
        EXPECT_OK(embedded_check(s, l->store));
        verify_items(s, l);
        for (size_t key = 0; key < LIFE_BLOB_KEYS; key++)
            verify_key(s, l, key);
    }
    scope_close(s);
}
