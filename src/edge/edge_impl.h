// The inside of the edge, for its own files.
#ifndef SHEAF_EDGE_EDGE_IMPL_H
#define SHEAF_EDGE_EDGE_IMPL_H

#include "edge/call_impl.h"
#include "edge/edge.h"
#include "edge/openapi_impl.h"

struct auth;
struct limits;
struct metric;
struct pool;

struct edge {
    const struct platform *platform;
    const struct service *const *services;
    void *const *selves;
    struct openapi api;
    struct auth *auth;
    struct limits *limits;
    struct pool *pool;
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

// Runs the call's handler and goes on from there: commit, answer. Any thread.
void edge_run(struct call *c);

#endif
