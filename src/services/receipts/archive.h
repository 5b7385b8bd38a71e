// The archive of final receipts: segments in blobs, a catalogue of them in records, overrides for
// what still changes, and the moving between hot and archived.
//
// Archiving takes final receipts from the left edge of the hot tables (oldest first), writes them
// into one new segment a business month, commits the catalogue rows, and then deletes them from
// the hot tables in small batches. Between the two a receipt is in both places: readers drop
// duplicates by id, the higher version wins. A merge replaces several segments of a month by one
// run of them, folds the overrides in, and removes the old blobs when no reader needs them.
//
// Any thread may read. What changes the archive (turn, merge, erase) takes turns: one at a time.
// One process at a time has the archive of a store open.
#ifndef SHEAF_SERVICES_RECEIPTS_ARCHIVE_H
#define SHEAF_SERVICES_RECEIPTS_ARCHIVE_H

#include "services/receipts/receipt.h"
#include "services/receipts/segment.h"
#include "store/store.h"

struct archive;
struct buf;

struct archive_options {
    uint64_t hot_receipts_max; // archive when more final ones than this are hot
    uint64_t segment_receipts; // how many at a time, at most 100,000
    unsigned merge_runs; // a month's runs of one level that are merged by themselves; 0: never
};

extern const struct table_def segments_table;  // the catalogue
extern const struct table_def overrides_table; // newer states of archived receipts, by id
extern const struct bucket_def archive_bucket;

// Reads the catalogue. Lives as long as `s`.
enum status archive_open(struct scope *s, struct store *store,
                         const struct archive_options *options, struct archive **out);

// Appends a JSON object: hot final receipts, segments, archived receipts and bytes.
void archive_write_status(struct buf *out, struct archive *a);

// Tells that a hot receipt becomes final with a change, or that a final one is redriven or erased
// with it, so that archive_turn() need not count. Counted when the change is committed.
void archive_note_final(struct archive *a, struct change *c);
void archive_note_gone(struct archive *a, struct change *c);

// Moves one portion when enough are hot or `force`; `*moved` says how many. Else does what is due:
// finishes what was interrupted, removes blobs that are not needed any more, merges. Safe to repeat
// after a crash at any point. Does nothing while another thread merges or erases. Errors: BUSY when
// forced meanwhile.
enum status archive_turn(struct scope *s, struct archive *a, bool force, uint64_t *moved);

struct merge_result {
    uint64_t segments_before, segments_after, receipts, bytes;
};
// Merges the segments of a month ("2026-11"; empty: every month that has several) into one run, in
// which no two overlap. `progress` may be NULL; it is told receipts done and in all. Errors: BUSY;
// INVALID no month.
enum status archive_merge(struct scope *s, struct archive *a, struct str month,
                          void (*progress)(void *context, uint64_t done, uint64_t all),
                          void *context, struct merge_result *out);

// Finds an archived receipt, with its override. Errors: NOT_FOUND; CORRUPT.
enum status archive_get(struct scope *s, struct archive *a, struct str id, struct archived *out);
// Records a newer state of an archived receipt (a late callback, a redrive) in the change, which is
// answered CONFLICT when it is not the version that archive_get() gave any more.
void archive_override(struct scope *s, struct archive *a, struct change *c,
                      const struct receipt *r);
// Rewrites the segments that hold the receipt without it. The caller has removed what is hot
// before. Errors: NOT_FOUND none holds it; BUSY.
enum status archive_erase(struct scope *s, struct archive *a, struct str id);

struct listing_query {
    struct str client;             // "tenant/client"; empty: every client (exports)
    struct str tenant;             // of an export of all clients
    struct str date_from, date_to; // inclusive, YYYY-MM-DD or YYYY-MM; empty: open
    struct str cursor;             // empty: the first page
    size_t limit;
    bool documents; // else `document` may be left empty
};

struct listing_stats {
    uint64_t segments_opened, segments_in_catalogue, bytes_read, hot_rows;
};

// Lists hot and archived receipts by (date, id), those of all clients by (month, client, date, id);
// each once, newest state. `row` is called for each in order; returning another status than OK ends
// the listing with it. States that a filter wants are chosen by the caller in `row`, which says by
// `*counted` whether the row counts towards the limit. `*cursor` is empty when nothing follows; it
// may not be while the page is short. Errors: INVALID the cursor is of another query.
enum status archive_list(struct scope *s, struct archive *a, const struct listing_query *q,
                         enum status (*row)(void *context, const struct archived *item,
                                            bool *counted),
                         void *context, struct str *cursor, struct listing_stats *stats);

#endif
