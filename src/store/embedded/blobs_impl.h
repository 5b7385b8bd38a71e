// What blobs.c, catalogue.c and sweep.c share.
#ifndef SHEAF_STORE_EMBEDDED_BLOBS_IMPL_H
#define SHEAF_STORE_EMBEDDED_BLOBS_IMPL_H

#include "store/backend_impl.h"
#include "store/embedded/blobs.h"
#include "store/embedded/frames.h"
#include "sys/thread.h"

#include <stdatomic.h>

enum { SHARDS = 256 };

struct writing {
    uint8_t id[FRAME_ID_BYTES];
    struct writing *next;
};

struct blobs {
    struct store *store;
    struct str directory;    // of the data folder
    struct mutex lock;       // guards what is below
    struct writing *writing; // files that are not to be swept although no record names them
    unsigned holds;
    bool made[SHARDS];
    unsigned next_shard; // of the sweeper
    uint64_t bytes[SHARDS];
};

// What the catalogue says of one blob.
struct entry {
    struct blob_info info;
    struct frame_key key;
    uint64_t version; // of the record; 0: there is none
    bool ended;       // by its lifecycle
};

// catalogue.c
// Fills in an entry; version 0 when there is none, also when it has ended.
enum status catalogue_find(struct scope *s, struct blobs *blobs, const struct bucket_def *bucket,
                           struct str key, struct entry *out);
// Puts or removes (`entry` without info.key) in place of `before`. Errors: CONFLICT, and then
// `before` is what stands there now.
enum status catalogue_put(struct scope *s, struct blobs *blobs, const struct bucket_def *bucket,
                          const struct entry *entry, struct entry *before);
enum status catalogue_remove(struct scope *s, struct blobs *blobs, const struct bucket_def *bucket,
                             struct entry *before);
// Whether a record names the file.
enum status catalogue_names(struct scope *s, struct blobs *blobs, const uint8_t id[FRAME_ID_BYTES],
                            bool *out);
// Reads an entry from its record. Errors: CORRUPT.
enum status catalogue_read(struct scope *s, const struct record *r, struct entry *out);

// blobs.c
struct str shard_path(struct scope *s, const struct blobs *blobs, unsigned shard);
struct str blob_path(struct scope *s, const struct blobs *blobs, const uint8_t id[FRAME_ID_BYTES]);
// Removes a file that no record names any more, unless a backup needs it; failures are left to the
// sweeper.
void blob_unlink(struct blobs *blobs, const uint8_t id[FRAME_ID_BYTES], uint64_t bytes);

#endif
