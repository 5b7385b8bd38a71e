// Archive segments: whatever bytes lie in the blob are read, or refused as CORRUPT. Their checks
// are mended first where the input is long enough, so that what lies behind them is reached, too.
#include "services/receipts/segment.h"

#include "crypto/digest.h"
#include "store/blob.h"
#include "store/compress.h"
#include "store/memory/memory.h"
#include "sys/world.h"
#include "test/fuzz/fuzz.h"

enum { FOOTER_BYTES = 32, CHECKED_BYTES = 24, CHECK_BYTES = 8 };

static const struct bucket_def bucket = {.name = "segments"};
static const struct store_schema schema = {
    .tables = (const struct table_def *const[]){NULL},
    .queues = (const struct queue_def *const[]){NULL},
    .buckets = (const struct bucket_def *const[]){&bucket, NULL},
};

// A segment of which the input is all between the magic and the check: the directory, packed here,
// and the blocks.
static struct str wrap(struct scope *s, struct str input, struct compressor *c)
{
    size_t split = input.bytes ? (uint8_t)input.data[0] * (input.bytes - 1) / 255 : 0;
    struct str blocks = str_slice(input, 1, split);
    struct str plain = str_slice(input, 1 + split, input.bytes);
    char *packed = scope_bytes(s, compress_bound(plain.bytes));
    size_t packed_bytes = compress_block(c, plain, packed);
    char *footer = scope_alloc(s, FOOTER_BYTES);
    uint8_t check[SHA256_BYTES];

    memcpy(footer, "SheafSeg\1", 9);
    for (unsigned i = 0; i < 4; i++)
        footer[12 + i] = (char)(packed_bytes >> (8 * i));
    for (unsigned i = 0; i < 8; i++)
        footer[16 + i] = (char)((uint64_t)blocks.bytes >> (8 * i));
    digest_sha256(str_of(footer, CHECKED_BYTES), check);
    memcpy(footer + CHECKED_BYTES, check, CHECK_BYTES);
    return str_concat(s, 3, blocks, str_of(packed, packed_bytes), str_of(footer, FOOTER_BYTES));
}

static void read_all(struct scope *s, struct store *store, struct compressor *c)
{
    struct blob_reader *blob = NULL;
    struct blob_info info = {0};
    struct segment *g = NULL;
    struct segment_cursor *cursor = NULL;
    struct archived a = {0};
    bool more = true;

    enum status e = blob_open(s, store, &bucket, str("a"), &blob, &info);
    assert(e == OK);
    e = segment_open(s, blob, info.bytes, c, &g);
    assert(e == OK || e == CORRUPT);
    if (e != OK)
        return;
    (void)segment_get(s, g, str("01890a5d-ac96-774b-bcce-b302099a8057"), &a);
    (void)segment_get(s, g, segment_summary(g)->id_first, &a);
    e = segment_seek(s, g, str("acme/1"), str("2026-11-01"), (struct str){0}, &cursor);
    for (unsigned i = 0; e == OK && more && i < 10000; i++)
        e = segment_next(s, cursor, &a, &more);
    assert(e == OK || e == CORRUPT);
}

FUZZ
{
    struct store *store = memory_open(world_real(), &schema, 1, MEMORY_KIND);
    struct compressor *c = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    struct scope *inner = scope_open(FUZZ_SCOPE_BYTES_MAX);
    bool raw = input.bytes && input.data[0] == 0;
    struct str bytes = raw ? str_slice(input, 1, input.bytes) : wrap(s, input, c);

    enum status e = blob_put(s, store, &bucket, str("a"), bytes, NULL, NULL);
    assert(e == OK);
    read_all(inner, store, c);
    scope_close(inner);
    compressor_free(c);
    store_close(store);
}
