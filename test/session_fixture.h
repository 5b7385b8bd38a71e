// Sessions of the signing service on a store in memory, with the engine, mail's outbox and a
// provider that is scripted: under a seed it fails before or after it did what it was asked, does
// it later, and is down for a while. A signee follows each mailed link. The clock goes from message
// to message; the process dies where it is told to.
#ifndef SHEAF_TEST_SESSION_FIXTURE_H
#define SHEAF_TEST_SESSION_FIXTURE_H

#include "core/chance.h"
#include "flow/executions.h"
#include "services/signing/sessions_impl.h"
#include "sys/metrics.h"
#include "sys/sim.h"
#include "test/harness.h"

enum { SCRIPTED_MAX = 4000, LEDGER_MAX = 4000 };

struct scripted {
    char id[40];
    char reference[80];
    enum session_state state;
    int64_t created_at_us;
    int64_t visible_at_us; // later than it was asked for: a request that was carried out late
    unsigned fetches;
};

// A mail that went out.
struct mailed {
    char id[120];
    char link[80];
    int64_t at_us;
};

struct session_fixture;

// A party that plays the provider in place of the script.
struct session_fixture_party {
    void *context;
    // Makes the provider of a process that starts.
    enum status (*open)(struct scope *s, void *context, struct session_fixture *f,
                        struct provider_at *out);
    void (*mailed)(void *context, struct session_fixture *f, struct str link); // for the first time
    void (*turn)(void *context, struct session_fixture *f);                    // time has passed
};

enum signee_kind { SIGNEE_SIGNS, SIGNEE_REJECTS, SIGNEE_NEVER };

struct session_fixture_options {
    uint64_t seed;
    unsigned adversity;
    uint32_t fail_before, fail_after, late;    // of 100 calls of the provider
    uint32_t busy_fetches;                     // before a document is packaged
    bool builtin;                              // no script: the built-in provider
    const struct session_fixture_party *party; // NULL: the script
    enum signee_kind signee;
    int64_t signs_after_s; // the mail came
    const char *flags[8];
};

struct session_fixture {
    struct session_fixture_options options;
    struct world *world;
    struct platform platform;
    struct metrics *metrics;
    struct signing *self;
    const struct worker_def *workers[4];
    const struct store_schema *schema;
    struct owner owner;
    struct scope *scope; // of what runs now
    struct chance chance;
    int64_t down_until_us;
    unsigned calls; // of the provider
    struct scripted sessions[SCRIPTED_MAX];
    size_t session_count;
    struct mailed mails[LEDGER_MAX];
    size_t mail_count;
    unsigned wrong; // a link that was mailed while another of the bundle was open, and the like
};

// Ends with the scope. NULL, with the test failed, when it did not start.
struct session_fixture *session_fixture_open(struct scope *s,
                                             const struct session_fixture_options *options);
// The process dies and starts again.
void session_fixture_crash(struct session_fixture *f);

// Puts a bundle with an unsigned document, and starts an execution that waits for its signature.
void session_fixture_begin(struct scope *s, struct session_fixture *f, const char *bundle_id);
struct bundle session_fixture_get(struct scope *s, struct session_fixture *f,
                                  const char *bundle_id);
struct execution session_fixture_execution(struct scope *s, struct session_fixture *f,
                                           const char *bundle_id);
// Does with a bundle's header what `deed` does, again until it is committed.
enum status session_fixture_do(struct scope *s, struct session_fixture *f, const char *bundle_id,
                               enum status (*deed)(struct scope *s, struct session_fixture *f,
                                                   struct change *c, struct bundle *b));

// Works and moves the clock until `seconds` have passed or nothing is left to be done.
void session_fixture_settle(struct session_fixture *f, int64_t seconds);
// Runs what can be run now; returns how many messages.
unsigned session_fixture_work(struct session_fixture *f);

// Different mails whose id has this in it.
unsigned session_fixture_mails(const struct session_fixture *f, const char *part);
// Sessions of the scripted provider in a state.
unsigned session_fixture_count(const struct session_fixture *f, enum session_state state);

#endif
