// A server for tests of the edge and of services: the real HTTP server on a loopback port, the
// edge, the given services, on a store in memory and a simulated clock, or on the embedded store
// and the real one. Everything ends with the scope.
#ifndef SHEAF_TEST_EDGE_FIXTURE_H
#define SHEAF_TEST_EDGE_FIXTURE_H

#include "core/json.h"
#include "edge/edge.h"
#include "edge/keys.h"
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
    struct str openapi;                    // empty: docs/openapi.json
    uint64_t seed;                         // of the world and the store; 0: 1
    unsigned adversity;                    // of the store
    struct str embedded;                   // folder of an embedded store; empty: in memory
    struct http_client_options outside;    // of the platform's client
    uint32_t requests_per_second;
    char *const *flags;       // settings; NULL: none
    char *const *environment; // what secrets refer to; NULL: nothing
};

// Starts. Returns false, with the test failed, when it does not.
bool edge_fixture_start(struct scope *s, const struct edge_fixture_options *options,
                        struct edge_fixture *out);

// Makes a key for a tenant; `client` may be empty.
struct str edge_fixture_key(struct scope *s, struct edge_fixture *f, const char *tenant,
                            const char *client, const char *scopes);

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

#endif
