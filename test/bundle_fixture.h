// The signing service's flow on a store and a simulated world: no threads and no sockets, the clock
// stands still until it is moved, tasks and messages run on the calling thread.
#ifndef SHEAF_TEST_BUNDLE_FIXTURE_H
#define SHEAF_TEST_BUNDLE_FIXTURE_H

#include "edge/service.h"
#include "flow/executions.h"
#include "partners/onbase.h"
#include "services/signing/service_impl.h"
#include "sys/world.h"
#include "test/bundle_signee.h"
#include "test/harness.h"

struct bundle_fixture {
    struct world *world;
    struct platform platform;            // its store, flow and settings
    void *self;                          // what the service's open() made
    const struct worker_def *workers[3]; // the flow's and the service's
    struct owner owner;
    struct bundle_signee *signee;
    struct onbase *onbase; // takes what lies in its folder while time passes
    const struct bundle_fixture_options *options;
    const struct store_schema *schema;
    struct scope *scope; // of the service and the engine that run now
    bool died;           // the embedded store could not tell whether a change was committed
};

enum { BUNDLE_FIXTURE_FLAGS = 8 };

// The signee signs at once and OnBase takes everything.
#define BUNDLE_FIXTURE_KIND                                                                        \
    {                                                                                              \
        .seed = 1, .signee = SESSION_SIGNED                                                        \
    }

struct bundle_fixture_options {
    uint64_t seed;
    unsigned adversity;  // of the store in memory
    struct str embedded; // folder of an embedded store
    bool real;           // in the real world, with the embedded store
    // Wraps a task before it runs: to let it fail. NULL: nothing.
    enum status (*before)(struct scope *s, struct task *t, const char *name, bool *handled);
    const char *flags[BUNDLE_FIXTURE_FLAGS];
    enum session_state signee; // what the signee does; SESSION_OPEN: nothing
    struct faults onbase;
    bool onbase_reports;
};

// Ends with the scope. NULL, with the test failed, when it did not start.
struct bundle_fixture *bundle_fixture_open(struct scope *s,
                                           const struct bundle_fixture_options *options);
// Ends everything and starts again on what is in the store, after a crash of the process.
void bundle_fixture_crash(struct bundle_fixture *f, bool power_cut);

// Puts a bundle of `count` vehicles as the ingest would; with `start` it is started, too.
void bundle_fixture_put(struct scope *s, struct bundle_fixture *f, const char *bundle_id,
                        size_t count, bool start);
// Starts it, again until the store answers.
enum status bundle_fixture_start(struct scope *s, struct bundle_fixture *f, const char *bundle_id);
// What an operator does: again until the store answers.
enum status bundle_fixture_reprocess(struct scope *s, struct bundle_fixture *f,
                                     const char *bundle_id, bool anew);
enum status bundle_fixture_retry(struct scope *s, struct bundle_fixture *f, const char *bundle_id);
enum status bundle_fixture_stop(struct scope *s, struct bundle_fixture *f, const char *bundle_id);
struct bundle bundle_fixture_get(struct scope *s, struct bundle_fixture *f, const char *bundle_id);
struct vehicle bundle_fixture_vehicle(struct scope *s, struct bundle_fixture *f,
                                      const char *bundle_id, size_t i);
struct execution bundle_fixture_execution(struct scope *s, struct bundle_fixture *f,
                                          const char *bundle_id);

// Does what can be done now; returns how many messages were worked on.
unsigned bundle_fixture_work(struct bundle_fixture *f, unsigned count_max);
// Lets everything happen that is to happen within `seconds`: the clock goes from timer to timer.
void bundle_fixture_settle(struct bundle_fixture *f, int64_t seconds);

#endif
