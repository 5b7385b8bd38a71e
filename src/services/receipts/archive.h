// The archive of final receipts: segments in blobs, a catalogue of them in records, overrides for
// what still changes, and the moving between hot and archived.
//
// Archiving takes final receipts from the left edge of the hot tables (oldest first), writes them
// into one new segment a business month, commits the catalogue rows, and then deletes them from
// the hot tables in small batches. Between the two a receipt is in both places: readers drop
// duplicates by id, the higher version wins. A merge replaces several segments of a month by one,
// folds the overrides in, and removes the old blobs after the catalogue has changed.
#ifndef SHEAF_SERVICES_RECEIPTS_ARCHIVE_H
#define SHEAF_SERVICES_RECEIPTS_ARCHIVE_H

#include "services/receipts/receipt.h"
#include "services/receipts/segment.h"
#include "store/store.h"

struct archive;
struct buf;

struct archive_options {
    uint64_t hot_receipts_max;  // archive when more final ones than this are hot
    uint64_t segment_receipts;  // how many at a time, at most 100,000
    size_t catalogue_bytes_max; // of memory for the catalogue
};

extern const struct table_def segments_table;  // the catalogue
extern const struct table_def overrides_table; // newer states of archived receipts, by id
extern const struct bucket_def archive_bucket;

// Reads the catalogue. Lives as long as `s`; any thread may use it.
enum status archive_open(struct scope *s, struct store *store,
                         const struct archive_options *options, struct archive **out);

// Appends a JSON object: hot final receipts, segments, archived receipts and bytes.
void archive_write_status(struct buf *out, struct archive *a);

// Moves one portion when enough are hot or `force`; `*moved` says how many. Safe to repeat after
// a crash at any point. One thread at a time.
enum status archive_turn(struct scope *s, struct archive *a, bool force, uint64_t *moved);

struct merge_result {
    uint64_t segments_before, segments_after, receipts, bytes;
};
// Merges the segments of a month ("2026-11"; empty: every month that has several). One thread at a
// time; `progress` may be NULL.
enum status archive_merge(struct scope *s, struct archive *a, struct str month,
                          void (*progress)(void *context, uint64_t done, uint64_t all),
                          void *context, struct merge_result *out);

// Finds an archived receipt, with its override. Errors: NOT_FOUND.
enum status archive_get(struct scope *s, struct archive *a, struct str id, struct archived *out);
// Records a newer state of an archived receipt (a late callback, a redrive).
void archive_override(struct scope *s, struct change *c, const struct receipt *r);
// Rewrites the segments that hold the receipt without it. Errors: NOT_FOUND.
enum status archive_erase(struct scope *s, struct archive *a, struct str id);

struct listing_query {
    struct str client;             // "tenant/client"; empty: every client (exports)
    struct str tenant;             // of an export of all clients
    struct str date_from, date_to; // inclusive; empty: open
    struct str cursor;             // empty: the first page
    size_t limit;
};

struct listing_stats {
    uint64_t segments_opened, segments_in_catalogue, bytes_read, hot_rows;
};

// Lists hot and archived receipts by (date, id), each once, newest state. `row` is called for each
// in order; returning another status than OK ends the listing with it. `*cursor` is empty when
// nothing follows. States that a filter wants are chosen by the caller in `row`, which says by
// `*counted` whether the row counts towards the limit.
enum status archive_list(struct scope *s, struct archive *a, const struct listing_query *q,
                         enum status (*row)(void *context, const struct archived *item,
                                            bool *counted),
                         void *context, struct str *cursor, struct listing_stats *stats);

#endif
