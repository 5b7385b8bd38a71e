// The newest small records, as plain text in memory, so that the steps of a pipeline read in less
// than a microsecond what the step before wrote. Only the writer fills it: with what it is about to
// commit. Readers see a record only when its batch has been committed; until then, and for
// everything that is not here, they ask the database. The oldest entries make room for new ones.
#ifndef SHEAF_STORE_EMBEDDED_CACHE_H
#define SHEAF_STORE_EMBEDDED_CACHE_H

#include "store/record.h"

struct cache;
struct scope;

enum { CACHE_RECORD_BYTES_MAX = 6144 };

// How a record stands, as far as the writer needs to know.
struct standing {
    uint64_t version; // 0: there is none
    bool in_arrival;  // which part of an arrival table it lies in, see rows.h
    bool slot_taken;  // another record has its place in the arrival part
};

struct cache *cache_new(size_t bytes);
void cache_free(struct cache *c);

// The functions of the writer. Notes a record (version 0: it was removed) of the batch that is
// being made; a record that is too large is forgotten.
void cache_note(struct cache *c, unsigned table, const struct record *r, bool in_arrival,
                uint64_t batch);
// Returns how a record that is there stands, with the changes of this batch; false: it is not
// known here.
bool cache_standing(struct cache *c, unsigned table, struct str partition, struct str sort,
                    struct standing *out);
// The batch has been committed: readers may see it.
void cache_commit(struct cache *c, uint64_t batch);
// The batch was rolled back: everything is forgotten.
void cache_clear(struct cache *c);

// Any thread. Copies a record into the scope; version 0: it is known that there is none. False: it
// is not known here.
bool cache_get(struct scope *s, struct cache *c, unsigned table, struct str partition,
               struct str sort, struct record *out);

#endif
