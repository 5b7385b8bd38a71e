// The receipts service with its outside parties in one process, for tests and simulations: the edge
// over loopback HTTP, the tasks on the calling thread, tax office, warehouse and receiver of
// webhooks called without sockets. On a store in memory the clock stands still until it is moved.
#ifndef SHEAF_TEST_RECEIPTS_FIXTURE_H
#define SHEAF_TEST_RECEIPTS_FIXTURE_H

#include "partners/faults.h"
#include "partners/hooks.h"
#include "partners/office.h"
#include "partners/partner.h"
#include "services/receipts/receipt.h"
#include "test/edge_fixture.h"

#include <stdbool.h>

struct receipts_fixture {
    struct edge_fixture edge;
    const struct worker_def *workers;
    struct office *offices[OFFICES];
    struct hooks *hooks;
    struct str key; // of the tenant "acme", with all scopes of receipts
    struct faults faults[PARTY_COUNT];
    // Called before a partner answers a call, when it is not NULL: to do what races with it.
    void (*meanwhile)(struct receipts_fixture *f, struct scope *s, enum party p);
    void *meanwhile_context;
    unsigned calls[PARTY_COUNT]; // made to each party
    struct str event_id;         // of the last webhook that came
    struct str event_body;
    struct scope *scope; // what these lie in
};

struct receipts_fixture_options {
    uint64_t seed;
    unsigned adversity;
    bool embedded;
    bool real_calls;  // the service's calls go to the network, not to the parties in process
    bool no_partners; // confirmed inside, without a call
    struct faults faults[PARTY_COUNT];
    const char *flags[8]; // more settings; NULL-terminated
};

// Everything at its default: a kind store, partners that do nothing wrong.
struct receipts_fixture_options receipts_fixture_standard(void);

// Starts. NULL, with the test failed, when it does not. Ends with the scope.
struct receipts_fixture *receipts_fixture_start(struct scope *s,
                                                const struct receipts_fixture_options *options);

// A key of the tenant "acme" or another; `client` may be empty.
struct str receipts_key(struct scope *s, struct receipts_fixture *f, const char *tenant,
                        const char *client, const char *scopes, bool read_only);

// A sound till receipt of the client "shop-1".
struct str receipts_sample(struct scope *s, const char *number);
// As XML, without a declaration.
struct str receipts_sample_xml(struct scope *s, const char *number);

// POSTs a document, by default as JSON: `headers` "Name: value\n..." replaces the Content-Type.
struct answered receipts_post(struct scope *s, struct receipts_fixture *f, const char *query,
                              const char *headers, struct str body);
// As receipts_post() of something sound; returns the receipt's id, empty when it was not taken.
struct str receipts_take_in(struct scope *s, struct receipts_fixture *f, const char *query);
struct answered receipts_get(struct scope *s, struct receipts_fixture *f, const char *path);
// The state's name, as GET /receipts/status/{id} tells it; empty: not there.
struct str receipts_state(struct scope *s, struct receipts_fixture *f, struct str id);
struct json receipts_status(struct scope *s, struct receipts_fixture *f, struct str id);
// Likewise the state of its registration with "tax" or "warehouse".
struct str receipts_registration(struct scope *s, struct receipts_fixture *f, struct str id,
                                 const char *partner);

// `hotFinal` of the service's status.
int64_t receipts_hot_final(struct scope *s, struct receipts_fixture *f);

// Runs tasks until none is ready (at most `count_max`); returns how many ran.
unsigned receipts_work(struct receipts_fixture *f, unsigned count_max);
// Makes the callbacks that are due; returns how many.
unsigned receipts_call_back(struct scope *s, struct receipts_fixture *f);
// Sends a callback of one's own. `secret` NULL: the right one. `at_s` 0: now.
struct answered receipts_send_callback(struct scope *s, struct receipts_fixture *f, enum party p,
                                       const char *secret, int64_t at_s, struct str body);
// Works, calls back and moves the clock on until nothing happens any more for `quiet_s` of the
// clock's seconds, at most `days` days.
void receipts_settle(struct scope *s, struct receipts_fixture *f, int64_t quiet_s, int days);

// Messages in a queue: visible or delayed; and set aside.
uint64_t receipts_waiting(struct receipts_fixture *f, const struct queue_def *queue);
uint64_t receipts_dead(struct receipts_fixture *f);
// How often the audit log has this action of this subject (empty: any).
unsigned receipts_audited(struct scope *s, struct receipts_fixture *f, const char *action,
                          struct str subject);

#endif
