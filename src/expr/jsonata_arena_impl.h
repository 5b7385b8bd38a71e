// The memory of an evaluation beyond what jsonata_impl.h offers: what there is, and giving it back.
#ifndef SHEAF_EXPR_JSONATA_ARENA_IMPL_H
#define SHEAF_EXPR_JSONATA_ARENA_IMPL_H

#include "expr/jsonata_run_impl.h"

// Returns how many bytes the evaluation may still take.
static inline size_t jsonata_room(const struct evaluation *e)
{
    size_t used = scope_used(e->scope);

    return used < e->used_max ? e->used_max - used : 0;
}

// Errors: LIMIT when there is no room for `bytes`, which jsonata_small() is going to take.
enum status jsonata_want(struct evaluation *e, size_t bytes);
// Lays memory by, so that jsonata_small() never fails; once, before the scope may be filled.
void jsonata_lay_by(struct evaluation *e);
// Memory that stays when a part of the evaluation gives its own back.
enum status jsonata_lasting(struct evaluation *e, size_t bytes, void **out);

// A part of the evaluation starts, and ends with a result: its memory is given back if the result
// and nothing else refers to it. Not needed after an error.
struct mark {
    struct piece *piece;
    size_t used;
    unsigned pins;
};
struct mark jsonata_mark(struct evaluation *e);
void jsonata_release(struct evaluation *e, struct mark mark, struct json result);
// Gives back what a part has made so far, if only `kept` and the values, which are then copies of
// the caller's, are needed and refer to none of it.
bool jsonata_restart(struct evaluation *e, struct mark mark, const void *kept,
                     const struct json *values, size_t count);

#endif
