// A server for tests of the edge and of services: the real HTTP server on a loopback port, the
// edge, the given services, on a store in memory and a simulated clock, or on the embedded store
// and the real one. Everything ends with the scope.
#ifndef SHEAF_TEST_EDGE_FIXTURE_H
#define SHEAF_TEST_EDGE_FIXTURE_H

#include "core/json.h"
#include "edge/access_key.h"
#include "edge/edge.h"
#include "edge/keys.h"
#include "flow/flow.h"
#include "http/client.h"

struct edge_fixture {
    struct world *world; // simulated, unless the store is embedded
    struct store *store;
    struct platform platform;
    struct edge *edge;
    void **selves;              // what each service's open() made
    struct http_client *client; // for calls to the server; the platform has one of its own
    struct str url;             // "http://127.0.0.1:12345"
};

struct edge_fixture_options {
    const struct service *const *services; // NULL-terminated
    struct str openapi;  // empty: docs/openapi.json, as far as these services serve it
    uint64_t seed;       // of the world and the store; 0: 1
    unsigned adversity;  // of the store
    struct str embedded; // folder of an embedded store; empty: in memory
    struct http_client_options outside; // of the platform's client
    uint32_t requests_per_second;
    bool flow; // the engine is open; its workers are the test's (workers_run())
    const struct task_def *const *tasks; // of the engine; NULL: those of the services
    char *const *flags;                  // settings; NULL: none
    char *const *environment;            // what secrets refer to; NULL: nothing
};

// Starts. Returns false, with the test failed, when it does not.
bool edge_fixture_start(struct scope *s, const struct edge_fixture_options *options,
                        struct edge_fixture *out);

// The shipped document with the edge's own paths, and those given as a JSON object instead of those
// of the shipped services.
struct str edge_fixture_document(struct scope *s, const char *paths);

// Makes a key for a tenant; `client` may be empty.
struct str edge_fixture_key(struct scope *s, struct edge_fixture *f, const char *tenant,
                            const char *client, const char *scopes);
// The credentials that AWS's clients sign with, of such a key.
struct access_key edge_fixture_access(struct scope *s, struct edge_fixture *f, struct str key);

// One request. `key` empty: no credential. `headers` is "Name: value\n..." or NULL.
struct answered {
    int code;
    struct str body;
    struct json json; // of a JSON body
    struct http_reply reply;
};
struct answered edge_fixture_call(struct scope *s, struct edge_fixture *f, const char *method,
                                  const char *path, struct str key, const char *headers,
                                  struct str body);

// A call of an AWS protocol (JSON 1.0): signed, unless `access` has no id. `skew_us` is how much
// the caller's clock is ahead.
struct aws_call {
    struct access_key access;
    const char *service; // "states"
    const char *target;  // "AWSStepFunctions.StartExecution"
    struct str body;
    int64_t skew_us;
    struct str bearer; // instead of a signature
};
struct answered edge_fixture_aws_call(struct scope *s, struct edge_fixture *f,
                                      const struct aws_call *call);

#endif
