// Values of a definition that are computed when a state runs: payload templates of JSONPath, in
// which fields named "x.$" hold a path or a call of an intrinsic function, and values of JSONata,
// in which whole strings "{% … %}" are expressions. Compiled once, constant, for any number of
// threads; what holds no expression is given out as it stands, at no cost.
#ifndef SHEAF_FLOW_TEMPLATE_H
#define SHEAF_FLOW_TEMPLATE_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct eval;
struct eval_failure;
struct scope;
struct template;

enum { TEMPLATE_DEPTH_MAX = 200 };

enum template_kind {
    TEMPLATE_JSONPATH, // Parameters, ItemSelector, ResultSelector, Assign, …
    TEMPLATE_JSONATA,  // Arguments, Output, Assign, Items, Condition, numbers, …
};

// Where compiling failed, relative to the value.
struct template_error {
    struct str pointer; // JSON Pointer of the object that holds the field, "" for the value itself
    struct str field;   // "x.$"; JSONata: "Output/items[0]"
    struct str message; // of the parser
};

// Compiles the value of a field. `value` and `field` must live as long as `s`. `error` may be NULL.
// `field` is what causes name: "Output", "Choices[0]/Condition", "Catch[1]/Output". Errors:
// INVALID, TOO_LARGE; REFUSED an expression that reads what there is not.
enum status template_compile_value(struct scope *s, enum template_kind kind, struct str field,
                                   struct json value, const struct template **out,
                                   struct template_error *error);

// Compiles what may be a path or a call of an intrinsic function: ErrorPath, CausePath.
// Errors: INVALID, TOO_LARGE.
enum status template_compile_path(struct scope *s, struct str field, struct str text,
                                  const struct template **out);

// Returns whether evaluating it gives the same whatever it sees.
bool template_is_constant(const struct template *t);

// Evaluates. Errors: REFUSED, as `failure` says.
enum status template_evaluate(struct scope *s, const struct template *t, const struct eval *eval,
                              struct json *out, struct eval_failure *failure);

// Checks the type of what a JSONata value gave, as AWS does for Items, Condition, Seconds, …; for
// a boolean, `type` is JSON_TRUE. Errors: REFUSED States.QueryEvaluationError.
enum status template_expect(struct scope *s, const struct template *t, struct json value,
                            enum json_type type, struct eval_failure *failure);

#endif
