// An archive segment: an immutable file of final receipts of one business month, sorted by client
// ("tenant/client"), date, id; compressed in blocks, every block with a checksum, with two indexes
// at its end (by client and date; by id) and a footer that says where they are. A segment lies in a
// blob; reading one receipt or one client's page touches the footer, a part of an index and the
// blocks that hold them, nothing else. The format stands in segment_impl.h.
//
// Writer, segment and cursor live in the scope they were made in; one thread at a time.
#ifndef SHEAF_SERVICES_RECEIPTS_SEGMENT_H
#define SHEAF_SERVICES_RECEIPTS_SEGMENT_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct blob_reader;
struct blob_writer;
struct compressor;
struct scope;

enum {
    SEGMENT_RECEIPTS_MAX = 1 << 21, // 48 bytes of memory each while it is written
    SEGMENT_TEXT_BYTES_MAX = 256,   // of client and of date
    SEGMENT_RECORD_BYTES_MAX = 2 << 20,
};

// One archived receipt. `state` is the JSON of receipt_states, `document` as it was sent (empty
// when it lies in a blob of its own, which the state names).
struct archived {
    struct str client; // "tenant/client"
    struct str date;
    struct str id;    // UUID
    uint64_t version; // of the state: the higher one wins
    struct str state;
    struct str document;
};

// Orders by client, date, id, as segments do.
int archived_order(const struct archived *a, const struct archived *b);

struct segment_summary {
    uint64_t count;
    uint64_t bytes;
    struct str client_first, client_last;
    struct str date_first, date_last;
    struct str id_first, id_last;
};

// Writing: add in order of (client, date, id), then end; the caller finishes the blob. About 1 MB
// and 50 bytes a receipt are in memory. Errors: INVALID out of order, or no UUID; TOO_LARGE past a
// limit above.
struct segment_writer;
enum status segment_begin(struct scope *s, struct blob_writer *blob, struct compressor *compressor,
                          struct segment_writer **out);
enum status segment_add(struct scope *s, struct segment_writer *w, const struct archived *a);
enum status segment_end(struct scope *s, struct segment_writer *w, struct segment_summary *out);
// How much has been written to the blob so far.
uint64_t segment_receipts_written(const struct segment_writer *w);
uint64_t segment_bytes_written(const struct segment_writer *w);

// Reading; the compressor without a dictionary. Errors: CORRUPT with the place of the block.
struct segment;
enum status segment_open(struct scope *s, struct blob_reader *blob, uint64_t bytes,
                         struct compressor *compressor, struct segment **out);
// What is in it; lives as long as the segment.
const struct segment_summary *segment_summary(const struct segment *g);
// NOT_FOUND when it is not in this segment. The result lives as long as the segment.
enum status segment_get(struct scope *s, struct segment *g, struct str id, struct archived *out);

// Walks forwards from (client, date, id), inclusive; empty texts: from the start. What next gives
// lives until the call after it. The cursor lives in the segment's scope.
struct segment_cursor;
enum status segment_seek(struct scope *s, struct segment *g, struct str client, struct str date,
                         struct str id, struct segment_cursor **out);
// `*more` is false behind the last.
enum status segment_next(struct scope *s, struct segment_cursor *c, struct archived *out,
                         bool *more);

// How many bytes of the blob have been read so far.
uint64_t segment_bytes_read(const struct segment *g);

#endif
