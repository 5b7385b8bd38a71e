// The crash test of flows: what its files share. Executions are started without a pause, and what
// they wait for outside is answered, while the server is killed again and again; then each must
// have ended as it does without a kill.
#ifndef SHEAF_TEST_FLOW_CRASH_FLOW_CRASH_H
#define SHEAF_TEST_FLOW_CRASH_FLOW_CRASH_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"
#include "test/bench/server.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct scope;
struct thread;

enum { KILLS_MAX = 1000, THREADS_MAX = 8, RUNNING_AIM = 200 };
// So many kinds of executions there are, by number; the first of each runs before the first kill.
enum { REFERENCES = 4 };

struct flow_crash {
    struct bench_server server;
    uint64_t seed;
    unsigned kills;
    unsigned rate_per_s;   // executions that are started
    struct str arn_prefix; // "arn:aws:states:REGION:ACCOUNT"
    uint64_t started_max;
    atomic_ullong next;    // number of the next execution
    atomic_ullong broken;  // requests that got no answer, and were repeated
    atomic_ullong put_off; // answered 5xx, and were repeated
    atomic_ullong tokens;  // that were brought back
    atomic_ullong invocations;
    atomic_ullong dropped;    // invocations that were left to their lease
    atomic_ullong surprising; // answered otherwise than expected
    atomic_bool starting;
    atomic_bool answering;
    struct thread *starters[THREADS_MAX];
    struct thread *answerers[THREADS_MAX];
    int64_t killed_at_us[KILLS_MAX]; // since 1970
    unsigned killed;
};

// One request with the operator's key; code 0: no answer. `target` is an operation of the states
// API, or NULL: `path` is a route.
struct replied {
    int code;
    struct json json;
};
struct replied crash_ask(struct flow_crash *c, struct scope *s, const char *target, struct str path,
                         struct str body);
// Starts execution n; returns whether that is acknowledged.
bool crash_start(struct flow_crash *c, struct scope *s, uint64_t n);
struct str crash_execution(struct scope *s, const struct flow_crash *c, uint64_t n);

// What execution n runs, and what must come of it.
struct crash_kind {
    const char *machine;
    unsigned applied; // results of tasks
    struct str output;
};
struct crash_kind crash_kind(struct scope *s, uint64_t n);
extern const char *const crash_machines[]; // names, NULL-terminated; beside, NAME.asl.json

void crash_starters_start(struct flow_crash *c);
void crash_starters_stop(struct flow_crash *c);
void crash_answerers_start(struct flow_crash *c);
void crash_answerers_stop(struct flow_crash *c);

struct crash_verdict {
    uint64_t executions;
    uint64_t applied; // results of tasks
    uint64_t events;
    uint64_t running_min, running_max; // when the server was killed
    uint64_t wrong;
};
// Waits until nothing runs. Errors: TIMEOUT, with how much still does.
enum status crash_await_end(struct flow_crash *c, struct scope *s);
// Looks at everything, and prints what is not as it must be.
enum status crash_check(struct flow_crash *c, struct scope *s, struct crash_verdict *out);

#endif
