// Writing a segment, in one pass: data blocks go out as they fill; their places are remembered,
// packed, and written as the two indexes behind them.
#include "services/receipts/segment_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "store/blob.h"
#include "store/compress.h"

#include <assert.h>
#include <stdlib.h>

enum { IDS_ROOM_FIRST = 4096, INDEX_BLOCKS_FIRST = 64 };

// Where a record is, by its id.
struct id_entry {
    struct uuid id;
    struct location block;
};

// Bytes in memory that are used again and again; they grow in the scope.
struct room {
    char *data;
    size_t bytes; // used
    size_t size;
};

// An index block that waits, packed, for the data blocks to end.
struct waiting {
    struct str packed;
    struct segment_key first;
};

struct segment_writer {
    struct scope *scope;
    struct blob_writer *blob;
    struct compressor *compressor;
    uint64_t offset;
    uint64_t count;
    struct room block;
    struct room index;
    struct room packed;
    struct segment_key block_first;
    struct segment_key index_first;
    struct segment_key first;
    struct segment_key last;
    struct room texts[3]; // of those keys that outlive a block: block_first, index_first, last
    struct str date_first;
    struct str date_last;
    struct room dates[2];
    struct id_entry *ids; // heap, freed with the scope
    size_t ids_room;
    size_t ids_placed; // those whose block has been written
    struct waiting *waiting;
    size_t waiting_count;
    size_t waiting_room;
};

static void free_ids(void *writer)
{
    struct segment_writer *w = writer;

    free(w->ids);
}

enum status segment_begin(struct scope *s, struct blob_writer *blob, struct compressor *compressor,
                          struct segment_writer **out)
{
    struct segment_writer *w = scope_new(s, struct segment_writer);

    w->scope = s;
    w->blob = blob;
    w->compressor = compressor;
    scope_defer(s, free_ids, w);
    *out = w;
    return OK;
}

// Makes room for `bytes` more behind what is used.
static char *room_for(struct scope *s, struct room *r, size_t bytes)
{
    if (r->size - r->bytes < bytes) {
        size_t size = r->size * 2 < r->bytes + bytes ? r->bytes + bytes : r->size * 2;
        char *data = scope_bytes(s, size);
        assert(r->data || r->bytes == 0);
        if (r->bytes)
            memcpy(data, r->data, r->bytes);
        r->data = data;
        r->size = size;
    }
    return r->data + r->bytes;
}

// Keeps a copy of a text in memory that is used again.
static struct str keep_text(struct scope *s, struct room *r, struct str text)
{
    r->bytes = 0;
    char *at = room_for(s, r, text.bytes);
    if (text.bytes)
        memcpy(at, text.data, text.bytes);
    return str_of(at, text.bytes);
}

static struct segment_key keep_key(struct scope *s, struct room *r, const struct segment_key *key)
{
    r->bytes = 0;
    char *at = room_for(s, r, key->client.bytes + key->date.bytes);
    struct segment_key kept = {.id = key->id};

    if (key->client.bytes)
        memcpy(at, key->client.data, key->client.bytes);
    kept.client = str_of(at, key->client.bytes);
    at += key->client.bytes;
    if (key->date.bytes)
        memcpy(at, key->date.data, key->date.bytes);
    kept.date = str_of(at, key->date.bytes);
    return kept;
}

static struct segment_key copy_key(struct scope *s, const struct segment_key *key)
{
    return (struct segment_key){str_copy(s, key->client), str_copy(s, key->date), key->id};
}

static enum status append(struct scope *s, struct segment_writer *w, struct str bytes,
                          struct location *where)
{
    if (w->offset + bytes.bytes >= SEGMENT_BYTES_MAX)
        return fail(s, TOO_LARGE, "a segment is longer than 1 TiB");
    TRY(blob_append(s, w->blob, bytes));
    *where = (struct location){w->offset, bytes.bytes};
    w->offset += bytes.bytes;
    return OK;
}

static struct str pack(struct segment_writer *w, struct str plain)
{
    w->packed.bytes = 0;
    char *out = room_for(w->scope, &w->packed, compress_bound(plain.bytes));

    return str_of(out, compress_block(w->compressor, plain, out));
}

static void end_index_block(struct segment_writer *w)
{
    if (w->index.bytes == 0)
        return;
    if (w->waiting_count == w->waiting_room) {
        size_t room = w->waiting_room ? w->waiting_room * 2 : INDEX_BLOCKS_FIRST;
        struct waiting *grown = scope_array(w->scope, room, sizeof *grown);
        if (w->waiting_count)
            memcpy(grown, w->waiting, w->waiting_count * sizeof *grown);
        w->waiting = grown;
        w->waiting_room = room;
    }
    w->waiting[w->waiting_count++] = (struct waiting){
        str_copy(w->scope, pack(w, str_of(w->index.data, w->index.bytes))),
        copy_key(w->scope, &w->index_first),
    };
    w->index.bytes = 0;
}

static void add_index_entry(struct segment_writer *w, struct location where)
{
    const struct segment_key *key = &w->block_first;
    size_t most =
        8 + 2 * (size_t)VARINT_BYTES_MAX + key->client.bytes + key->date.bytes + UUID_BYTES;

    if (w->index.bytes + most > SEGMENT_INDEX_BLOCK_BYTES)
        end_index_block(w);
    if (w->index.bytes == 0)
        w->index_first = keep_key(w->scope, &w->texts[1], key);
    char *at = room_for(w->scope, &w->index, most);
    at = segment_put_key(segment_put_location(at, where), key);
    w->index.bytes = (size_t)(at - w->index.data);
}

static enum status end_block(struct scope *s, struct segment_writer *w)
{
    struct location where = {0};

    if (w->block.bytes == 0)
        return OK;
    TRY(append(s, w, pack(w, str_of(w->block.data, w->block.bytes)), &where));
    add_index_entry(w, where);
    for (; w->ids_placed < w->count; w->ids_placed++)
        w->ids[w->ids_placed].block = where;
    w->block.bytes = 0;
    return OK;
}

static void add_id(struct segment_writer *w, struct uuid id)
{
    if (w->count == w->ids_room) {
        w->ids_room = w->ids_room ? w->ids_room * 2 : IDS_ROOM_FIRST;
        w->ids = heap_resize(w->ids, w->ids_room, sizeof *w->ids);
    }
    w->ids[w->count++] = (struct id_entry){.id = id};
}

static void widen_dates(struct segment_writer *w, struct str date)
{
    if (w->count == 0 || str_compare(date, w->date_first) < 0)
        w->date_first = keep_text(w->scope, &w->dates[0], date);
    if (w->count == 0 || str_compare(date, w->date_last) > 0)
        w->date_last = keep_text(w->scope, &w->dates[1], date);
}

static enum status check_record(struct scope *s, const struct segment_writer *w,
                                const struct archived *a, struct segment_key *key, size_t *most)
{
    char canonical[UUID_TEXT_BYTES];

    *key = (struct segment_key){.client = a->client, .date = a->date};
    if (!uuid_read(a->id, &key->id))
        return fail(s, INVALID, "%.*s is not the id of a receipt", STR(a->id));
    uuid_write(key->id, canonical);
    if (!str_equal(a->id, str_of(canonical, UUID_TEXT_BYTES)))
        return fail(s, INVALID, "%.*s is not the id of a receipt", STR(a->id));
    if (w->count > 0 && segment_key_order(&w->last, key) >= 0)
        return fail(s, INVALID, "receipt %.*s is out of order in its segment", STR(a->id));
    if (w->count == SEGMENT_RECEIPTS_MAX)
        return fail(s, TOO_LARGE, "a segment has more than %d receipts", SEGMENT_RECEIPTS_MAX);
    if (a->client.bytes > SEGMENT_TEXT_BYTES_MAX || a->date.bytes > SEGMENT_TEXT_BYTES_MAX ||
        a->state.bytes + a->document.bytes > SEGMENT_RECORD_BYTES_MAX / 2)
        return fail(s, TOO_LARGE, "receipt %.*s is too long for a segment", STR(a->id));
    *most = UUID_BYTES + 5 * (size_t)VARINT_BYTES_MAX + a->client.bytes + a->date.bytes +
            a->state.bytes + a->document.bytes;
    return OK;
}

enum status segment_add(struct scope *s, struct segment_writer *w, const struct archived *a)
{
    struct segment_key key;
    size_t most = 0;

    TRY(check_record(s, w, a, &key, &most));
    if (w->block.bytes && w->block.bytes + most > SEGMENT_BLOCK_BYTES)
        TRY(end_block(s, w));
    if (w->block.bytes == 0)
        w->block_first = keep_key(w->scope, &w->texts[0], &key);
    if (w->count == 0)
        w->first = copy_key(w->scope, &key);
    widen_dates(w, a->date);
    w->last = keep_key(w->scope, &w->texts[2], &key);
    char *at = room_for(w->scope, &w->block, most);
    memcpy(at, key.id.bytes, UUID_BYTES);
    at = segment_put_varint(at + UUID_BYTES, a->version);
    at = segment_put_text(segment_put_text(at, a->client), a->date);
    at = segment_put_text(segment_put_text(at, a->state), a->document);
    w->block.bytes = (size_t)(at - w->block.data);
    add_id(w, key.id);
    return OK;
}

uint64_t segment_receipts_written(const struct segment_writer *w)
{
    return w->count;
}

uint64_t segment_bytes_written(const struct segment_writer *w)
{
    return w->offset;
}

static int id_entry_order(const void *a, const void *b)
{
    return uuid_compare(((const struct id_entry *)a)->id, ((const struct id_entry *)b)->id);
}

// Writes an index block and names it in the directory.
static enum status write_index_block(struct scope *s, struct segment_writer *w,
                                     const struct waiting *index, struct room *directory)
{
    struct location where = {0};
    size_t most = 8 + 2 * (size_t)VARINT_BYTES_MAX + index->first.client.bytes +
                  index->first.date.bytes + UUID_BYTES;

    TRY(append(s, w, index->packed, &where));
    char *at = room_for(w->scope, directory, most);
    at = segment_put_key(segment_put_location(at, where), &index->first);
    directory->bytes = (size_t)(at - directory->data);
    return OK;
}

// Writes an id block and names it in the directory.
static enum status write_id_block(struct scope *s, struct segment_writer *w,
                                  const struct id_entry *ids, size_t count, struct room *directory)
{
    struct location where = {0};

    w->block.bytes = 0;
    char *at = room_for(w->scope, &w->block, count * SEGMENT_ID_ENTRY_BYTES);
    for (size_t i = 0; i < count; i++) {
        memcpy(at, ids[i].id.bytes, UUID_BYTES);
        at = segment_put_location(at + UUID_BYTES, ids[i].block);
    }
    TRY(append(s, w, pack(w, str_of(w->block.data, count * SEGMENT_ID_ENTRY_BYTES)), &where));
    at = room_for(w->scope, directory, SEGMENT_ID_ENTRY_BYTES);
    memcpy(at, ids[0].id.bytes, UUID_BYTES);
    (void)segment_put_location(at + UUID_BYTES, where);
    directory->bytes += SEGMENT_ID_ENTRY_BYTES;
    return OK;
}

static void put_directory_head(struct segment_writer *w, struct room *directory)
{
    size_t most = 6 * (size_t)VARINT_BYTES_MAX + 2 * (size_t)UUID_BYTES + w->first.client.bytes +
                  w->last.client.bytes + w->date_first.bytes + w->date_last.bytes;
    char *at = room_for(w->scope, directory, most);

    at = segment_put_varint(at, w->count);
    at = segment_put_text(segment_put_text(at, w->first.client), w->last.client);
    at = segment_put_text(segment_put_text(at, w->date_first), w->date_last);
    memcpy(at, w->ids[0].id.bytes, UUID_BYTES);
    memcpy(at + UUID_BYTES, w->ids[w->count - 1].id.bytes, UUID_BYTES);
    directory->bytes = (size_t)(at + 2 * (size_t)UUID_BYTES - directory->data);
}

static void put_count(struct segment_writer *w, struct room *directory, uint64_t count)
{
    char *at = segment_put_varint(room_for(w->scope, directory, VARINT_BYTES_MAX), count);

    directory->bytes = (size_t)(at - directory->data);
}

static enum status write_footer(struct scope *s, struct segment_writer *w, struct location where)
{
    char footer[SEGMENT_FOOTER_BYTES];
    uint8_t check[SHA256_BYTES];
    char *at = footer;

    memcpy(at, SEGMENT_MAGIC, SEGMENT_MAGIC_BYTES);
    at = segment_put_u64(at + SEGMENT_MAGIC_BYTES,
                         (uint64_t)SEGMENT_VERSION | (uint64_t)where.bytes << 32);
    at = segment_put_u64(at, where.offset);
    digest_sha256(str_of(footer, SEGMENT_CHECKED_BYTES), check);
    memcpy(at, check, SEGMENT_CHECK_BYTES);
    return append(s, w, str_of(footer, sizeof footer), &where);
}

static void summarise(struct segment_writer *w, struct segment_summary *out)
{
    *out = (struct segment_summary){
        .count = w->count,
        .bytes = w->offset,
        .client_first = w->first.client,
        .client_last = w->last.client,
        .date_first = w->date_first,
        .date_last = w->date_last,
        .id_first = uuid_to_str(w->scope, w->ids[0].id),
        .id_last = uuid_to_str(w->scope, w->ids[w->count - 1].id),
    };
}

enum status segment_end(struct scope *s, struct segment_writer *w, struct segment_summary *out)
{
    struct room directory = {0};
    struct location where = {0};
    const size_t per_block = SEGMENT_IDS_PER_BLOCK;

    if (w->count == 0)
        return fail(s, INVALID, "a segment without a receipt");
    TRY(end_block(s, w));
    end_index_block(w);
    qsort(w->ids, w->count, sizeof *w->ids, id_entry_order);
    put_directory_head(w, &directory);
    put_count(w, &directory, w->waiting_count);
    for (size_t i = 0; i < w->waiting_count; i++)
        TRY(write_index_block(s, w, &w->waiting[i], &directory));
    put_count(w, &directory, (w->count + per_block - 1) / per_block);
    for (size_t i = 0; i < w->count; i += per_block)
        TRY(write_id_block(s, w, &w->ids[i], w->count - i < per_block ? w->count - i : per_block,
                           &directory));
    if (directory.bytes > SEGMENT_DIRECTORY_BYTES_MAX)
        return fail(s, TOO_LARGE, "the directory of a segment is longer than %d bytes",
                    SEGMENT_DIRECTORY_BYTES_MAX);
    TRY(append(s, w, pack(w, str_of(directory.data, directory.bytes)), &where));
    TRY(write_footer(s, w, where));
    summarise(w, out);
    return OK;
}
