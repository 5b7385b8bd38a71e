// Small things that many built-in functions of JSONata do.
#ifndef SHEAF_EXPR_JSONATA_FUNCTIONS_SHARED_IMPL_H
#define SHEAF_EXPR_JSONATA_FUNCTIONS_SHARED_IMPL_H

#include "expr/jsonata_functions_impl.h"

enum {
    BYTES_A_STEP = 16,                // of a text that is walked over
    SCRATCH_BYTES_MAX = 16 << 20,     // of a scope that a function works in
    NUMBER_TEXT_BYTES_MAX = 64 << 10, // of a text that is read as a number
};

// Counts the steps of walking over a text.
static inline enum status jsonata_walk(struct evaluation *e, struct str text)
{
    return jsonata_step(e, 1 + text.bytes / BYTES_A_STEP);
}

// Keeps a copy of a text that lies elsewhere.
enum status jsonata_keep_text(struct evaluation *e, struct str text, struct json *out);

// Returns the number of an argument, or `otherwise` when it is missing.
double jsonata_number_or(struct json argument, double otherwise);

// Turns a place as ECMAScript's slice() takes it, fractions and negative ones, into one up to
// `count`.
size_t jsonata_slice_index(double place, size_t count);

// Returns how many whole numbers from 0 on are below a number; 0 when it is none.
size_t jsonata_count_below(double number);

// Where the reference trips over a missing argument: an error without a code of its own there.
enum status jsonata_refuse_missing(struct evaluation *e, size_t index);

// Calls a function with as many of value, key or index, and the whole, as it wants.
enum status jsonata_call_with(struct evaluation *e, struct json function,
                              const struct json three[3], struct json *out);

#endif
