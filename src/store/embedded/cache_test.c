#include "store/embedded/cache.h"

#include "core/chance.h"
#include "core/scope.h"
#include "test/harness.h"

#include <stdlib.h>

enum { TABLE = 3 };

static void note(struct cache *c, const char *key, uint64_t version, const char *content,
                 uint64_t batch)
{
    struct attribute attributes[] = {{str("state"), str("NEW")}, {str("rank"), str("")}};
    struct record r = {.partition = str(key),
                       .sort = str("s"),
                       .content = str(content),
                       .version = version,
                       .attributes = attributes,
                       .attribute_count = 2};

    cache_note(c, TABLE, &r, true, batch);
}

TEST(readers_see_a_record_when_its_batch_is_committed)
{
    struct cache *c = cache_new(1 << 20);
    struct standing standing;
    struct record r;
    note(c, "a", 1, "one", 5);

    EXPECT(!cache_get(s, c, TABLE, str("a"), str("s"), &r));
    EXPECT(cache_standing(c, TABLE, str("a"), str("s"), &standing));
    EXPECT_EQUAL(standing.version, 1);
    cache_commit(c, 5);
    REQUIRE(cache_get(s, c, TABLE, str("a"), str("s"), &r));
    EXPECT_STR(r.content, "one");
    EXPECT_STR(r.partition, "a");
    EXPECT_STR(record_attribute(&r, "state"), "NEW");
    EXPECT_EQUAL(r.attribute_count, 2);
    note(c, "a", 2, "two", 6); // nobody reads "one" any more: it is about to be wrong
    EXPECT(!cache_get(s, c, TABLE, str("a"), str("s"), &r));
    EXPECT(!cache_get(s, c, TABLE + 1, str("a"), str("s"), &r));
    EXPECT(!cache_get(s, c, TABLE, str("a"), str(""), &r));
    cache_free(c);
}

TEST(a_removed_record_is_known_to_be_gone)
{
    struct cache *c = cache_new(1 << 20);
    struct standing standing;
    struct record r = {.partition = str("a"), .sort = str("s")};
    note(c, "a", 4, "one", 1);
    cache_note(c, TABLE, &r, false, 2);
    cache_commit(c, 2);

    REQUIRE(cache_get(s, c, TABLE, str("a"), str("s"), &r));
    EXPECT_EQUAL(r.version, 0);
    EXPECT(!cache_standing(c, TABLE, str("a"), str("s"), &standing)); // its place is not known
    cache_free(c);
}

TEST(a_record_that_is_too_large_is_forgotten)
{
    struct cache *c = cache_new(1 << 20);
    struct standing standing;
    char *large = scope_bytes(s, CACHE_RECORD_BYTES_MAX);
    memset(large, 'x', CACHE_RECORD_BYTES_MAX);
    note(c, "a", 1, "small", 1);
    struct record r = {.partition = str("a"),
                       .sort = str("s"),
                       .version = 2,
                       .content = str_of(large, CACHE_RECORD_BYTES_MAX)};

    cache_note(c, TABLE, &r, true, 2);
    cache_commit(c, 2);

    EXPECT(!cache_get(s, c, TABLE, str("a"), str("s"), &r));
    EXPECT(!cache_standing(c, TABLE, str("a"), str("s"), &standing));
    cache_free(c);
}

// What the cache says is what was noted last; it may have forgotten, and does not know others.
TEST(the_cache_is_never_wrong_while_old_records_make_room)
{
    enum { KEYS = 300, NOTES = 20000, CONTENT_BYTES = 4000 };
    struct cache *c = cache_new(1); // the least there is
    struct chance chance = chance_seeded(9);
    uint64_t versions[KEYS] = {0};
    char content[CONTENT_BYTES + 1];
    size_t known = 0;
    memset(content, 'c', sizeof content);

    for (uint64_t i = 1; i <= NOTES; i++) {
        struct scope *brief = scope_open(1 << 16);
        size_t key = (size_t)chance_below(&chance, KEYS);
        size_t bytes = (size_t)chance_below(&chance, CONTENT_BYTES);
        struct record r = {.partition = str_format(brief, "key %zu", key),
                           .content = str_of(content, bytes),
                           .version = ++versions[key]};
        cache_note(c, TABLE, &r, false, i);
        cache_commit(c, i);
        size_t asked = (size_t)chance_below(&chance, KEYS);
        if (cache_get(brief, c, TABLE, str_format(brief, "key %zu", asked), str(""), &r)) {
            EXPECT_EQUAL(r.version, versions[asked]);
            known++;
        }
        if (i % 5000 == 0)
            cache_clear(c);
        scope_close(brief);
    }
    EXPECT(known > NOTES / 10);
    cache_free(c);
}
