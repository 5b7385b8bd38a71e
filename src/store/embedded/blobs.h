// Blobs of the embedded store. The bytes of a blob lie in a file of encrypted frames (frames.h)
// under blobs/XX/, where XX are the last two digits of the file's id; everything else about it, the
// key of its frames included, is a record of the catalogue, which is a table like any other and so
// is encrypted at rest, in the backup's snapshot, and changed by commits.
//
// A file is written and flushed, then its name, then its record is committed: until then nobody
// sees the blob. Files that no record names (a crash in between, a blob replaced or removed) are
// removed at once where possible, and by the sweeper otherwise.
#ifndef SHEAF_STORE_EMBEDDED_BLOBS_H
#define SHEAF_STORE_EMBEDDED_BLOBS_H

#include "store/blob.h"
#include "store/record.h"

// The catalogue: one more table of the schema. Partition: bucket; sort: key.
extern const struct table_def blob_catalogue;

struct blobs;

// `directory` is the data folder, in which blobs/ exists; borrowed. The caller owns what it gets.
struct blobs *blobs_new(struct store *store, struct str directory);
void blobs_free(struct blobs *blobs);

// Returns those of an embedded store.
struct blobs *blobs_of(struct store *store);

// The operations of blob.h.
enum status blobs_create(struct scope *s, struct store *store, const struct bucket_def *bucket,
                         struct str key, const struct blob_options *options,
                         struct blob_writer **out);
enum status blobs_append(struct scope *s, struct blob_writer *w, struct str data);
enum status blobs_finish(struct scope *s, struct blob_writer *w, struct blob_info *out);
enum status blobs_head(struct scope *s, struct store *store, const struct bucket_def *bucket,
                       struct str key, struct blob_info *out);
enum status blobs_open(struct scope *s, struct store *store, const struct bucket_def *bucket,
                       struct str key, struct blob_reader **out, struct blob_info *info);
enum status blobs_read_at(struct scope *s, struct blob_reader *r, uint64_t offset, void *out,
                          size_t bytes);
enum status blobs_list(struct scope *s, struct store *store, const struct bucket_def *bucket,
                       struct str prefix, size_t limit, struct str cursor, struct blob_page *out);
enum status blobs_remove(struct scope *s, struct store *store, const struct bucket_def *bucket,
                         struct str key);

// Looks through one of the folders, and removes files that are older than BLOB_GRACE_S and that no
// record names. Called about once a minute.
enum { BLOB_GRACE_S = 3600 };
void blobs_tend(struct scope *s, struct blobs *blobs);

// Size of the files: as of the last time that the sweeper came by, and what happened since.
uint64_t blobs_bytes(struct blobs *blobs);

// While it is held, no file is removed: for a backup. Holds add up.
void blobs_hold(struct blobs *blobs);
void blobs_release(struct blobs *blobs);

#endif
