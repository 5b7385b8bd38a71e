// A server for tests of the edge and of services: the real HTTP server on a loopback port, the
// edge, the given services, on a store in memory and a simulated clock. Everything ends with the
// scope.
#ifndef SHEAF_TEST_EDGE_FIXTURE_H
#define SHEAF_TEST_EDGE_FIXTURE_H

#include "core/json.h"
#include "edge/edge.h"
#include "edge/keys.h"
#include "http/client.h"

struct edge_fixture {
    struct world *world; // simulated
    struct store *store;
    struct platform platform;
    struct edge *edge;
    struct str url; // "http://127.0.0.1:12345"
};

struct edge_fixture_options {
    const struct service *const *services; // NULL-terminated
    struct str openapi;                    // empty: docs/openapi.json
    unsigned adversity;                    // of the store
    uint32_t requests_per_second;
    char *const *flags; // settings; NULL: none
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
