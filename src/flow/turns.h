// Whose turn it is at an execution. One event at a time is worked on, until its change has been
// submitted; the next one then builds on what that change will have written, without waiting for
// the flush: the store applies changes in the order of submission, so its versions are known
// beforehand. Kept in memory is only what is under way; what was committed is read from the store.
// When a commit fails, what was built on it is forgotten here and fails on its versions there, and
// is done again.
//
// A turn ends by itself when its change was submitted, or when its scope ends without that.
#ifndef SHEAF_FLOW_TURNS_H
#define SHEAF_FLOW_TURNS_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct change;
struct scope;
struct table_def;
struct turn;
struct turns;

struct turns *turns_new(void);
void turns_free(struct turns *t); // every turn has ended

// Waits for the turn at an execution, for a change that is filled in `s`. Errors: BUSY it took too
// long (two changes may be waiting for one another); INVALID the change has its turn already.
enum status turn_take(struct scope *s, struct turns *t, struct change *c, struct str id,
                      struct turn **out);
// Gives the turn up; the change must not write the execution then. Twice is fine.
void turn_give(struct turn *turn);

// What a record of the execution will be when all that was submitted is committed; false: as it is
// in the store. Version 0: there will be none. The content is copied into the scope.
bool turn_find(struct scope *s, struct turn *turn, const struct table_def *table, struct str sort,
               struct str *content, uint64_t *version);
// Notes what the change will have written; version 0: removed.
void turn_note(struct turn *turn, const struct table_def *table, struct str sort,
               struct str content, uint64_t version);

#endif
