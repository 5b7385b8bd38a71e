// Segments: what was added is read back, in order and by id; damage is noticed.
#include "services/receipts/segment.h"

#include "core/chance.h"
#include "core/scope.h"
#include "core/uuid.h"
#include "store/blob.h"
#include "store/compress.h"
#include "store/memory/memory.h"
#include "sys/sim.h"
#include "test/harness.h"

#include <stdlib.h>

static const struct bucket_def bucket = {.name = "segments"};
static const struct store_schema schema = {
    .tables = (const struct table_def *const[]){NULL},
    .queues = (const struct queue_def *const[]){NULL},
    .buckets = (const struct bucket_def *const[]){&bucket, NULL},
};

// A store and what is in its segment.
struct bench {
    struct world *world;
    struct store *store;
    struct compressor *compressor;
    struct scope *inner; // of what is open
    struct archived *items;
    size_t count;
    struct segment_summary summary;
};

static void close_bench(void *opaque)
{
    struct bench *b = opaque;

    scope_close(b->inner);
    compressor_free(b->compressor);
    store_close(b->store);
    sim_free(b->world);
}

static struct bench *open_bench(struct scope *s)
{
    struct bench *b = scope_new(s, struct bench);

    b->world = sim_new(1);
    b->store = memory_open(b->world, &schema, 1, MEMORY_KIND);
    b->compressor = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    b->inner = scope_open(256 << 20);
    scope_defer(s, close_bench, b);
    return b;
}

static struct str some_text(struct scope *s, struct chance *c, const char *word, size_t bytes_max)
{
    size_t bytes = chance_below(c, bytes_max + 1);
    char *text = scope_bytes(s, bytes);

    for (size_t i = 0; i < bytes; i++)
        text[i] = chance_below(c, 8) ? word[i % strlen(word)] : (char)('a' + chance_below(c, 26));
    return str_of(text, bytes);
}

static int item_order(const void *a, const void *b)
{
    return archived_order(a, b);
}

static void make_items(struct scope *s, struct bench *b, size_t count, size_t document_bytes)
{
    struct chance c = chance_seeded(count);

    b->items = scope_array(s, count, sizeof *b->items);
    b->count = count;
    for (size_t i = 0; i < count; i++) {
        uint8_t random[UUID_RANDOM_BYTES];
        chance_fill(&c, random, sizeof random);
        b->items[i] = (struct archived){
            .client = str_format(s, "acme/client-%u", (unsigned)chance_below(&c, 7)),
            .date = str_format(s, "2026-11-%02u", 1 + (unsigned)chance_below(&c, 30)),
            .id = uuid_to_str(s, uuid_v7(1790000000000 + (int64_t)i, random)),
            .version = 1 + chance_below(&c, 300),
            .state = some_text(s, &c, "{\"st\":3,\"te\":\"acme\"}", 400),
            .document = some_text(s, &c, "{\"lines\":[{\"amount\":\"1.10\"}]}", document_bytes),
        };
    }
    qsort(b->items, count, sizeof *b->items, item_order);
}

static enum status write_segment(struct scope *s, struct bench *b, struct str key)
{
    struct blob_writer *blob = NULL;
    struct segment_writer *w = NULL;

    TRY(blob_create(s, b->store, &bucket, key, NULL, &blob));
    TRY(segment_begin(s, blob, b->compressor, &w));
    for (size_t i = 0; i < b->count; i++)
        TRY(segment_add(s, w, &b->items[i]));
    TRY(segment_end(s, w, &b->summary));
    return blob_finish(s, blob, NULL);
}

static enum status open_segment(struct bench *b, struct str key, struct segment **out)
{
    struct blob_reader *blob = NULL;
    struct blob_info info = {0};

    TRY(blob_open(b->inner, b->store, &bucket, key, &blob, &info));
    return segment_open(b->inner, blob, info.bytes, b->compressor, out);
}

static bool same(const struct archived *a, const struct archived *b)
{
    return archived_order(a, b) == 0 && a->version == b->version && str_equal(a->state, b->state) &&
           str_equal(a->document, b->document);
}

// Whether the cursor gives exactly the items from `first` on.
static bool gives_rest(struct scope *s, struct bench *b, struct segment_cursor *c, size_t first)
{
    struct archived a = {0};
    bool more = true;

    for (size_t i = first; i < b->count; i++) {
        if (segment_next(s, c, &a, &more) != OK || !more || !same(&a, &b->items[i]))
            return false;
    }
    return segment_next(s, c, &a, &more) == OK && !more;
}

TEST(a_segment_gives_back_what_was_added_in_order)
{
    static const size_t counts[] = {1, 2, 60, 2500};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct bench *b = open_bench(s);
        struct segment *g = NULL;
        struct segment_cursor *c = NULL;
        make_items(s, b, counts[i], 4000);
        REQUIRE_OK(write_segment(s, b, str("a")));
        REQUIRE_OK(open_segment(b, str("a"), &g));
        REQUIRE_OK(segment_seek(s, g, (struct str){0}, (struct str){0}, (struct str){0}, &c));
        EXPECT(gives_rest(s, b, c, 0));
    }
}

TEST(a_segment_is_walked_from_any_place)
{
    struct bench *b = open_bench(s);
    struct segment *g = NULL;
    struct chance chance = chance_seeded(5);

    make_items(s, b, 1200, 3000);
    REQUIRE_OK(write_segment(s, b, str("a")));
    REQUIRE_OK(open_segment(b, str("a"), &g));
    for (unsigned i = 0; i < 30; i++) {
        size_t at = chance_below(&chance, b->count);
        size_t first = at;
        const struct archived *a = &b->items[at];
        struct segment_cursor *c = NULL;
        bool by_id = chance_coin(&chance);
        while (!by_id && first > 0 && str_equal(b->items[first - 1].client, a->client) &&
               str_equal(b->items[first - 1].date, a->date))
            first--;
        REQUIRE_OK(segment_seek(s, g, a->client, a->date, by_id ? a->id : (struct str){0}, &c));
        EXPECT(gives_rest(s, b, c, first));
    }
}

TEST(a_place_behind_the_last_receipt_has_nothing_after_it)
{
    struct bench *b = open_bench(s);
    struct segment *g = NULL;
    struct segment_cursor *c = NULL;

    make_items(s, b, 100, 100);
    REQUIRE_OK(write_segment(s, b, str("a")));
    REQUIRE_OK(open_segment(b, str("a"), &g));
    REQUIRE_OK(segment_seek(s, g, str("zeta/1"), (struct str){0}, (struct str){0}, &c));
    EXPECT(gives_rest(s, b, c, b->count));
}

TEST(a_receipt_is_found_by_id_and_costs_few_bytes)
{
    struct bench *b = open_bench(s);
    struct segment *g = NULL;
    struct archived a = {0};

    make_items(s, b, 3000, 3000);
    REQUIRE_OK(write_segment(s, b, str("a")));
    REQUIRE_OK(open_segment(b, str("a"), &g));
    REQUIRE_OK(segment_get(s, g, b->items[7].id, &a));
    EXPECT(segment_bytes_read(g) < 200000 && segment_bytes_read(g) < b->summary.bytes / 4);
    for (size_t i = 0; i < b->count; i += 37) {
        REQUIRE_OK(segment_get(s, g, b->items[i].id, &a));
        EXPECT(same(&a, &b->items[i]));
    }
    EXPECT(segment_get(s, g, str("01890a5d-ac96-774b-bcce-b302099a8057"), &a) == NOT_FOUND);
    EXPECT(segment_get(s, g, str("ffffffff-ac96-774b-bcce-b302099a8057"), &a) == NOT_FOUND);
    EXPECT(segment_get(s, g, str("no id"), &a) == NOT_FOUND);
}

TEST(a_segment_says_what_is_in_it)
{
    struct bench *b = open_bench(s);
    struct segment *g = NULL;

    make_items(s, b, 500, 100);
    REQUIRE_OK(write_segment(s, b, str("a")));
    REQUIRE_OK(open_segment(b, str("a"), &g));
    const struct segment_summary *read = segment_summary(g);
    EXPECT_EQUAL(read->count, 500);
    EXPECT_EQUAL(read->bytes, b->summary.bytes);
    EXPECT_STR(read->client_first, "acme/client-0");
    EXPECT_STR(read->client_last, "acme/client-6");
    EXPECT_STR(read->date_first, "2026-11-01");
    EXPECT_STR(read->date_last, "2026-11-30");
    EXPECT(str_equal(read->id_first, b->summary.id_first));
    EXPECT(str_equal(read->id_last, b->summary.id_last));
    EXPECT(str_compare(read->id_first, read->id_last) < 0);
}

TEST(a_receipt_longer_than_a_block_is_archived)
{
    struct bench *b = open_bench(s);
    struct segment *g = NULL;
    struct segment_cursor *c = NULL;

    make_items(s, b, 9, 900);
    char *large = scope_alloc(s, 600000);
    b->items[4].document = str_of(large, 600000);
    REQUIRE_OK(write_segment(s, b, str("a")));
    REQUIRE_OK(open_segment(b, str("a"), &g));
    REQUIRE_OK(segment_seek(s, g, (struct str){0}, (struct str){0}, (struct str){0}, &c));
    EXPECT(gives_rest(s, b, c, 0));
}

TEST(what_does_not_belong_into_a_segment_is_refused)
{
    struct bench *b = open_bench(s);
    struct blob_writer *blob = NULL;
    struct segment_writer *w = NULL;
    struct segment_summary m = {0};

    make_items(s, b, 3, 100);
    REQUIRE_OK(blob_create(s, b->store, &bucket, str("a"), NULL, &blob));
    REQUIRE_OK(segment_begin(s, blob, b->compressor, &w));
    EXPECT(segment_end(s, w, &m) == INVALID);
    REQUIRE_OK(segment_add(s, w, &b->items[1]));
    EXPECT(segment_add(s, w, &b->items[1]) == INVALID);
    EXPECT(segment_add(s, w, &b->items[0]) == INVALID);
    struct archived odd = b->items[2];
    odd.id = str("01890A5D-AC96-774B-BCCE-B302099A8057");
    EXPECT(segment_add(s, w, &odd) == INVALID);
    odd = b->items[2];
    odd.document = str_of(scope_alloc(s, SEGMENT_RECORD_BYTES_MAX), SEGMENT_RECORD_BYTES_MAX);
    EXPECT(segment_add(s, w, &odd) == TOO_LARGE);
    EXPECT_OK(segment_add(s, w, &b->items[2]));
    EXPECT_OK(segment_end(s, w, &m));
    EXPECT_EQUAL(m.count, 2);
}

// Reads everything; true when it is all there, and otherwise the failure names damage.
static bool all_or_corrupt(struct scope *s, struct bench *b, struct str key)
{
    struct segment *g = NULL;
    struct segment_cursor *c = NULL;
    struct archived a = {0};
    bool more = true;
    size_t count = 0;

    enum status e = open_segment(b, key, &g);
    if (e == OK)
        e = segment_seek(s, g, (struct str){0}, (struct str){0}, (struct str){0}, &c);
    for (; e == OK; count++) {
        e = segment_next(s, c, &a, &more);
        if (e == OK && !more)
            break;
        if (e == OK && (count == b->count || !same(&a, &b->items[count])))
            return false;
    }
    for (size_t i = 0; e == OK && i < b->count; i++)
        e = segment_get(s, g, b->items[i].id, &a);
    return e == CORRUPT || (e == OK && count == b->count);
}

TEST(a_damaged_segment_is_corrupt_and_never_wrong)
{
    struct bench *b = open_bench(s);
    struct str whole = {0};

    make_items(s, b, 120, 3000);
    REQUIRE_OK(write_segment(s, b, str("a")));
    REQUIRE_OK(blob_get(s, b->store, &bucket, str("a"), 0, SIZE_MAX, &whole));
    struct str damaged = str_copy(s, whole);
    char *bytes = scope_bytes(s, whole.bytes);
    for (size_t i = 0; i < whole.bytes; i += i + 3000 < whole.bytes ? 211 : 7) {
        memcpy(bytes, whole.data, whole.bytes);
        bytes[i] = (char)(bytes[i] ^ (1 << (i % 8)));
        REQUIRE_OK(blob_put(b->inner, b->store, &bucket, str("b"), str_of(bytes, whole.bytes), NULL,
                            NULL));
        EXPECT(all_or_corrupt(s, b, str("b")));
        scope_reset(b->inner);
    }
    for (size_t i = 0; i < whole.bytes; i += 997) { // cut short
        REQUIRE_OK(
            blob_put(b->inner, b->store, &bucket, str("b"), str_slice(damaged, 0, i), NULL, NULL));
        EXPECT(all_or_corrupt(s, b, str("b")));
        scope_reset(b->inner);
    }
}
