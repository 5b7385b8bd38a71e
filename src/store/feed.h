// What was committed, read back in order: the feed of a table, and the audit log of everything.
#ifndef SHEAF_STORE_FEED_H
#define SHEAF_STORE_FEED_H

#include "store/change.h"

// One entry of a table's feed.
struct feed_entry {
    struct str partition;
    struct str sort;
    uint64_t version; // 0: removed
    int64_t at_us;
};

// Reads the committed changes of a table behind `position` (empty: from the oldest kept), ordered,
// each at least once; `*next` is where to go on, to be stored with what was done. Does not wait.
enum status feed_read(struct scope *s, struct store *store, const struct table_def *table,
                      struct str position, size_t limit, struct feed_entry **entries, size_t *count,
                      struct str *next);

struct audit_row {
    struct audit_entry entry;
    int64_t at_us;
    uint64_t sequence; // grows by one with every entry
};

// Reads the audit log behind `after` (0: from the start), in the order of the commits.
enum status audit_read(struct scope *s, struct store *store, uint64_t after, size_t limit,
                       struct audit_row **rows, size_t *count);

#endif
