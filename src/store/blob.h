// Blobs: bytes under (bucket, key), with their SHA-256 and metadata. A blob appears only when it is
// whole, and is durable when blob_finish() or blob_put() returns OK: put blobs first, then commit
// the change that names them. Encrypted at rest with a key per blob.
#ifndef SHEAF_STORE_BLOB_H
#define SHEAF_STORE_BLOB_H

#include "store/store.h"

struct blob_writer;
struct blob_reader;

struct blob_info {
    struct str key;
    uint64_t bytes;
    uint8_t sha256[32];
    int64_t put_at_us;
    struct str content_type; // empty: none given
    struct str metadata;     // JSON object of the caller, or empty
};

struct blob_options {
    bool if_absent; // CONFLICT when there is one already (and it is left alone)
    struct str content_type;
    struct str metadata;
};

// Puts a blob whole; replaces what is there unless told otherwise. `out` may be NULL.
// Errors: CONFLICT; INVALID the key is not acceptable; TEMPORARY.
enum status blob_put(struct scope *s, struct store *store, const struct bucket_def *bucket,
                     struct str key, struct str data, const struct blob_options *options,
                     struct blob_info *out);

// Streams a blob: open, append, finish. A writer that is not finished leaves nothing behind; it is
// closed with the scope.
enum status blob_create(struct scope *s, struct store *store, const struct bucket_def *bucket,
                        struct str key, const struct blob_options *options,
                        struct blob_writer **out);
enum status blob_append(struct scope *s, struct blob_writer *w, struct str data);
enum status blob_finish(struct scope *s, struct blob_writer *w, struct blob_info *out);

// Reads what it is. Errors: NOT_FOUND.
enum status blob_head(struct scope *s, struct store *store, const struct bucket_def *bucket,
                      struct str key, struct blob_info *out);

// Reads `bytes` from `offset` into the scope, less at the end of the blob. Errors: NOT_FOUND;
// CORRUPT.
enum status blob_get(struct scope *s, struct store *store, const struct bucket_def *bucket,
                     struct str key, uint64_t offset, size_t bytes, struct str *out);

// Opens a blob for several reads at any place; closed with the scope. A blob that is removed or
// replaced meanwhile stays readable.
enum status blob_open(struct scope *s, struct store *store, const struct bucket_def *bucket,
                      struct str key, struct blob_reader **out, struct blob_info *info);
// Reads exactly `bytes` at `offset` into `out`. Errors: INVALID past the end; CORRUPT.
enum status blob_read_at(struct scope *s, struct blob_reader *r, uint64_t offset, void *out,
                         size_t bytes);

struct blob_page {
    struct blob_info *blobs;
    size_t count;
    struct str cursor;
};
// Lists by prefix in key order.
enum status blob_list(struct scope *s, struct store *store, const struct bucket_def *bucket,
                      struct str prefix, size_t limit, struct str cursor, struct blob_page *out);

// Errors: NOT_FOUND.
enum status blob_remove(struct scope *s, struct store *store, const struct bucket_def *bucket,
                        struct str key);

// Copies within the store, metadata included.
enum status blob_copy(struct scope *s, struct store *store, const struct bucket_def *from_bucket,
                      struct str from, const struct bucket_def *to_bucket, struct str to);

#endif
