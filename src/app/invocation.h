// Invocations of a function as the server hands them out (docs/openapi.json, /functions): taken
// with a lease, kept, answered. Calls block. An answer counts once, however often it is sent.
#ifndef SHEAF_APP_INVOCATION_H
#define SHEAF_APP_INVOCATION_H

#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct remote;
struct scope;

enum { INVOCATION_LEASE_S = 60, INVOCATION_WAIT_S = 5 };

struct invocation {
    struct str function; // name
    struct str id;       // the same whenever it is handed out again
    struct str token;
    struct str lease;
    struct str input; // JSON text
    struct str function_arn;
    struct str execution_arn;
    int64_t deadline_ms; // since 1970; 0: none
};

// Takes one of a function, waiting up to INVOCATION_WAIT_S. The texts live in `s`. Errors:
// NOT_FOUND there is none; those that may pass.
enum status invocation_take(struct scope *s, struct remote *remote, struct str function,
                            struct str worker, struct invocation *out);
// Keeps it for INVOCATION_LEASE_S more. Errors: NOT_FOUND somebody else has it by now.
enum status invocation_keep(struct scope *s, struct remote *remote, struct invocation *i);
// Gives it back to be handed out at once.
enum status invocation_give_back(struct scope *s, struct remote *remote, struct invocation *i);

// How it ended: `output`, JSON text, unless there is an `error`.
struct invocation_end {
    struct str output;
    struct str error; // empty: none
    struct str cause;
};
// Errors: NOT_FOUND nobody waits for it any more; INVALID, TOO_LARGE that cannot be an output.
enum status invocation_answer(struct scope *s, struct remote *remote, const struct invocation *i,
                              const struct invocation_end *end);

#endif
