// The whole signing service in one process, for tests: the edge over loopback HTTP, its workers and
// the engine of flows on the calling thread, on a store in memory and a clock that stands still
// until it is moved (or on the embedded store and the real clock). Its folders lie on the simulated
// disk. Everything ends with the scope.
#ifndef SHEAF_TEST_SIGNING_FIXTURE_H
#define SHEAF_TEST_SIGNING_FIXTURE_H

#include "services/signing/service_impl.h"
#include "test/edge_fixture.h"

enum { SIGNING_FLAGS_MAX = 12 };

struct signing_fixture {
    struct edge_fixture edge;
    struct signing *self;
    const struct worker_def *workers[3]; // the service's and the engine's; NULL ends the list
    struct str key;                      // of the tenant "acme", with all scopes of signing
};

struct signing_fixture_options {
    uint64_t seed;
    unsigned adversity;
    bool embedded;
    struct http_client_options outside;   // the service's client: stand-ins for outside parties
    const char *flags[SIGNING_FLAGS_MAX]; // more settings
};

// Starts. NULL, with the test failed, when it does not.
struct signing_fixture *signing_fixture_start(struct scope *s,
                                              const struct signing_fixture_options *options);

struct answered signing_get(struct scope *s, struct signing_fixture *f, const char *path);
// Puts a contract file by the API, as the tenant "acme".
struct answered signing_put(struct scope *s, struct signing_fixture *f, const char *path,
                            struct str body);

// Runs the messages of one queue only; returns how many.
unsigned signing_work_on(struct signing_fixture *f, const struct queue_def *queue);
// Does what can be done now, flows included; returns how many messages were worked on.
unsigned signing_work(struct signing_fixture *f);
// Lets everything happen that is to happen within `seconds`: the clock goes from timer to timer.
void signing_settle(struct signing_fixture *f, int64_t seconds);
// Looks into the watched folder, as the program does once a second.
void signing_look(struct signing_fixture *f);

#endif
