// What the paths, templates and expressions of a state see when they are evaluated, and how they
// fail. Evaluations are pure: the same of these gives the same result. All values are borrowed.
#ifndef SHEAF_FLOW_EVAL_H
#define SHEAF_FLOW_EVAL_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct chance;

// The variables that were assigned in one scope; those of the scopes around it follow, and an
// inner one hides an outer one of the same name.
struct eval_variables {
    struct json values; // object; JSON_NONE: none
    const struct eval_variables *outer;
};

struct eval {
    struct json input;   // "$", $states.input
    struct json context; // "$$", $states.context
    const struct eval_variables *variables;
    struct json result;       // $states.result; JSON_NONE: there is none here
    struct json error_output; // $states.errorOutput, likewise
    int64_t now_ms;           // since 1970
    struct chance *chance;    // of UUIDs and random numbers; each evaluation moves it on
};

// How an evaluation failed, in AWS's words. The status that goes with it is REFUSED. Texts live as
// long as the scope of the evaluation.
struct eval_failure {
    struct str error; // "States.Runtime"; empty: it did not fail
    struct str cause; // what follows "An error occurred while executing the state '…' (…). "
    struct str
        location; // JSONata: the field, "Output/items[0]", as in EvaluationFailed; else empty
};

// Finds a variable; JSON_NONE when there is none of this name (which has no dollar).
struct json eval_variable(const struct eval *eval, struct str name);

// Sets `failure` and the sentence of the scope. Returns REFUSED.
enum status eval_fail(struct scope *s, struct eval_failure *failure, const char *error,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
