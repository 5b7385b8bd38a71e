// Compression with zstd, whose one home this is: records and messages at rest, blocks of archive
// segments. A compressor holds what may be reused: the digested dictionary and working memory for
// as many threads as ever used it at once. Any thread may use it.
//
// A dictionary is a sample of typical content; it makes short texts several times smaller. What
// was packed with one can only be unpacked with the same one.
#ifndef SHEAF_STORE_COMPRESS_H
#define SHEAF_STORE_COMPRESS_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct compressor;

enum {
    COMPRESS_LEVEL_FAST = 1,
    COMPRESS_LEVEL_DENSE = 9, // about ten times slower: for what is written once and kept
    COMPRESS_BYTES_MAX = 1 << 30,
};

// Makes a compressor; the dictionary (empty: none) is copied. The caller owns it.
struct compressor *compressor_new(struct str dictionary, int level);
// NULL is fine.
void compressor_free(struct compressor *c);

// Packs `plain` into the scope. Returns false, and nothing, when it would not become smaller.
bool compress(struct scope *s, struct compressor *c, struct str plain, struct str *out);
// As compress(), into `out`, which has room for plain.bytes. Returns the packed size, or 0.
size_t compress_into(struct compressor *c, struct str plain, char *out);

// Unpacks into the scope. Errors: CORRUPT not packed with this dictionary, or altered; TOO_LARGE
// more than `bytes_max`.
enum status decompress(struct scope *s, struct compressor *c, struct str packed, size_t bytes_max,
                       struct str *out);

// For who keeps memory of its own, as a stream of blocks does: packs into `out`, which has room for
// compress_bound(plain.bytes), also when that is longer, with a checksum of what was packed.
// Returns how many bytes it takes.
size_t compress_block(struct compressor *c, struct str plain, char *out);
size_t compress_bound(size_t bytes);

// Reads how many bytes a packed block unpacks to. Errors: CORRUPT; TOO_LARGE.
enum status decompress_size(struct scope *s, struct str packed, size_t bytes_max, size_t *out);

// Unpacks a block into `out`, which has room for `bytes`, exactly as many. Errors: CORRUPT altered,
// or another length.
enum status decompress_block(struct scope *s, struct compressor *c, struct str packed, char *out,
                             size_t bytes);

#endif
