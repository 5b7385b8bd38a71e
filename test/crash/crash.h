// The crash test: what its files share. Senders put receipts in without a pause while the server is
// killed again and again; then everything that was acknowledged is looked for.
#ifndef SHEAF_TEST_CRASH_CRASH_H
#define SHEAF_TEST_CRASH_CRASH_H

#include "core/status.h"
#include "core/str.h"
#include "test/bench/sample.h"
#include "test/bench/server.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct http_client;
struct scope;
struct thread;

enum { CRASH_CLIENTS = 20, CRASH_SENDERS_MAX = 16, CRASH_ID_BYTES = 36 };

// What became of the n-th sample: its place in the list is its number.
struct sent {
    char id[CRASH_ID_BYTES];
    bool taken; // acknowledged with 202
    bool sound;
    bool webhook;
};

struct crash {
    struct scope *scope;
    struct bench_server server;
    uint64_t seed;
    unsigned kills;
    unsigned rate_per_s; // of all senders together
    struct sampler *sampler;
    struct http_client *client;
    struct str key;    // of the tenant "crash", with all scopes of receipts
    struct str secret; // between the server and its partners
    struct str hooks_url;
    struct str tax_url;
    struct str warehouse_url;

    struct sent *sent;
    uint64_t sent_max;
    atomic_ullong next;       // number of the next sample
    atomic_ullong broken;     // requests that got no answer, and were repeated
    atomic_ullong put_off;    // answered 503, and were repeated
    atomic_ullong surprising; // answered with another code than expected
    atomic_bool stopping;
    struct thread *senders[CRASH_SENDERS_MAX];
};

// One call with the key; code 0: no answer. `type` NULL: no body.
struct crash_answer {
    int code;
    struct str body;
};
struct crash_answer crash_call(struct crash *c, struct scope *s, const char *method, struct str url,
                               struct str key, const char *headers, struct str body);

// The n-th request, as it was and will always be.
struct crash_answer crash_send(struct crash *c, struct scope *s, uint64_t n, struct sample *sample,
                               char text[SAMPLE_BYTES_MAX]);

// Starts `count` threads that send until they are stopped; stopping waits until each has its last
// answer.
void crash_senders_start(struct crash *c, unsigned count);
void crash_senders_stop(struct crash *c);

// Looks at everything, and prints what is not as it must be. Returns how much is not.
struct crash_verdict {
    uint64_t acknowledged;
    uint64_t completed;
    uint64_t failed;
    uint64_t events;
    uint64_t wrong;
};
enum status crash_check(struct crash *c, struct scope *s, struct crash_verdict *out);

// Waits, within bounds, until every acknowledged receipt is final and its webhook was delivered.
// Errors: TIMEOUT, with what is still under way.
enum status crash_await_end(struct crash *c, struct scope *s);

#endif
