// JSONata 2.x, the whole language: compiled once, evaluated many times. What is compiled lives as
// long as its scope, never changes, and serves any number of threads. An evaluation keeps what it
// makes in the caller's scope and is limited in steps, depth and bytes, so that a stranger's
// expression ends. Numbers are doubles as the language says, but a value that is only passed on
// keeps the digits that were written. Nothing here reads a clock or chance: $now(), $millis(),
// $random() and the like follow the environment.
// Source: the JSONata 2.x documentation and, where that is silent, the reference implementation.
#ifndef SHEAF_EXPR_JSONATA_H
#define SHEAF_EXPR_JSONATA_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct jsonata;

enum {
    JSONATA_TEXT_BYTES_MAX = 64 << 10, // of an expression
    JSONATA_NESTING_MAX = 500,         // of expressions inside one another
};

// What was wrong, as the language numbers it.
struct jsonata_error {
    char code[8];       // "T0410", "D3137"; empty when there was no error
    size_t position;    // in characters of the expression, as the reference implementation tells it
    struct str token;   // the operator, function or variable it is about; may be empty
    struct str message; // a sentence
};

// Compiles an expression. `error` may be NULL. Errors: INVALID a syntax error; TOO_LARGE.
enum status jsonata_compile(struct scope *s, struct str text, const struct jsonata **out,
                            struct jsonata_error *error);

// What an expression may use: zero values are fine, a limit of 0 means the default.
struct jsonata_environment {
    const struct json_member *bindings; // variables, named without the dollar
    size_t binding_count;
    int64_t now_ms;       // of $now() and $millis(), since 1970 UTC
    uint64_t random_seed; // of $random(), $shuffle(), $uuid()
    // As the States Language has it: adds $partition, $range, $hash, $uuid, $parse and a seed for
    // $random; $eval is not there.
    bool states_language;
    uint64_t steps_max; // default 10,000,000
    unsigned depth_max; // default 500 calls inside one another
    size_t bytes_max;   // default 64 MiB, and never more than the scope has room for
};

// Evaluates on `input`. `*out` is JSON_NONE when the result is undefined, and so is a function,
// which is no JSON. `error` may be NULL. Errors: INVALID an error of the language; LIMIT a limit
// was reached (error code D1011 for depth, D1012 for steps, U1001 for bytes).
enum status jsonata_evaluate(struct scope *s, const struct jsonata *expression, struct json input,
                             const struct jsonata_environment *environment, struct json *out,
                             struct jsonata_error *error);

// What an expression reads, found without running it. Returns the first name that it surely looks
// up in its input: "phone" in "phone.number", nothing in "$x.phone". data is NULL: there is none.
struct str jsonata_input_name(const struct jsonata *expression);

// Returns whether it looks up a member of a variable: "a" of "x" in "$x.a.b".
bool jsonata_reads(const struct jsonata *expression, struct str variable, struct str member);

#endif
