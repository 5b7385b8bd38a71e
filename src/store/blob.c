// Blobs: limits, then the backend; and what can be said with the backend's operations alone.
#include "store/blob.h"

#include "core/scope.h"
#include "store/backend_impl.h"

enum { COPY_BYTES = 256 * 1024, BRIEF_BYTES_MAX = 1 << 30 };

static enum status check_key(struct scope *s, const struct bucket_def *bucket, struct str key)
{
    if (key.bytes == 0 || key.bytes > BLOB_KEY_BYTES_MAX)
        return fail(s, INVALID, "%s: a key has 1 to %d bytes", bucket->name, BLOB_KEY_BYTES_MAX);
    return OK;
}

enum status blob_create(struct scope *s, struct store *store, const struct bucket_def *bucket,
                        struct str key, const struct blob_options *options,
                        struct blob_writer **out)
{
    static const struct blob_options plain = {0};

    if (!options)
        options = &plain;
    TRY(check_key(s, bucket, key));
    if (options->content_type.bytes + options->metadata.bytes > BLOB_METADATA_BYTES_MAX)
        return fail(s, INVALID, "%s: content type and metadata are longer than %d bytes",
                    bucket->name, BLOB_METADATA_BYTES_MAX);
    return store->ops->blob_create(s, store, bucket, key, options, out);
}

enum status blob_append(struct scope *s, struct blob_writer *w, struct str data)
{
    return w->store->ops->blob_append(s, w, data);
}

enum status blob_finish(struct scope *s, struct blob_writer *w, struct blob_info *out)
{
    struct blob_info ignored;

    return w->store->ops->blob_finish(s, w, out ? out : &ignored);
}

enum status blob_put(struct scope *s, struct store *store, const struct bucket_def *bucket,
                     struct str key, struct str data, const struct blob_options *options,
                     struct blob_info *out)
{
    struct blob_writer *w = NULL;

    TRY(blob_create(s, store, bucket, key, options, &w));
    TRY(blob_append(s, w, data));
    return blob_finish(s, w, out);
}

enum status blob_head(struct scope *s, struct store *store, const struct bucket_def *bucket,
                      struct str key, struct blob_info *out)
{
    TRY(check_key(s, bucket, key));
    return store->ops->blob_head(s, store, bucket, key, out);
}

enum status blob_open(struct scope *s, struct store *store, const struct bucket_def *bucket,
                      struct str key, struct blob_reader **out, struct blob_info *info)
{
    struct blob_info ignored;

    TRY(check_key(s, bucket, key));
    return store->ops->blob_open(s, store, bucket, key, out, info ? info : &ignored);
}

enum status blob_read_at(struct scope *s, struct blob_reader *r, uint64_t offset, void *out,
                         size_t bytes)
{
    return r->store->ops->blob_read_at(s, r, offset, out, bytes);
}

// The part that is there, of a reader that ends with `inner`; its bytes are the caller's.
static enum status get_part(struct scope *inner, struct scope *s, struct store *store,
                            const struct bucket_def *bucket, struct str key, uint64_t offset,
                            size_t bytes, struct str *out)
{
    struct blob_reader *r = NULL;
    struct blob_info info;

    TRY(blob_open(inner, store, bucket, key, &r, &info));
    uint64_t left = offset < info.bytes ? info.bytes - offset : 0;
    if (bytes > left)
        bytes = (size_t)left;
    char *data = scope_bytes(s, bytes);
    TRY(blob_read_at(inner, r, offset < info.bytes ? offset : info.bytes, data, bytes));
    *out = str_of(data, bytes);
    return OK;
}

// Closes what was opened for one call, and passes on what went wrong.
static enum status end_brief(struct scope *inner, struct scope *s, enum status e)
{
    if (e != OK)
        e = fail(s, e, "%.*s", STR(scope_why(inner)));
    scope_close(inner);
    return e;
}

enum status blob_get(struct scope *s, struct store *store, const struct bucket_def *bucket,
                     struct str key, uint64_t offset, size_t bytes, struct str *out)
{
    struct scope *inner = scope_open(BRIEF_BYTES_MAX);

    return end_brief(inner, s, get_part(inner, s, store, bucket, key, offset, bytes, out));
}

enum status blob_list(struct scope *s, struct store *store, const struct bucket_def *bucket,
                      struct str prefix, size_t limit, struct str cursor, struct blob_page *out)
{
    *out = (struct blob_page){0};
    if (prefix.bytes > BLOB_KEY_BYTES_MAX)
        return fail(s, INVALID, "%s: a prefix is longer than %d bytes", bucket->name,
                    BLOB_KEY_BYTES_MAX);
    if (limit == 0 || limit > QUERY_LIMIT_MAX)
        return fail(s, INVALID, "%s: a page has 1 to %d blobs", bucket->name, QUERY_LIMIT_MAX);
    return store->ops->blob_list(s, store, bucket, prefix, limit, cursor, out);
}

enum status blob_remove(struct scope *s, struct store *store, const struct bucket_def *bucket,
                        struct str key)
{
    TRY(check_key(s, bucket, key));
    return store->ops->blob_remove(s, store, bucket, key);
}

static enum status copy_all(struct scope *s, struct store *store,
                            const struct bucket_def *from_bucket, struct str from,
                            const struct bucket_def *to_bucket, struct str to)
{
    struct blob_reader *r = NULL;
    struct blob_writer *w = NULL;
    struct blob_info info;

    TRY(blob_open(s, store, from_bucket, from, &r, &info));
    struct blob_options options = {.content_type = info.content_type, .metadata = info.metadata};
    TRY(blob_create(s, store, to_bucket, to, &options, &w));
    char *piece = scope_bytes(s, COPY_BYTES);
    for (uint64_t at = 0; at < info.bytes; at += COPY_BYTES) {
        size_t bytes = info.bytes - at < COPY_BYTES ? (size_t)(info.bytes - at) : COPY_BYTES;
        TRY(blob_read_at(s, r, at, piece, bytes));
        TRY(blob_append(s, w, str_of(piece, bytes)));
    }
    return blob_finish(s, w, NULL);
}

enum status blob_copy(struct scope *s, struct store *store, const struct bucket_def *from_bucket,
                      struct str from, const struct bucket_def *to_bucket, struct str to)
{
    struct scope *inner = scope_open(BRIEF_BYTES_MAX);

    return end_brief(inner, s, copy_all(inner, store, from_bucket, from, to_bucket, to));
}
