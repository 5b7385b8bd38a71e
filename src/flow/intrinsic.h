// Calls of intrinsic functions, as "States.Format('{} of {}', $.name, States.UUID())": compiled
// once, evaluated many times, constant, for any number of threads. intrinsics.def has a row for
// each function. Source: AWS's documentation of intrinsic functions; its limits and, where
// recorded, its wording.
#ifndef SHEAF_FLOW_INTRINSIC_H
#define SHEAF_FLOW_INTRINSIC_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>

struct eval;
struct eval_failure;
struct intrinsic;
struct scope;

enum {
    INTRINSIC_NESTING_MAX = 10,
    INTRINSIC_ARGUMENTS_MAX = 1000,
    INTRINSIC_RANGE_ITEMS_MAX = 1000,
    INTRINSIC_TEXT_CHARACTERS_MAX = 10000, // of what is hashed, encoded, decoded
};

// Returns whether a text is meant to be a call: it begins with "States.".
bool intrinsic_is_call(struct str text);

// Compiles a call. Errors: INVALID it is malformed, there is no such function, or it wants another
// number of arguments; TOO_LARGE it nests too deep.
enum status intrinsic_compile(struct scope *s, struct str text, const struct intrinsic **out);

// Evaluates a call. Errors: REFUSED. The error's name is States.Runtime, as AWS's service answers,
// and not the States.IntrinsicFailure of its documentation.
enum status intrinsic_evaluate(struct scope *s, const struct intrinsic *call,
                               const struct eval *eval, struct json *out,
                               struct eval_failure *failure);

#endif
