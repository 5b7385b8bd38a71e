// The inside of the edge, for its own files.
#ifndef SHEAF_EDGE_EDGE_IMPL_H
#define SHEAF_EDGE_EDGE_IMPL_H

#include "edge/call_impl.h"
#include "edge/edge.h"
#include "edge/openapi_impl.h"

struct auth;
struct limits;
struct metric;
struct park;
struct pool;

struct edge {
    const struct platform *platform;
    const struct service *const *services;
    void *const *selves;
    const struct queue_def *const *queues;
    struct openapi api;
    struct auth *auth;
    struct limits *limits;
    struct pool *pool;
    struct park *park;
    struct operation *protocols; // one each
    size_t protocol_count;
    struct str public_url;
    struct metric *requests;
    struct metric *request_seconds;
    struct str openapi_json; // the document's text, 3.1 and the 3.0 form
    struct str openapi_json_30;
    int64_t opened_at_us; // monotonic
    _Atomic bool draining;
    bool log_requests;
    uint32_t requests_per_second; // default of a principal; 0: unlimited
};

// Takes the next parameter off a query string, decoded; one that is not encoded rightly as it
// stands. False at the end.
bool query_next(struct scope *s, struct str *rest, struct str *name, struct str *value);

// When the head is there. Errors: what is refused.
enum status edge_admit(struct call *c);
// When the body of a signed request is there. Errors: UNAUTHENTICATED, LIMIT, DENIED.
enum status edge_prove(struct call *c);

// Runs the call's handler and goes on from there: commit, answer. Any thread.
void edge_run(struct call *c);

// Back to what the answer was before the handler ran: the headers of the rate limit.
void edge_forget_answer(struct call *c);

// Runs a call that was parked again.
void edge_run_parked(struct call *c);

#endif
