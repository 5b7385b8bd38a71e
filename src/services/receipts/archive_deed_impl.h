// The parts of a deed, which changes the archive: what is archived together, how it leaves the hot
// tables, and what is cleared up afterwards.
#ifndef SHEAF_SERVICES_RECEIPTS_ARCHIVE_DEED_IMPL_H
#define SHEAF_SERVICES_RECEIPTS_ARCHIVE_DEED_IMPL_H

#include "services/receipts/archive_impl.h"

// archive_portion.c: the receipts that are archived together.
struct portion {
    struct archived **items; // sorted by (month, client, date, id)
    size_t count;
    struct str scan_after; // cursor behind what was looked at
    bool at_end;           // nothing follows in the hot tables
};
// Reads the next final receipts into the scope. Opens with PORTION_SCOPE_BYTES_MAX.
enum { PORTION_SCOPE_BYTES_MAX = 384 << 20 };
enum status portion_read(struct scope *s, struct archive *a, struct portion *out);
enum status count_hot(struct scope *s, struct archive *a);

// archive_tidy.c
// Removes the blobs that no record names, and what merges have replaced where nobody reads it.
enum status archive_tidy(struct scope *s, struct archive *a);
// Finishes removing the receipts of a segment from the hot tables.
enum status entry_finish(struct scope *s, struct archive *a, struct entry *e);
// Notes durably that the receipts of these segments have left the hot tables.
enum status entries_settle(struct scope *s, struct archive *a, struct entry **entries,
                           size_t count);

// What a merge has replaced takes over the entries' references and the ids of `folded` (heap).
void archive_retire(struct archive *a, struct entry **entries, size_t entry_count,
                    struct folded *folded, size_t folded_count);
// Removes the overrides of a receipt up to a version.
enum status overrides_remove(struct scope *s, struct archive *a, struct str id, uint64_t version);

// archive_rewrite.c: segments are replaced by others with the same receipts.
struct rewrite {
    struct str month;
    struct str run; // of the new ones
    unsigned level;
    struct str without; // id of a receipt that is left out; empty: none
    void (*progress)(void *context, uint64_t done, uint64_t all);
    void *context;
    uint64_t done, all; // receipts, for `progress`
};
// The old blobs are removed when nobody reads them. `out` is added to.
enum status segments_rewrite(struct scope *s, struct archive *a, struct entry **inputs,
                             size_t count, struct rewrite *how, struct merge_result *out);

// merge.c: merges what has become too many. `*merged` says whether there was something.
enum status merge_due(struct scope *s, struct archive *a, bool *merged);

// archive_remove.c: receipts that lie in a segment leave the hot tables.
struct hot_receipt {
    struct str id;
    uint64_t version;
};
// Those that changed since stay. Safe to repeat. Sorts the receipts.
enum status hot_remove(struct scope *s, struct archive *a, struct hot_receipt *receipts,
                       size_t count);

#endif
