// A protocol of others on the same port, outside docs/openapi.json: AWS's. A request belongs to one
// when its SigV4 credential scope names the protocol's service, or when X-Amz-Target begins with
// the protocol's prefix (then a bearer credential will do too). The edge finds out who calls,
// verifies the signature and limits, as for its own routes; everything else, the words of failures
// included, is the protocol's. Its handlers get a struct call like all others.
#ifndef SHEAF_EDGE_PROTOCOL_H
#define SHEAF_EDGE_PROTOCOL_H

#include "core/status.h"
#include "core/str.h"
#include "crypto/sigv4.h"

#include <stddef.h>

struct call;
struct scope;

// Why a call is refused: by the edge, or because run() or the commit failed.
struct refusal {
    enum status status;
    struct str why;             // a sentence; nothing of the machine's inside
    const char *name;           // what the handler called it with call_name_fault(); NULL: nothing
    enum sigv4_fault signature; // of UNAUTHENTICATED; SIGV4_SOUND: there is no signature
};

struct protocol_def {
    const char *signing_name; // "states"; NULL ends the list
    const char *target;       // "AWSStepFunctions."
    size_t body_bytes_max;
    // Runs on a worker thread. call_service() is what the service's open() made.
    enum status (*run)(struct scope *s, struct call *call);
    // Makes the answer that tells of it, with call_answer_bytes() and call_answer_header().
    void (*refuse)(struct call *call, const struct refusal *refusal);
};

#endif
