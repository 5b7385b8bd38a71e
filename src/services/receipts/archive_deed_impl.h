// The parts of a deed, which changes the archive: what is archived together, how it leaves the hot
// tables, and what is cleared up afterwards.
#ifndef SHEAF_SERVICES_RECEIPTS_ARCHIVE_DEED_IMPL_H
#define SHEAF_SERVICES_RECEIPTS_ARCHIVE_DEED_IMPL_H

#include "services/receipts/archive_impl.h"

// archive_portion.c: the receipts that are archived together.
struct portion {
    struct archived *items; // sorted by (month, client, date, id)
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

// archive_remove.c: receipts that lie in a segment leave the hot tables.
struct hot_receipt {
    struct str id;
    uint64_t version;
};
// Those that changed since stay. Safe to repeat.
enum status hot_remove(struct scope *s, struct archive *a, const struct hot_receipt *receipts,
                       size_t count);

#endif
