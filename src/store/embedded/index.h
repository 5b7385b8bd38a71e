// Secondary indexes. An ordinary one is a b-tree that is written with the record. A steady one of
// an arrival table is kept as sorted runs (runs.h), because a b-tree in an order that is not the
// records' own is what slows a store as it grows.
#ifndef SHEAF_STORE_EMBEDDED_INDEX_H
#define SHEAF_STORE_EMBEDDED_INDEX_H

#include "store/embedded/batch_impl.h"
#include "store/embedded/tail.h"

struct runs;

struct index {
    const struct index_def *def;
    struct owner owner;
    struct runs *runs; // NULL: a b-tree
};

// Whether writing a record of this table needs the attributes that it had before.
bool table_needs_old(const struct table *t);

// Brings the table's b-trees from the old attributes (packed; empty when there was no record) to
// the new ones (empty: it is removed).
enum status indexes_write(struct batch *b, struct table *t, const struct record *keys,
                          struct str old_packed, struct str new_packed);

// Fills a new b-tree from the records there are. Before all threads, in a transaction.
enum status index_build(struct scope *s, struct session *session, struct table *t,
                        const struct index *index);

// Finds what a record with these attributes is in the index under; false: it is not in it. The
// texts are borrowed.
bool index_place(const struct index *index, struct str packed, struct str *partition,
                 struct str *sort);

// What a batch does to steady indexes, beside noting new records: writes a portion of sorted runs,
// and brings the memory up to date. The commit returns whether there is something to be sorted.
enum status indexes_write_runs(struct batch *b, bool *more);
bool indexes_commit(struct batch *b);
void indexes_rollback(struct batch *b);

// Collects up to `limit` entries behind `after` (NULL: from the start) in the order of the query.
enum status index_collect(struct scope *s, struct session *session, struct index *index,
                          const struct query *query, const struct index_entry *after,
                          struct index_entry *out, size_t limit, size_t *count);

#endif
