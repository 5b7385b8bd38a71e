// What the files of the archive share: the catalogue in memory and its snapshots, the lock of deeds
// (what changes the archive), and the sources that a listing or a merge is woven of.
#ifndef SHEAF_SERVICES_RECEIPTS_ARCHIVE_IMPL_H
#define SHEAF_SERVICES_RECEIPTS_ARCHIVE_IMPL_H

#include "core/uuid.h"
#include "services/receipts/archive.h"
#include "store/change.h"
#include "sys/thread.h"

#include <stdatomic.h>

enum {
    MONTH_BYTES = 7,                    // "2026-11"
    ERASED_MAX = 256,                   // receipts that are being erased
    ERASED_S = 600,                     // how long they are kept from being archived
    SEGMENT_SCOPE_BYTES_MAX = 64 << 20, // of one open segment
};

// A segment in the catalogue: one object a blob, which is not removed while a snapshot holds it.
// Counted: snapshots and the list of retired ones hold it.
struct entry {
    atomic_uint references;
    struct str id;
    struct str month;
    struct str run; // segments of one run do not overlap
    unsigned level; // how often its receipts have been merged
    bool deleting;  // the deed's: its receipts are still being removed from the hot tables
    struct segment_summary summary;
};

// A catalogue, sorted by month, client_first, id. Constant, counted.
struct snapshot {
    atomic_uint references;
    size_t count;
    struct entry *entries[];
};

// A set of receipt ids: small, sorted, under its lock.
struct id_set {
    struct mutex lock;
    struct uuid *ids; // heap
    size_t room;
    atomic_size_t count;
};

// An override that lies in a segment by now.
struct folded {
    struct str id; // heap
    uint64_t version;
};

// What a merge has replaced: removed when no reader holds the entries any more.
struct retired {
    struct retired *next;
    int64_t since_us; // monotonic
    struct entry **entries;
    size_t entry_count;
    struct folded *folded;
    size_t folded_count;
};

struct archive {
    struct store *store;
    struct world *world;
    struct archive_options options;
    struct compressor *fast;  // what archives, and what reads
    struct compressor *dense; // what merges
    int64_t opened_at_us;

    struct mutex lock; // guards `current` and `busy`
    struct snapshot *current;
    bool busy; // a deed is being done
    struct condition idle;

    struct id_set overridden; // archived receipts that may have overrides
    atomic_int_fast64_t hot_final;

    // Of the deed.
    uint64_t changes;      // of the catalogue
    uint64_t looked_at;    // the change after which nothing is left to be done
    bool swept;            // no blob lies about that nothing names
    bool counted;          // hot_final has been counted, and can be trusted
    uint64_t moved;        // receipts since then
    struct str scan_after; // heap: cursor of receipt_states behind what was looked at
    unsigned portions;     // since that was the left edge
    struct retired *retired;
};

// archive_catalogue.c
struct entry *entry_new(const struct entry *values); // copies all text; one reference
void entry_give(struct entry *e);
struct str entry_blob_key(struct scope *s, const struct entry *e);
void entry_put_new(struct scope *s, struct change *c, const struct entry *e);
void entry_put_settled(struct scope *s, struct change *c, const struct entry *e); // not deleting
enum status snapshot_read(struct scope *s, struct store *store, struct snapshot **out);
struct snapshot *snapshot_take(struct archive *a);
void snapshot_give(struct snapshot *n);
void snapshot_give_deferred(void *snapshot);
// Puts a catalogue in place in which `removed` are replaced by `added`, whose references it takes.
void snapshot_replace(struct archive *a, struct entry *const *removed, size_t removed_count,
                      struct entry *const *added, size_t added_count);

// archive.c
// Orders by (month, client, date, id).
int archive_order(const struct archived *a, const struct archived *b);
struct str month_of(struct str date);
// Begins what changes the archive, alone; waits up to `wait_us`. False: another is busy.
bool deed_begin(struct archive *a, int64_t wait_us);
void deed_end(struct archive *a);
void retired_free(struct retired *r);

// archive_overrides.c
void id_set_init(struct id_set *set);
void id_set_fini(struct id_set *set);
void id_set_add(struct id_set *set, struct str id);
void id_set_remove(struct id_set *set, struct str id);
bool id_set_has(struct id_set *set, struct str id);
// Finds the first id that is not below `from`; false: there is none.
bool id_set_next(struct id_set *set, struct uuid from, struct uuid *out);
enum status overrides_read(struct scope *s, struct archive *a);
// Brings an archived receipt up to date, if there is a newer state of it. `*newest` (may be NULL)
// is the version of the newest override, 0 when there is none.
enum status override_apply(struct scope *s, struct archive *a, struct archived *item,
                           uint64_t *newest);

// archive_weave.c: many segments as one, in order, each receipt once in its newest version.
struct helper;
struct seats;
struct weave;
// Memory of open segments, for one weave after another, and who opens half of them (NULL: nobody).
struct seats *seats_new(struct scope *s, struct helper *helper);
// Of at most `room` segments; `stats` may be NULL. Closed with the scope.
struct weave *weave_new(struct scope *s, struct archive *a, struct seats *seats, size_t room,
                        struct listing_stats *stats);
// Adds a segment from (client, date, id) on, which is opened when the order comes to it. The
// snapshot that it is of must be held, and the texts live.
void weave_add(struct weave *w, struct entry *e, const struct archived *from);
// The next receipt, or NULL at the end; lives until the call after it.
enum status weave_next(struct scope *s, struct weave *w, const struct archived **item);

bool entry_may_hold(const struct entry *e, struct str id); // by the range of its ids
// Finds a receipt in a segment, without its override. `*found` is false when it is not in it.
enum status entry_get(struct scope *s, struct archive *a, const struct entry *e, struct str id,
                      struct archived *out, bool *found);
// Opens the segment for as long as `s`.
enum status entry_open(struct scope *s, struct archive *a, const struct entry *e,
                       struct segment **out);

#endif
