// The Lambda Runtime API for one process, as AWS describes it: a listener on loopback of which only
// that process is told. The process asks for the next invocation, and is answered when there is
// one; then it brings a response or an error. One invocation at a time.
//
// All of it belongs to one thread, which waits for runtime_fd() and calls runtime_read(); the
// listener's own thread only passes requests on.
#ifndef SHEAF_APP_RUNTIME_H
#define SHEAF_APP_RUNTIME_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct runtime;
struct scope;

enum { RUNTIME_PAYLOAD_BYTES_MAX = 6291556 }; // AWS's, of what a function returns

// Opens a listener on a free port, until the scope ends.
enum status runtime_open(struct scope *s, struct runtime **out);
// "127.0.0.1:12345", for AWS_LAMBDA_RUNTIME_API.
struct str runtime_address(const struct runtime *r);

// Readable when the process has asked something: then runtime_read().
int runtime_fd(const struct runtime *r);
// Takes what it has asked.
void runtime_read(struct runtime *r);

// Whether it waits for an invocation.
bool runtime_waits(const struct runtime *r);
// What it said when it could not start; empty: nothing.
struct str runtime_init_error(const struct runtime *r);

struct runtime_invocation {
    struct str id;
    struct str input; // JSON text
    struct str function_arn;
    struct str trace_id;
    int64_t deadline_ms;
};
// Gives it to the process, which must be waiting.
void runtime_give(struct runtime *r, const struct runtime_invocation *invocation);

enum runtime_end { RUNTIME_RUNS, RUNTIME_RESPONSE, RUNTIME_ERROR, RUNTIME_TOO_LARGE };
// How the invocation that was given has ended. `*body` is what the process sent, `*type` the
// error's type if a header named it; both live until the next one is given.
enum runtime_end runtime_ended(const struct runtime *r, struct str *body, struct str *type);

// The process has ended: what it asked is void.
void runtime_forget(struct runtime *r);

#endif
