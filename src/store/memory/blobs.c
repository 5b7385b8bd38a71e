// Buckets: blobs in key order. A reader holds its blob, so that it outlives replacement.
#include "store/memory/operations_impl.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "sys/world.h"

#include <stdlib.h>

enum { BLOB_BYTES_MAX = 1 << 30, KEEPS_ONE_IN = 2 };

struct memory_writer {
    struct blob_writer writer; // first
    const struct bucket_def *bucket;
    struct str key;
    struct blob_options options;
    struct buf data;
};

struct memory_reader {
    struct blob_reader reader; // first
    struct memory_blob *blob;
};

static int blob_order(const void *item, const void *key)
{
    return str_compare(((const struct memory_blob *)item)->info.key, *(const struct str *)key);
}

static struct memory_blob *blob_find(const struct memory_bucket *b, struct str key, size_t *at)
{
    *at = list_find(&b->blobs, &key, blob_order);
    if (*at == b->blobs.count || blob_order(b->blobs.items[*at], &key) != 0)
        return NULL;
    return b->blobs.items[*at];
}

static void blob_give(struct memory_blob *blob)
{
    if (--blob->references == 0)
        free(blob);
}

void bucket_fini(struct memory_bucket *b)
{
    for (size_t i = 0; i < b->blobs.count; i++)
        blob_give(b->blobs.items[i]);
    free(b->blobs.items);
}

static struct blob_info copy_info(struct scope *s, const struct blob_info *info)
{
    struct blob_info copy = *info;

    copy.key = str_copy(s, info->key);
    copy.content_type = str_copy(s, info->content_type);
    copy.metadata = str_copy(s, info->metadata);
    return copy;
}

static enum status no_blob(struct scope *s, const struct bucket_def *bucket, struct str key)
{
    return fail(s, NOT_FOUND, "%s: there is no blob %.*s", bucket->name, STR(key));
}

enum status memory_blob_create(struct scope *s, struct store *store,
                               const struct bucket_def *bucket, struct str key,
                               const struct blob_options *options, struct blob_writer **out)
{
    struct memory_writer *w = scope_new(s, struct memory_writer);

    *w = (struct memory_writer){
        .writer = {store},
        .bucket = bucket,
        .key = str_copy(s, key),
        .options = *options,
        .data = buf_make(s, BLOB_BYTES_MAX),
    };
    w->options.content_type = str_copy(s, options->content_type);
    w->options.metadata = str_copy(s, options->metadata);
    *out = &w->writer;
    return OK;
}

enum status memory_blob_append(struct scope *s, struct blob_writer *writer, struct str data)
{
    struct memory_writer *w = (struct memory_writer *)writer;

    buf_put(&w->data, data);
    return w->data.overflow ? fail(s, TEMPORARY, "the store in memory is full") : OK;
}

static struct memory_blob *pack_blob(const struct memory_writer *w, int64_t now_us)
{
    struct str data = buf_str(&w->data);
    struct block b =
        block_new(sizeof(struct memory_blob), w->key.bytes + w->options.content_type.bytes +
                                                  w->options.metadata.bytes + data.bytes);
    struct memory_blob *blob = b.object;

    blob->info = (struct blob_info){
        .key = block_pack(&b, w->key),
        .bytes = data.bytes,
        .put_at_us = now_us,
        .content_type = block_pack(&b, w->options.content_type),
        .metadata = block_pack(&b, w->options.metadata),
    };
    digest_sha256(data, blob->info.sha256);
    blob->data = block_pack(&b, data).data;
    blob->references = 1;
    return blob;
}

enum status memory_blob_finish(struct scope *s, struct blob_writer *writer, struct blob_info *out)
{
    struct memory_writer *w = (struct memory_writer *)writer;
    struct memory_blob *blob = pack_blob(w, world_now_us(writer->store->world));
    struct memory *m = memory_enter(writer->store);
    struct list *blobs = &memory_bucket(m, w->bucket)->blobs;
    size_t at = 0;
    struct memory_blob *before = blob_find(memory_bucket(m, w->bucket), w->key, &at);
    bool refused = before && w->options.if_absent;
    bool halted = memory_halts(m);

    *out = copy_info(s, &blob->info);
    if (refused || halted) {
        blob_give(blob);
    } else if (before) {
        blob_give(before);
        blobs->items[at] = blob;
    } else {
        list_insert(blobs, at, blob);
    }
    memory_leave(m);
    if (halted)
        return fail(s, TEMPORARY, "the disk is full, for a moment");
    return refused
               ? fail(s, CONFLICT, "%s: there is a blob %.*s already", w->bucket->name, STR(w->key))
               : OK;
}

enum status memory_blob_head(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str key, struct blob_info *out)
{
    struct memory *m = memory_enter(store);
    size_t at = 0;
    const struct memory_blob *blob = blob_find(memory_bucket(m, bucket), key, &at);

    if (blob)
        *out = copy_info(s, &blob->info);
    memory_leave(m);
    return blob ? OK : no_blob(s, bucket, key);
}

static void close_reader(void *opaque)
{
    struct memory_reader *r = opaque;
    struct memory *m = memory_enter(r->reader.store);

    blob_give(r->blob);
    memory_leave(m);
}

enum status memory_blob_open(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str key, struct blob_reader **out, struct blob_info *info)
{
    struct memory_reader *r = scope_new(s, struct memory_reader);
    struct memory *m = memory_enter(store);
    size_t at = 0;
    struct memory_blob *blob = blob_find(memory_bucket(m, bucket), key, &at);

    if (blob) {
        blob->references++;
        *info = copy_info(s, &blob->info);
    }
    memory_leave(m);
    if (!blob)
        return no_blob(s, bucket, key);
    *r = (struct memory_reader){{store}, blob};
    scope_defer(s, close_reader, r);
    *out = &r->reader;
    return OK;
}

enum status memory_blob_read_at(struct scope *s, struct blob_reader *reader, uint64_t offset,
                                void *out, size_t bytes)
{
    const struct memory_blob *blob = ((struct memory_reader *)reader)->blob;

    if (offset > blob->info.bytes || bytes > blob->info.bytes - offset)
        return fail(s, INVALID, "blob %.*s ends before this", STR(blob->info.key));
    if (bytes)
        memcpy(out, blob->data + offset, bytes);
    return OK;
}

enum status memory_blob_list(struct scope *s, struct store *store, const struct bucket_def *bucket,
                             struct str prefix, size_t limit, struct str cursor,
                             struct blob_page *out)
{
    struct memory *m = memory_enter(store);
    const struct list *blobs = &memory_bucket(m, bucket)->blobs;
    struct str after = str_slice(cursor, 1, cursor.bytes); // behind a mark: it may be empty
    size_t at = list_find(blobs, after.bytes ? &after : &prefix, blob_order);

    limit = memory_page_size(m, limit);
    out->blobs = scope_array(s, limit < blobs->count ? limit : blobs->count, sizeof *out->blobs);
    for (; at < blobs->count; at++) {
        const struct memory_blob *blob = blobs->items[at];
        if (!str_starts(blob->info.key, prefix))
            break;
        if (after.bytes && str_equal(blob->info.key, after))
            continue;
        if (out->count == limit) {
            out->cursor = str_concat(s, 2, str(">"), after);
            break;
        }
        out->blobs[out->count++] = copy_info(s, &blob->info);
        after = blob->info.key;
    }
    memory_leave(m);
    return OK;
}

enum status memory_blob_remove(struct scope *s, struct store *store,
                               const struct bucket_def *bucket, struct str key)
{
    struct memory *m = memory_enter(store);
    struct memory_bucket *b = memory_bucket(m, bucket);
    size_t at = 0;
    bool found = blob_find(b, key, &at) != NULL;
    bool halted = memory_halts(m);

    if (found && !halted)
        blob_give(list_remove(&b->blobs, at));
    memory_leave(m);
    if (halted)
        return fail(s, TEMPORARY, "the disk does not answer, for a moment");
    return found ? OK : no_blob(s, bucket, key);
}

static bool is_over(const struct bucket_def *bucket, const struct blob_info *info, int64_t now_us)
{
    for (const struct lifecycle *l = bucket->lifecycles; l->prefix; l++) {
        if (str_starts(info->key, str(l->prefix)) &&
            info->put_at_us + l->keep_s * US_PER_S <= now_us)
            return true;
    }
    return false;
}

void bucket_tend(struct memory *m, struct memory_bucket *b)
{
    int64_t now_us = world_now_us(m->store.world);
    size_t kept = 0;

    for (size_t i = 0; i < b->blobs.count; i++) {
        struct memory_blob *blob = b->blobs.items[i];
        if (is_over(b->def, &blob->info, now_us) && !memory_chance(m, MEMORY_KEEPS, KEEPS_ONE_IN))
            blob_give(blob);
        else
            b->blobs.items[kept++] = blob;
    }
    b->blobs.count = kept;
}
