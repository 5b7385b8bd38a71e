// The inside of a call, for the edge only.
#ifndef SHEAF_EDGE_CALL_IMPL_H
#define SHEAF_EDGE_CALL_IMPL_H

#include "crypto/sigv4.h"
#include "edge/call.h"
#include "edge/openapi_impl.h"

#include <stdbool.h>

struct edge;
struct http_exchange;

enum { ANSWER_HEADERS_MAX = 12, PROBLEM_MEMBERS_MAX = 4 };

struct header {
    const char *name;
    struct str value;
};

struct answer {
    int code;
    const char *media_type;
    struct str body;
    struct header headers[ANSWER_HEADERS_MAX];
    size_t header_count;
    struct json_member members[PROBLEM_MEMBERS_MAX]; // of problem details
    size_t member_count;
    const char *fault; // what the protocol calls the failure; NULL: nothing
};

// What the idempotency key of a request decided; see idempotency_impl.h.
struct idempotency {
    struct str partition; // empty: the request has no key
    struct str fingerprint;
    size_t item; // of the change: its if-absent put
    bool put;
};

// What a call that may have to wait watches; see park_impl.h.
struct watch {
    struct str key;
    uint64_t wakes;   // of the key before the handler looked
    int64_t until_us; // monotonic
    bool parked;      // the handler asked for it
};

struct call {
    struct edge *edge;
    struct http_exchange *exchange;
    struct scope *scope;
    const struct operation *operation;
    struct principal principal;
    bool authenticated;
    struct str request_id;
    int64_t now_us;
    int64_t arrived_us; // monotonic; when the request was complete
    struct str query;
    struct str segments[PATH_SEGMENTS_MAX];
    struct json json;
    unsigned attempt;
    const struct record *obstacle;
    struct change *change;
    struct answer answer;
    size_t admitted_headers; // of the answer, set before the handler ran
    struct idempotency idempotency;
    const struct sigv4_claim *claim; // signed and not yet verified, or NULL
    enum sigv4_fault signature;      // why a signature was refused
    bool is_signed;                  // the caller proves itself with SigV4
    bool streaming;
    struct watch watch;
    void *kept;        // the handler's, from one run to the next
    struct call *next; // in the pool's queue, or parked
};

#endif
