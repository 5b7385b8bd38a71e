// A blob's way: file, flush, name, flush, record; and back from its record to its file.
#include "store/embedded/blobs.h"

#include "core/heap.h"
#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "store/embedded/blobs_impl.h"
#include "sys/file.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum { RACES_MAX = 100, UNLINK_BYTES_MAX = 1 << 16 };

struct embedded_writer {
    struct blob_writer writer; // first
    struct blobs *blobs;
    const struct bucket_def *bucket;
    struct entry entry;
    bool if_absent;
    struct frame_writer *frames;
    struct digest *digest;
    struct writing writing;
    bool is_listed; // among those that are being written
};

struct embedded_reader {
    struct blob_reader reader; // first
    struct frame_reader *frames;
    uint64_t bytes;
};

struct blobs *blobs_new(struct store *store, struct str directory)
{
    struct blobs *blobs = heap_new(struct blobs);

    blobs->store = store;
    blobs->directory = directory;
    mutex_init(&blobs->lock);
    return blobs;
}

void blobs_free(struct blobs *blobs)
{
    if (!blobs)
        return;
    assert(!blobs->writing);
    mutex_fini(&blobs->lock);
    free(blobs);
}

static unsigned shard_of(const uint8_t id[FRAME_ID_BYTES])
{
    return id[FRAME_ID_BYTES - 1]; // the last is by chance; the first are the time
}

struct str shard_path(struct scope *s, const struct blobs *blobs, unsigned shard)
{
    return str_format(s, "%.*s/blobs/%02x", STR(blobs->directory), shard);
}

struct str blob_path(struct scope *s, const struct blobs *blobs, const uint8_t id[FRAME_ID_BYTES])
{
    return str_concat(s, 3, shard_path(s, blobs, shard_of(id)), str("/"),
                      hex_encode(s, str_of(id, FRAME_ID_BYTES)));
}

static void count_bytes(struct blobs *blobs, const uint8_t id[FRAME_ID_BYTES], uint64_t more,
                        uint64_t less)
{
    uint64_t *bytes = &blobs->bytes[shard_of(id)];

    mutex_lock(&blobs->lock);
    *bytes += more;
    *bytes -= *bytes < less ? *bytes : less; // before the sweeper came by, it knew too little
    mutex_unlock(&blobs->lock);
}

void blob_unlink(struct blobs *blobs, const uint8_t id[FRAME_ID_BYTES], uint64_t bytes)
{
    struct scope *s = scope_open(UNLINK_BYTES_MAX);

    mutex_lock(&blobs->lock);
    bool held = blobs->holds > 0;
    mutex_unlock(&blobs->lock);
    if (!held && path_remove(s, store_world(blobs->store), blob_path(s, blobs, id)) == OK)
        count_bytes(blobs, id, 0, frames_file_bytes(bytes));
    scope_close(s);
}

void blobs_hold(struct blobs *blobs)
{
    mutex_lock(&blobs->lock);
    blobs->holds++;
    mutex_unlock(&blobs->lock);
}

void blobs_release(struct blobs *blobs)
{
    mutex_lock(&blobs->lock);
    assert(blobs->holds > 0);
    blobs->holds--;
    mutex_unlock(&blobs->lock);
}

uint64_t blobs_bytes(struct blobs *blobs)
{
    uint64_t bytes = 0;

    mutex_lock(&blobs->lock);
    for (unsigned i = 0; i < SHARDS; i++)
        bytes += blobs->bytes[i];
    mutex_unlock(&blobs->lock);
    return bytes;
}

// Makes the folder that the file will lie in, durably.
static enum status make_shard(struct scope *s, struct blobs *blobs, unsigned shard)
{
    struct world *w = store_world(blobs->store);

    mutex_lock(&blobs->lock);
    bool made = blobs->made[shard];
    mutex_unlock(&blobs->lock);
    if (made)
        return OK;
    TRY(directory_make(s, w, shard_path(s, blobs, shard)));
    TRY(directory_sync(s, w, str_concat(s, 2, blobs->directory, str("/blobs"))));
    mutex_lock(&blobs->lock);
    blobs->made[shard] = true;
    mutex_unlock(&blobs->lock);
    return OK;
}

static void stop_writing(void *opaque)
{
    struct embedded_writer *w = opaque;

    if (!w->is_listed) // it was finished before its scope ends; the store may be closed by now
        return;
    w->is_listed = false;
    mutex_lock(&w->blobs->lock);
    struct writing **at = &w->blobs->writing;
    while (*at != &w->writing)
        at = &(*at)->next;
    *at = w->writing.next;
    mutex_unlock(&w->blobs->lock);
}

static void start_writing(struct scope *s, struct embedded_writer *w)
{
    memcpy(w->writing.id, w->entry.key.id, sizeof w->writing.id);
    w->is_listed = true;
    mutex_lock(&w->blobs->lock);
    w->writing.next = w->blobs->writing;
    w->blobs->writing = &w->writing;
    mutex_unlock(&w->blobs->lock);
    scope_defer(s, stop_writing, w);
}

enum status blobs_create(struct scope *s, struct store *store, const struct bucket_def *bucket,
                         struct str key, const struct blob_options *options,
                         struct blob_writer **out)
{
    struct blobs *blobs = blobs_of(store);
    struct world *world = store_world(store);
    struct embedded_writer *w = scope_new(s, struct embedded_writer);

    w->writer.store = store;
    w->blobs = blobs;
    w->bucket = bucket;
    w->if_absent = options->if_absent;
    w->digest = digest_open(s, DIGEST_SHA256);
    w->entry.info.key = str_copy(s, key);
    w->entry.info.content_type = str_copy(s, options->content_type);
    w->entry.info.metadata = str_copy(s, options->metadata);
    world_uuid_bytes(world, w->entry.key.id);
    world_random(world, w->entry.key.secret, sizeof w->entry.key.secret);
    TRY(make_shard(s, blobs, shard_of(w->entry.key.id)));
    start_writing(s, w);
    TRY(frames_create(s, world, blob_path(s, blobs, w->entry.key.id), &w->entry.key, &w->frames));
    *out = &w->writer;
    return OK;
}

enum status blobs_append(struct scope *s, struct blob_writer *writer, struct str data)
{
    struct embedded_writer *w = (struct embedded_writer *)writer;

    digest_add(w->digest, data);
    return frames_append(s, w->frames, data);
}

static bool is_there(const struct entry *e)
{
    return e->version != 0 && !e->ended;
}

// Commits the entry; `before` is then what it replaced.
static enum status enter(struct scope *s, struct embedded_writer *w, struct entry *before)
{
    enum status e = CONFLICT;

    TRY(catalogue_find(s, w->blobs, w->bucket, w->entry.info.key, before));
    for (int i = 0; i < RACES_MAX && e == CONFLICT; i++) {
        if (w->if_absent && is_there(before))
            return fail(s, CONFLICT, "%s: there is a blob %.*s already", w->bucket->name,
                        STR(w->entry.info.key));
        e = catalogue_put(s, w->blobs, w->bucket, &w->entry, before);
    }
    return e;
}

static enum status finish_file(struct scope *s, struct embedded_writer *w)
{
    struct world *world = store_world(w->blobs->store);
    const uint8_t *id = w->entry.key.id;

    w->entry.info.bytes = frames_bytes(w->frames);
    w->entry.info.put_at_us = world_now_us(world);
    digest_finish(w->digest, w->entry.info.sha256);
    TRY(frames_finish(s, w->frames));
    count_bytes(w->blobs, id, frames_file_bytes(w->entry.info.bytes), 0);
    return directory_sync(s, world, shard_path(s, w->blobs, shard_of(id)));
}

enum status blobs_finish(struct scope *s, struct blob_writer *writer, struct blob_info *out)
{
    struct embedded_writer *w = (struct embedded_writer *)writer;
    struct entry before = {0};

    enum status e = finish_file(s, w);
    if (e == OK)
        e = enter(s, w, &before);
    stop_writing(w);
    if (e != OK && e != TIMEOUT) // after which a record may name it
        blob_unlink(w->blobs, w->entry.key.id, w->entry.info.bytes);
    TRY(e);
    if (before.version)
        blob_unlink(w->blobs, before.key.id, before.info.bytes);
    *out = w->entry.info;
    return OK;
}

static enum status find(struct scope *s, struct blobs *blobs, const struct bucket_def *bucket,
                        struct str key, struct entry *out)
{
    TRY(catalogue_find(s, blobs, bucket, key, out));
    if (!is_there(out))
        return fail(s, NOT_FOUND, "%s: there is no blob %.*s", bucket->name, STR(key));
    return OK;
}

enum status blobs_head(struct scope *s, struct store *store, const struct bucket_def *bucket,
                       struct str key, struct blob_info *out)
{
    struct entry entry = {0};

    TRY(find(s, blobs_of(store), bucket, key, &entry));
    *out = entry.info;
    return OK;
}

// The file may be removed between the look at its record and its opening: then there is another.
enum status blobs_open(struct scope *s, struct store *store, const struct bucket_def *bucket,
                       struct str key, struct blob_reader **out, struct blob_info *info)
{
    struct blobs *blobs = blobs_of(store);
    struct embedded_reader *r = scope_new(s, struct embedded_reader);
    struct entry entry = {0};
    enum status e = NOT_FOUND;

    for (uint64_t version = 0; e == NOT_FOUND; version = entry.version) {
        TRY(find(s, blobs, bucket, key, &entry));
        if (version == entry.version)
            return fail(s, CORRUPT, "%s: the file of blob %.*s is missing", bucket->name, STR(key));
        e = frames_open(s, store_world(store), blob_path(s, blobs, entry.key.id), &entry.key,
                        entry.info.bytes, &r->frames);
    }
    TRY(e);
    r->reader.store = store;
    r->bytes = entry.info.bytes;
    *out = &r->reader;
    *info = entry.info;
    return OK;
}

enum status blobs_read_at(struct scope *s, struct blob_reader *reader, uint64_t offset, void *out,
                          size_t bytes)
{
    struct embedded_reader *r = (struct embedded_reader *)reader;

    if (offset > r->bytes || bytes > r->bytes - offset)
        return fail(s, INVALID, "the blob ends before this");
    return frames_read(s, r->frames, offset, out, bytes);
}

// Returns the first key behind all that start with the prefix; empty: there is none.
static struct str behind(struct scope *s, struct str prefix)
{
    while (prefix.bytes && (uint8_t)prefix.data[prefix.bytes - 1] == 0xFF)
        prefix.bytes--;
    if (prefix.bytes == 0)
        return (struct str){0};
    char *copy = scope_bytes(s, prefix.bytes);
    memcpy(copy, prefix.data, prefix.bytes);
    copy[prefix.bytes - 1]++;
    return str_of(copy, prefix.bytes);
}

enum status blobs_list(struct scope *s, struct store *store, const struct bucket_def *bucket,
                       struct str prefix, size_t limit, struct str cursor, struct blob_page *out)
{
    int64_t now_us = world_now_us(store_world(store));
    struct query q = {
        .table = &blob_catalogue,
        .partition = str(bucket->name),
        .sort_from = prefix,
        .sort_to = behind(s, prefix),
        .limit = limit,
        .cursor = cursor,
    };
    struct page page = {0};

    TRY(record_query(s, store, &q, &page));
    out->blobs = scope_array(s, page.count, sizeof *out->blobs);
    for (size_t i = 0; i < page.count; i++) {
        struct entry entry = {0};
        if (record_expired(&page.records[i], now_us))
            continue;
        TRY(catalogue_read(s, &page.records[i], &entry));
        out->blobs[out->count++] = entry.info;
    }
    out->cursor = page.cursor;
    return OK;
}

enum status blobs_remove(struct scope *s, struct store *store, const struct bucket_def *bucket,
                         struct str key)
{
    struct blobs *blobs = blobs_of(store);
    struct entry entry = {0};
    enum status e = CONFLICT;

    TRY(catalogue_find(s, blobs, bucket, key, &entry));
    for (int i = 0; i < RACES_MAX && e == CONFLICT; i++) {
        if (!is_there(&entry))
            return fail(s, NOT_FOUND, "%s: there is no blob %.*s", bucket->name, STR(key));
        e = catalogue_remove(s, blobs, bucket, &entry);
    }
    TRY(e);
    blob_unlink(blobs, entry.key.id, entry.info.bytes);
    return OK;
}
