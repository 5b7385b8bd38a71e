// The catalogue of blobs: how an entry lies in its record, and the commits on it.
#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "store/embedded/blobs_impl.h"
#include "sys/world.h"

enum {
    FORMAT = 1,
    SHA256_BYTES = 32,
    US_PER_S = 1000000,
    TYPE_LENGTH_BYTES = 2,
    HEAD_BYTES = 1 + FRAME_ID_BYTES + AEAD_KEY_BYTES + 8 + SHA256_BYTES + 8 + TYPE_LENGTH_BYTES,
    ENTRY_BYTES_MAX = HEAD_BYTES + BLOB_METADATA_BYTES_MAX,
};

const struct table_def blob_catalogue = {
    .name = "blob_catalogue",
    .indexes = {{.name = "by_file", .partition_attribute = "file"}},
};

static void put_number(struct buf *b, uint64_t number, size_t bytes)
{
    while (bytes > 0)
        buf_put_byte(b, (char)(number >> (8 * --bytes)));
}

static uint64_t take_number(struct str *rest, size_t bytes)
{
    uint64_t number = 0;

    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | (uint8_t)rest->data[i];
    *rest = str_slice(*rest, bytes, rest->bytes);
    return number;
}

static void take_bytes(struct str *rest, void *out, size_t bytes)
{
    memcpy(out, rest->data, bytes);
    *rest = str_slice(*rest, bytes, rest->bytes);
}

static struct str write_entry(struct scope *s, const struct entry *e)
{
    struct buf b = buf_make(s, ENTRY_BYTES_MAX);

    buf_put_byte(&b, FORMAT);
    buf_put(&b, str_of(e->key.id, sizeof e->key.id));
    buf_put(&b, str_of(e->key.secret, sizeof e->key.secret));
    put_number(&b, e->info.bytes, 8);
    buf_put(&b, str_of(e->info.sha256, SHA256_BYTES));
    put_number(&b, (uint64_t)e->info.put_at_us, 8);
    put_number(&b, e->info.content_type.bytes, TYPE_LENGTH_BYTES);
    buf_put(&b, e->info.content_type);
    buf_put(&b, e->info.metadata);
    return buf_str(&b);
}

enum status catalogue_read(struct scope *s, const struct record *r, struct entry *out)
{
    struct str rest = r->content;

    if (rest.bytes < HEAD_BYTES || rest.data[0] != FORMAT)
        return fail(s, CORRUPT, "the record of a blob cannot be read");
    (void)take_number(&rest, 1);
    *out = (struct entry){.version = r->version, .info.key = r->sort};
    take_bytes(&rest, out->key.id, sizeof out->key.id);
    take_bytes(&rest, out->key.secret, sizeof out->key.secret);
    out->info.bytes = take_number(&rest, 8);
    take_bytes(&rest, out->info.sha256, SHA256_BYTES);
    out->info.put_at_us = (int64_t)take_number(&rest, 8);
    size_t type_bytes = (size_t)take_number(&rest, TYPE_LENGTH_BYTES);
    if (type_bytes > rest.bytes)
        return fail(s, CORRUPT, "the record of a blob cannot be read");
    out->info.content_type = str_slice(rest, 0, type_bytes);
    out->info.metadata = str_slice(rest, type_bytes, rest.bytes);
    return OK;
}

static enum status read_if_any(struct scope *s, struct blobs *blobs, const struct record *r,
                               struct entry *out)
{
    *out = (struct entry){0};
    if (!r)
        return OK;
    TRY(catalogue_read(s, r, out));
    out->ended = record_expired(r, world_now_us(store_world(blobs->store)));
    return OK;
}

enum status catalogue_find(struct scope *s, struct blobs *blobs, const struct bucket_def *bucket,
                           struct str key, struct entry *out)
{
    struct record r = {0};
    enum status e = record_get(s, blobs->store, &blob_catalogue, str(bucket->name), key, &r);

    if (e == NOT_FOUND)
        scope_forgive(s);
    else
        TRY(e);
    return read_if_any(s, blobs, e == OK ? &r : NULL, out);
}

// Commits; after a CONFLICT `before` is what stands there now.
static enum status commit(struct scope *s, struct blobs *blobs, struct change *c,
                          const struct bucket_def *bucket, struct str key, struct entry *before)
{
    enum status e = store_commit(s, blobs->store, c);

    if (e == CONFLICT)
        TRY(catalogue_find(s, blobs, bucket, key, before));
    return e;
}

// When the first lifecycle of the bucket that holds for the key ends it; 0: never.
static int64_t end_s(const struct bucket_def *bucket, const struct blob_info *info)
{
    int64_t first = 0;

    for (const struct lifecycle *l = bucket->lifecycles; l->prefix; l++) {
        int64_t end = (info->put_at_us + US_PER_S - 1) / US_PER_S + l->keep_s;
        if (str_starts(info->key, str(l->prefix)) && (first == 0 || end < first))
            first = end;
    }
    return first;
}

enum status catalogue_put(struct scope *s, struct blobs *blobs, const struct bucket_def *bucket,
                          const struct entry *entry, struct entry *before)
{
    struct attribute file = {str("file"),
                             hex_encode(s, str_of(entry->key.id, sizeof entry->key.id))};
    struct record r = {
        .partition = str(bucket->name),
        .sort = entry->info.key,
        .content = write_entry(s, entry),
        .expires_at_s = end_s(bucket, &entry->info),
        .attributes = &file,
        .attribute_count = 1,
    };
    struct change *c = change_new(s);

    change_put(c, &blob_catalogue, &r, if_version(before->version));
    return commit(s, blobs, c, bucket, entry->info.key, before);
}

enum status catalogue_remove(struct scope *s, struct blobs *blobs, const struct bucket_def *bucket,
                             struct entry *before)
{
    struct change *c = change_new(s);

    change_remove(c, &blob_catalogue, str(bucket->name), before->info.key,
                  if_version(before->version));
    return commit(s, blobs, c, bucket, before->info.key, before);
}

enum status catalogue_names(struct scope *s, struct blobs *blobs, const uint8_t id[FRAME_ID_BYTES],
                            bool *out)
{
    struct query q = {
        .table = &blob_catalogue,
        .index = "by_file",
        .partition = hex_encode(s, str_of(id, FRAME_ID_BYTES)),
        .keys_only = true,
        .limit = 1,
    };
    struct page page = {0};

    *out = true;
    do {
        TRY(record_query(s, blobs->store, &q, &page));
        q.cursor = page.cursor;
    } while (page.count == 0 && page.cursor.bytes);
    *out = page.count > 0;
    return OK;
}
