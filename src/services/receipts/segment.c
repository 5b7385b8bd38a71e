// Reading a segment: the footer and the directory when it is opened, index blocks and data blocks
// when they are needed. Every place that a block names is checked before it is believed.
#include "services/receipts/segment.h"

#include "core/scope.h"
#include "crypto/digest.h"
#include "services/receipts/segment_impl.h"
#include "store/blob.h"
#include "store/compress.h"

// The end of the blob is read in one go: the footer and, unless the segment is large, the directory
// and the indexes.
enum { TAIL_BYTES = 64 << 10 };

struct room {
    char *data;
    size_t size;
};

struct segment {
    struct scope *scope;
    struct blob_reader *blob;
    struct compressor *compressor;
    uint64_t frames_end; // where the directory begins
    uint64_t bytes_read;
    struct str tail;
    uint64_t tail_offset;
    struct room packed;
    struct segment_summary summary;
    struct segment_taker index_blocks; // of the directory
    const char *id_blocks;
    size_t id_block_count;
};

struct segment_cursor {
    struct segment *segment;
    struct segment_taker index_blocks; // that follow
    struct segment_taker index;
    struct segment_taker records;
    struct room index_room;
    struct room block_room;
    char id[UUID_TEXT_BYTES];
};

static char *room_of(struct scope *s, struct room *r, size_t bytes)
{
    if (r->size < bytes) {
        r->size = r->size * 2 < bytes ? bytes : r->size * 2;
        r->data = scope_bytes(s, r->size);
    }
    return r->data;
}

static enum status damaged(struct scope *s, struct location where)
{
    return fail(s, CORRUPT, "the segment is damaged at byte %llu, in a block of %zu bytes",
                (unsigned long long)where.offset, where.bytes);
}

// Gives bytes of the blob: a view of the tail, or read into the common room.
static enum status read_bytes(struct scope *s, struct segment *g, struct location where,
                              struct str *out)
{
    if (where.offset >= g->tail_offset) {
        *out = str_slice(g->tail, where.offset - g->tail_offset, where.bytes);
        return OK;
    }
    char *at = room_of(g->scope, &g->packed, where.bytes);
    TRY(blob_read_at(s, g->blob, where.offset, at, where.bytes));
    g->bytes_read += where.bytes;
    *out = str_of(at, where.bytes);
    return OK;
}

// Reads and unpacks a frame into the room.
static enum status read_frame(struct scope *s, struct segment *g, struct location where,
                              size_t bytes_max, struct room *room, struct str *out)
{
    struct str packed = {0};
    size_t bytes = 0;

    if (where.offset >= g->frames_end || where.bytes > g->frames_end - where.offset)
        return damaged(s, where);
    TRY(read_bytes(s, g, where, &packed));
    if (decompress_size(s, packed, bytes_max, &bytes) != OK)
        return damaged(s, where);
    char *plain = room_of(g->scope, room, bytes);
    if (decompress_block(s, g->compressor, packed, plain, bytes) != OK)
        return damaged(s, where);
    *out = str_of(plain, bytes);
    return OK;
}

static enum status read_tail(struct scope *s, struct segment *g, uint64_t bytes)
{
    size_t tail = bytes < TAIL_BYTES ? (size_t)bytes : TAIL_BYTES;
    char *at = scope_bytes(g->scope, tail);

    if (bytes < SEGMENT_FOOTER_BYTES || bytes >= SEGMENT_BYTES_MAX)
        return fail(s, CORRUPT, "%llu bytes are no segment", (unsigned long long)bytes);
    TRY(blob_read_at(s, g->blob, bytes - tail, at, tail));
    g->bytes_read += tail;
    g->tail = str_of(at, tail);
    g->tail_offset = bytes - tail;
    return OK;
}

static enum status read_footer(struct scope *s, struct segment *g, struct location *directory)
{
    struct str footer = str_slice(g->tail, g->tail.bytes - SEGMENT_FOOTER_BYTES, g->tail.bytes);
    struct segment_taker t = segment_taker_of(str_slice(footer, SEGMENT_MAGIC_BYTES, footer.bytes));
    uint8_t check[SHA256_BYTES];

    digest_sha256(str_slice(footer, 0, SEGMENT_CHECKED_BYTES), check);
    if (!str_starts(footer, str(SEGMENT_MAGIC)) ||
        memcmp(check, footer.data + SEGMENT_CHECKED_BYTES, SEGMENT_CHECK_BYTES) != 0)
        return fail(s, CORRUPT, "the segment's footer is damaged");
    uint64_t both = segment_take_u64(&t);
    uint64_t end = g->tail_offset + g->tail.bytes - SEGMENT_FOOTER_BYTES;
    *directory = (struct location){segment_take_u64(&t), (size_t)(both >> 32)};
    if ((uint32_t)both != SEGMENT_VERSION)
        return fail(s, CORRUPT, "the segment has version %u; this program reads %d", (uint32_t)both,
                    SEGMENT_VERSION);
    if (directory->offset > end || directory->bytes != end - directory->offset)
        return fail(s, CORRUPT, "the segment's footer names a directory beyond it");
    return OK;
}

static struct str take_id_text(struct scope *s, struct segment_taker *t)
{
    return uuid_to_str(s, segment_take_id(t));
}

static enum status read_directory(struct scope *s, struct segment *g, struct location where)
{
    struct segment_summary *m = &g->summary;
    struct room room = {0};
    struct str plain = {0};

    g->frames_end = where.offset + where.bytes;
    TRY(read_frame(s, g, where, SEGMENT_DIRECTORY_BYTES_MAX, &room, &plain));
    g->frames_end = where.offset;
    struct segment_taker t = segment_taker_of(plain);
    m->count = segment_take_varint(&t);
    m->client_first = segment_take_text(&t);
    m->client_last = segment_take_text(&t);
    m->date_first = segment_take_text(&t);
    m->date_last = segment_take_text(&t);
    m->id_first = take_id_text(g->scope, &t);
    m->id_last = take_id_text(g->scope, &t);
    uint64_t index_blocks = segment_take_varint(&t);
    g->index_blocks = t;
    for (uint64_t i = 0; i < index_blocks && !t.bad; i++) {
        (void)segment_take_location(&t);
        (void)segment_take_key(&t);
    }
    g->index_blocks.end = t.at;
    g->id_block_count = segment_take_varint(&t);
    g->id_blocks = t.at;
    bool fits = !t.bad && g->id_block_count == (size_t)(t.end - t.at) / SEGMENT_ID_ENTRY_BYTES &&
                (size_t)(t.end - t.at) % SEGMENT_ID_ENTRY_BYTES == 0;
    return fits ? OK : damaged(s, where);
}

enum status segment_open(struct scope *s, struct blob_reader *blob, uint64_t bytes,
                         struct compressor *compressor, struct segment **out)
{
    struct segment *g = scope_new(s, struct segment);
    struct location directory = {0};

    g->scope = s;
    g->blob = blob;
    g->compressor = compressor;
    TRY(read_tail(s, g, bytes));
    TRY(read_footer(s, g, &directory));
    TRY(read_directory(s, g, directory));
    g->summary.bytes = bytes;
    *out = g;
    return OK;
}

const struct segment_summary *segment_summary(const struct segment *g)
{
    return &g->summary;
}

uint64_t segment_bytes_read(const struct segment *g)
{
    return g->bytes_read;
}

// Takes the next record. False when its bytes are no record.
static bool take_record(struct segment_taker *t, struct uuid *id, struct archived *out)
{
    *id = segment_take_id(t);
    out->version = segment_take_varint(t);
    out->client = segment_take_text(t);
    out->date = segment_take_text(t);
    out->state = segment_take_text(t);
    out->document = segment_take_text(t);
    return !t->bad;
}

// Finds, among sorted entries of an id and a location, the last whose id is not above.
static bool find_id(const char *entries, size_t count, struct uuid id, struct uuid *found,
                    struct location *where)
{
    size_t from = 0;
    size_t end = count;

    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (memcmp(entries + middle * SEGMENT_ID_ENTRY_BYTES, id.bytes, UUID_BYTES) <= 0)
            from = middle + 1;
        else
            end = middle;
    }
    if (from == 0)
        return false;
    struct segment_taker t = segment_taker_of(
        str_of(entries + (from - 1) * SEGMENT_ID_ENTRY_BYTES, SEGMENT_ID_ENTRY_BYTES));
    *found = segment_take_id(&t);
    *where = segment_take_location(&t);
    return true;
}

static enum status find_record(struct scope *s, struct segment *g, struct uuid wanted,
                               struct location where, struct archived *out)
{
    struct room room = {0};
    struct str plain = {0};
    struct uuid id = {{0}};

    TRY(read_frame(s, g, where, SEGMENT_BLOCK_BYTES_MAX, &room, &plain));
    struct segment_taker t = segment_taker_of(plain);
    while (segment_has_more(&t) && take_record(&t, &id, out))
        if (uuid_compare(id, wanted) == 0)
            return OK;
    return damaged(s, where);
}

enum status segment_get(struct scope *s, struct segment *g, struct str id, struct archived *out)
{
    struct room room = {0};
    struct str plain = {0};
    struct uuid wanted = {{0}};
    struct uuid found = {{0}};
    struct location where = {0};

    *out = (struct archived){.id = id};
    if (!uuid_read(id, &wanted) ||
        !find_id(g->id_blocks, g->id_block_count, wanted, &found, &where))
        return fail(s, NOT_FOUND, "there is no receipt %.*s", STR(id));
    TRY(read_frame(s, g, where, SEGMENT_BLOCK_BYTES_MAX, &room, &plain));
    if (!find_id(plain.data, plain.bytes / SEGMENT_ID_ENTRY_BYTES, wanted, &found, &where) ||
        uuid_compare(found, wanted) != 0)
        return fail(s, NOT_FOUND, "there is no receipt %.*s", STR(id));
    return find_record(s, g, wanted, where, out);
}

static enum status load_index(struct scope *s, struct segment_cursor *c)
{
    struct location where = segment_take_location(&c->index_blocks);
    struct str plain = {0};

    (void)segment_take_key(&c->index_blocks);
    TRY(read_frame(s, c->segment, where, SEGMENT_BLOCK_BYTES_MAX, &c->index_room, &plain));
    c->index = segment_taker_of(plain);
    return OK;
}

static enum status load_block(struct scope *s, struct segment_cursor *c)
{
    struct location where = segment_take_location(&c->index);
    struct str plain = {0};

    (void)segment_take_key(&c->index);
    if (c->index.bad)
        return damaged(s, where);
    TRY(read_frame(s, c->segment, where, SEGMENT_BLOCK_BYTES_MAX, &c->block_room, &plain));
    c->records = segment_taker_of(plain);
    return OK;
}

// Leaves the taker at the last entry whose key is not above the wanted one, or at the first.
static void seek_entry(struct segment_taker *t, const struct segment_key *wanted)
{
    struct segment_taker before = *t;

    while (segment_has_more(t)) {
        struct segment_taker here = *t;
        (void)segment_take_location(t);
        struct segment_key key = segment_take_key(t);
        if (t->bad || segment_key_order(&key, wanted) > 0)
            break;
        before = here;
    }
    *t = before;
}

static enum status seek_record(struct scope *s, struct segment_cursor *c,
                               const struct segment_key *wanted)
{
    while (segment_has_more(&c->records)) {
        struct segment_taker here = c->records;
        struct archived a;
        struct segment_key key = {0};
        if (!take_record(&c->records, &key.id, &a))
            return fail(s, CORRUPT, "a block of the segment has a record that is none");
        key.client = a.client;
        key.date = a.date;
        if (segment_key_order(&key, wanted) >= 0) {
            c->records = here;
            return OK;
        }
    }
    return OK;
}

enum status segment_seek(struct scope *s, struct segment *g, struct str client, struct str date,
                         struct str id, struct segment_cursor **out)
{
    struct segment_cursor *c = scope_new(g->scope, struct segment_cursor);
    struct segment_key wanted = {.client = client, .date = date};

    if (id.bytes && !uuid_read(id, &wanted.id))
        return fail(s, INVALID, "%.*s is not the id of a receipt", STR(id));
    c->segment = g;
    c->index_blocks = g->index_blocks;
    *out = c;
    seek_entry(&c->index_blocks, &wanted);
    if (!segment_has_more(&c->index_blocks))
        return OK;
    TRY(load_index(s, c));
    seek_entry(&c->index, &wanted);
    if (!segment_has_more(&c->index))
        return OK;
    TRY(load_block(s, c));
    return seek_record(s, c, &wanted);
}

enum status segment_next(struct scope *s, struct segment_cursor *c, struct archived *out,
                         bool *more)
{
    struct uuid id = {{0}};

    *more = true;
    while (!segment_has_more(&c->records)) {
        if (segment_has_more(&c->index)) {
            TRY(load_block(s, c));
        } else if (segment_has_more(&c->index_blocks)) {
            TRY(load_index(s, c));
        } else {
            *more = false;
            return OK;
        }
    }
    if (!take_record(&c->records, &id, out))
        return fail(s, CORRUPT, "a block of the segment has a record that is none");
    uuid_write(id, c->id);
    out->id = str_of(c->id, UUID_TEXT_BYTES);
    return OK;
}
