// The flow engine on a store and a simulated world, for tests and simulations: no threads of its
// own, the clock stands still until it is moved, tasks run on the calling thread.
#ifndef SHEAF_TEST_FLOW_FIXTURE_H
#define SHEAF_TEST_FLOW_FIXTURE_H

#include "flow/executions.h"
#include "flow/machines.h"
#include "flow/outside.h"
#include "store/change.h"
#include "sys/world.h"
#include "test/harness.h"

struct flow_fixture {
    struct world *world;
    struct store *store;
    struct flow *flow;
    const struct worker_def *workers;
    struct owner owner;
    const struct flow_fixture_options *options;
    const struct store_schema *schema;
    struct settings *settings;
    struct metrics *metrics;
    struct scope *scope; // of the engine that runs now
    bool died;           // the embedded store could not tell whether a change was committed
};

struct flow_fixture_options {
    uint64_t seed;
    unsigned adversity; // of the store in memory
    bool embedded;
    const struct task_def *tasks;  // ended by one without a name; NULL: none
    const struct table_def *table; // of the tests' own; NULL: none
    char *flags[8];                // of settings
};

// Ends with the scope. NULL when it did not start.
struct flow_fixture *flow_fixture_open(struct scope *s, const struct flow_fixture_options *options);
// Ends the engine and starts it again on what is in the store; an embedded store is opened anew.
void flow_fixture_restart(struct flow_fixture *f);
// As flow_fixture_restart(), after the power was cut, or the process was killed.
void flow_fixture_crash(struct flow_fixture *f, bool power_cut);

// What a client does, again until it is answered: the store may fail or be in the way. Definitions
// and inputs are written with ' for ".
struct str flow_fixture_machine(struct scope *s, struct flow_fixture *f, const char *name,
                                const char *definition);
struct str flow_fixture_start(struct scope *s, struct flow_fixture *f, struct str machine,
                              const char *name, const char *input);
enum status flow_fixture_answer(struct scope *s, struct flow_fixture *f,
                                const struct token_answer *answer);
enum status flow_fixture_stop(struct scope *s, struct flow_fixture *f, struct str arn);
enum status flow_fixture_take(struct scope *s, struct flow_fixture *f, struct str what,
                              struct outside_work *out);

// Lets everything happen that is to happen within `seconds`: the clock goes from timer to timer.
void flow_fixture_settle(struct flow_fixture *f, int64_t seconds);
// Does what can be done now; returns how many messages were worked on.
unsigned flow_fixture_work(struct flow_fixture *f);

struct execution flow_fixture_get(struct scope *s, struct flow_fixture *f, struct str arn);
// The types of all events of the history, separated by spaces.
struct str flow_fixture_history(struct scope *s, struct flow_fixture *f, struct str arn);

#endif
