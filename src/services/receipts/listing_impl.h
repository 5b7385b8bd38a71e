// What a listing is made of: hot receipts, chunk by chunk, and the cursor that a page ends with.
//
// A listing goes on in rounds. Each reads a chunk of hot receipts first and takes a snapshot of the
// catalogue then: what left the hot tables before it was read lies in a segment of the snapshot,
// since it is catalogued before it is deleted. So nothing is missed, and what is in both is seen
// twice side by side.
#ifndef SHEAF_SERVICES_RECEIPTS_LISTING_IMPL_H
#define SHEAF_SERVICES_RECEIPTS_LISTING_IMPL_H

#include "services/receipts/archive_impl.h"

enum { HOT_CHUNK_MAX = 10001 }; // a page, and one to see whether more follow

// Whether the date lies within the query's.
bool listing_wants_date(const struct listing_query *q, struct str date);

// The place of a receipt, kept in memory of its own.
struct place {
    bool started;        // false: before the first
    struct archived key; // views `text`
    char text[2 * SEGMENT_TEXT_BYTES_MAX + UUID_TEXT_BYTES];
};
void place_set(struct place *p, const struct archived *key);

// What a page's cursor says: behind which receipt to go on, and where the hot chunk began.
enum status listing_cursor_read(struct scope *s, const struct listing_query *q, struct place *at,
                                struct str *hot_cursor);
struct str listing_cursor_write(struct scope *s, const struct listing_query *q,
                                const struct place *at, struct str hot_cursor);

// Hot receipts of a query in the order of the listing. The helper reads half of them.
struct hot_source;
struct helper;
struct hot_chunk {
    struct archived *items;
    size_t count;
    bool more;                   // others may follow
    const struct archived *last; // of those that were looked at; NULL: none. With `more`, the round
                                 // ends here.
    uint64_t rows;               // that were read
};
enum status hot_open(struct scope *s, struct archive *a, const struct listing_query *q,
                     struct helper *helper, struct str cursor, struct hot_source **out);
// Reads the next chunk of about `limit` receipts, those up to `after` left out. It lives until the
// call after it.
enum status hot_next(struct scope *s, struct hot_source *h, const struct place *after, size_t limit,
                     struct hot_chunk *out);
// From where on to read again to go on behind `at`, which is of the newest chunk.
struct str hot_cursor(const struct hot_source *h, const struct place *at);

#endif
