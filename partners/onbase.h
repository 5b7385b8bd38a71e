// OnBase's side of a drop folder: its Document Import Processor, which takes the index files that
// lie there, makes documents of what they name, and deletes them; a bad one it moves to
// ERROR_FILES. It reads strictly, keeps a ledger of all documents with their keywords, and counts
// what must never happen. It has no thread: the program and tests let it run. One thread at a time.
#ifndef SHEAF_PARTNERS_ONBASE_H
#define SHEAF_PARTNERS_ONBASE_H

#include "core/str.h"
#include "partners/faults.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct onbase;
struct scope;
struct world;

struct onbase_options {
    struct world *world;
    struct str folder; // need not be there yet
    uint64_t seed;
    // refuse: indexes that go to ERROR_FILES; delay_ms: an index lies so long before it is taken;
    // down_every_s, down_for_s: it takes nothing then. The other rows mean nothing here.
    struct faults faults;
    bool reports; // drops NAME.rpt for each index that it took
};

struct onbase_counts {
#define ONBASE_COUNT(name, meaning) uint64_t name;
#include "partners/onbase_counts.def"
#undef ONBASE_COUNT
};

struct onbase *onbase_new(const struct onbase_options *options);
// NULL is fine.
void onbase_free(struct onbase *o);
void onbase_set_faults(struct onbase *o, const struct faults *faults);

// One run of the import; returns how many indexes it took or refused.
size_t onbase_run(struct scope *s, struct onbase *o);

struct onbase_counts onbase_count(const struct onbase *o);

// A document that was imported, by its type and contract number: how often, and the value of a
// keyword at the last time; false, or empty, when there is none.
bool onbase_has(const struct onbase *o, const char *type, struct str contract);
struct str onbase_keyword(struct scope *s, const struct onbase *o, const char *type,
                          struct str contract, const char *name);

// Appends {"documents": …}: all counts.
void onbase_report(const struct onbase *o, struct buf *out);

#endif
