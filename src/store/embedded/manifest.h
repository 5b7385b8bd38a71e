// A backup is a folder:
//
//   sheaf.db        the database as of one moment, whole, without a log beside it
//   blobs/XX/ID     the files of the blobs that it names
//   keys/…          only when asked for
//   SHA256SUMS      "DIGEST  PATH" a line, as sha256sum writes and checks it
//   backup.json     when it was made, how much is in it, and the digest of SHA256SUMS; written
//   last:
//                   without it there is no backup
#ifndef SHEAF_STORE_EMBEDDED_MANIFEST_H
#define SHEAF_STORE_EMBEDDED_MANIFEST_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct world;

enum { MANIFEST_DIGEST_BYTES = 32 };

struct manifest {
    int64_t made_at_us;
    uint64_t database_bytes;
    uint64_t blobs;
    uint64_t blob_bytes; // of their files
};

// Writes SHA256SUMS line by line. Closed with the scope.
struct sums_writer;
enum status sums_create(struct scope *s, struct world *w, struct str folder,
                        struct sums_writer **out);
enum status sums_add(struct scope *s, struct sums_writer *sums, struct str path,
                     const uint8_t digest[MANIFEST_DIGEST_BYTES]);
// Finishes it and writes backup.json, durably.
enum status manifest_write(struct scope *s, struct sums_writer *sums, const struct manifest *m);

// Reads backup.json, and SHA256SUMS once to compare its digest. Errors: NOT_FOUND there is no
// backup; UNSUPPORTED a newer version made it; CORRUPT.
enum status manifest_read(struct scope *s, struct world *w, struct str folder,
                          struct manifest *out);

// Reads SHA256SUMS line by line; closed with the scope.
struct sums_reader;
enum status sums_open(struct scope *s, struct world *w, struct str folder,
                      struct sums_reader **out);
// `*got` is false at the end. The path lives until the next call; it is one that a backup has.
// Errors: CORRUPT the line is none, or its path leads elsewhere.
enum status sums_next(struct scope *s, struct sums_reader *sums, struct str *path,
                      uint8_t digest[MANIFEST_DIGEST_BYTES], bool *got);

#endif
