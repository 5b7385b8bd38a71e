// A steady index of an arrival table. Entries of new records are collected in memory; when there
// are enough, they are sorted and written as one run: blocks of entries, at the right edge of a
// table, a few with each batch. So the index costs no writes in random order. A query merges the
// runs and what is in memory; entries whose record is gone are passed over, and a run goes when
// the table's oldest record is newer than all of its.
//
// After a restart, what was in memory is read again from the records behind the greatest key of
// all runs. A record that is put behind that key, because keys are not quite in the order of
// commits, is noted in a table of its own until a run has it.
#ifndef SHEAF_STORE_EMBEDDED_RUNS_H
#define SHEAF_STORE_EMBEDDED_RUNS_H

#include "store/embedded/batch_impl.h"
#include "store/embedded/tail.h"

struct index;
struct runs;

// `rows`: how many entries make a run; 0: the default.
struct runs *runs_new(struct table *t, struct index *index, size_t rows);
void runs_free(struct runs *r);
// Reads what there is. Runs before all threads, in a transaction.
enum status runs_open(struct scope *s, struct session *session, struct runs *r);

// The writer's: notes a new record. Its text is borrowed until the batch ends.
enum status runs_note(struct batch *b, struct runs *r, const struct index_entry *entry);
// Writes a portion of the run that is being written, if there is one. `*more`: it is not the last.
enum status runs_write(struct batch *b, struct runs *r, bool *more);
// The batch was committed, or not. Returns whether there is something to be sorted.
bool runs_commit(struct runs *r);
void runs_rollback(struct runs *r);
// An errand: removes a portion of a run whose records are all gone. `*more`: there may be more.
enum status runs_sweep(struct batch *b, struct runs *r, bool *more);

// The keeper's thread: sorts what was collected. Returns whether there is something to write.
bool runs_sort(struct runs *r);

// Any thread: collects up to `limit` entries behind `after` (NULL: from the start) in the order of
// the query, each once.
enum status runs_collect(struct scope *s, struct session *session, struct runs *r,
                         const struct query *query, const struct index_entry *after,
                         struct index_entry *out, size_t limit, size_t *count);

#endif
