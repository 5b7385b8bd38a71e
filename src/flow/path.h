// The paths of the States Language: "$…" on the input, "$$…" on the context object, "$name…" on a
// variable. Compiled once with the field that holds them, because the field decides what may stand
// there and how AWS words it when nothing is there; constant, for any number of threads.
#ifndef SHEAF_FLOW_PATH_H
#define SHEAF_FLOW_PATH_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>

struct eval;
struct eval_failure;
struct path;
struct scope;

// How a field uses its path (path_uses.def has a row for each).
enum path_use {
#define PATH_USE(name, reference, error, cause, meaning) name,
#include "flow/path_uses.def"
#undef PATH_USE
    PATH_USES
};

// Compiles the path of a field. Errors: INVALID it is none, or no reference path where one is
// wanted; TOO_LARGE.
enum status path_compile(struct scope *s, struct str text, enum path_use use, struct str field,
                         const struct path **out);

// Returns the text it was compiled from.
struct str path_text(const struct path *path);

// Gives the value of a definite path, and the array of all values of any other. Errors: REFUSED
// nothing is there, or a limit was reached; `failure` says how AWS words it.
enum status path_evaluate(struct scope *s, const struct path *path, const struct eval *eval,
                          struct json *out, struct eval_failure *failure);

// As path_evaluate(), but nothing there is no error: JSON_NONE (IsPresent).
enum status path_find(struct scope *s, const struct path *path, const struct eval *eval,
                      struct json *out, struct eval_failure *failure);

// Puts a value where a reference path points to: a copy of `into` with it (ResultPath). Objects on
// the way are made when they are missing; items of arrays must be there. Errors: REFUSED
// States.ResultPathMatchFailure.
enum status path_put(struct scope *s, const struct path *path, struct json into, struct json value,
                     struct json *out, struct eval_failure *failure);

#endif
