// A definition in the States Language: checked and compiled once, then constant; any number of
// executions and threads share it. Paths, templates and expressions in it are compiled with it.
// Sources: the States Language; what AWS's service accepts and refuses (CreateStateMachine,
// ValidateStateMachineDefinition).
#ifndef SHEAF_FLOW_DEFINITION_H
#define SHEAF_FLOW_DEFINITION_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct definition;

enum {
    DEFINITION_BYTES_MAX = 1 << 20,
    DEFINITION_DIAGNOSTICS_MAX = 100,
    STATE_NAME_CHARACTERS_MAX = 80,
};

// The name of a state that is compiled alone.
#define SINGLE_STATE_NAME "StateName"

enum diagnostic_severity { DIAGNOSTIC_ERROR, DIAGNOSTIC_WARNING };

// One finding, as ValidateStateMachineDefinition tells it.
struct diagnostic {
    // The name of a state that is compiled alone.
#define SINGLE_STATE_NAME "StateName"

    enum diagnostic_severity severity;
    struct str code;     // "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET", …
    struct str message;  // a sentence
    struct str location; // "/States/A/Choices[0]/Next"; empty: of no single place
};

struct definition_options {
    bool express;               // EXPRESS: what only STANDARD may do is refused
    bool require_token_timeout; // a token wait without any timeout is an ERROR, not a WARNING
    // The text is one state, as TestState takes it: it becomes state 0 of machine 0, beside a
    // Succeed for each state that it may go to.
    bool single_state;
    struct str single_name; // of the state; empty: SINGLE_STATE_NAME
};

// Parses, checks and compiles. `diagnostics` gets up to DEFINITION_DIAGNOSTICS_MAX findings, errors
// first; warnings also when it is OK. Lives as long as the scope, and so must `text`. Errors:
// INVALID at least one ERROR; TOO_LARGE.
enum status definition_compile(struct scope *s, struct str text,
                               const struct definition_options *options,
                               const struct definition **out, const struct diagnostic **diagnostics,
                               size_t *diagnostic_count);

// Returns what AWS says when it refuses a definition (InvalidDefinition): all errors in a row.
struct str definition_refusal(struct scope *s, const struct diagnostic *diagnostics, size_t count);

#endif
