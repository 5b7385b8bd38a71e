// The store's second thread: long work that need not be the writer's, between whose batches it
// would be felt. It sorts runs and copies the log into the database.
#ifndef SHEAF_STORE_EMBEDDED_KEEPER_H
#define SHEAF_STORE_EMBEDDED_KEEPER_H

#include "store/embedded/embedded_impl.h"

struct keeper;

// The session is the keeper's from here on.
struct keeper *keeper_start(struct embedded *e, struct session *session);
// Finishes what it is at and ends the thread; what is wished for afterwards is not done.
void keeper_stop(struct keeper *k);
// NULL is fine.
void keeper_free(struct keeper *k);

// Any thread: there is something to be sorted.
void keeper_sort(struct keeper *k);

// The writer's: the log, which has so many pages, should be copied as far as that goes beside it.
void keeper_copy_log(struct keeper *k, int pages);
// Whether it is copying, or about to.
bool keeper_is_copying(struct keeper *k);
// How many pages of the log it has copied.
int keeper_copied(struct keeper *k);
// The log was begun anew.
void keeper_log_is_new(struct keeper *k);

#endif
