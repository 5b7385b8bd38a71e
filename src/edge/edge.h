// The edge: what stands between HTTP and the services. It routes by docs/openapi.json, finds out
// who calls, limits, validates, keeps idempotency keys, runs the handler, commits its change and
// answers. One edge serves all loops; its methods are called by the HTTP server.
//
// The start fails unless the document's operationIds and the handlers of all services are the same
// set.
#ifndef SHEAF_EDGE_EDGE_H
#define SHEAF_EDGE_EDGE_H

#include "edge/service.h"

struct edge;
struct http_exchange;

struct edge_options {
    const struct platform *platform;
    const struct service *const *services; // NULL-terminated; the edge's own is added
    void *const *selves;                   // what each service's open() made
    const struct queue_def *const *queues; // NULL-terminated: all that operators look after
    struct str openapi;                    // the document, JSON
    unsigned blocking_threads;             // of the pool for blocking handlers
    size_t blocking_waiting_max;           // more are answered BUSY
    struct str public_url;                 // how clients reach this server, for links
    bool log_requests;                     // every one, not only those that failed
    uint32_t requests_per_second;          // of a principal without a rate of its own; 0: no limit
};

// Errors: INVALID with the operation or the place in the document.
enum status edge_open(struct scope *s, const struct edge_options *options, struct edge **out);
// From now on /readyz says no, so that balancers send nothing new. Any thread.
void edge_drain(struct edge *e);
// Runs the calls that wait under a key (call_watch()). Any thread.
void edge_wake(struct edge *e, struct str key);
// Runs the waiting calls whose time is over, as a thread of the edge does once a second: for tests
// on a virtual clock.
void edge_tend(struct edge *e);
// Lets running handlers end. NULL is fine.
void edge_close(struct edge *e);

// The callbacks of http/server.h; `context` is the edge.
void edge_on_headers(void *context, struct http_exchange *x);
void edge_on_request(void *context, struct http_exchange *x);
// Answers with problem details what the HTTP server itself refuses.
void edge_on_refused(void *context, struct http_exchange *x, int code, struct str why);

// What the edge itself keeps and does: keys, clients, idempotency keys, /oauth/token,
// /openapi.json.
extern const struct service edge_service;

#endif
