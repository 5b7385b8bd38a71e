// What the files of a session's life share: what was opened with the service, the stages, and one
// step on its way.
#ifndef SHEAF_SERVICES_SIGNING_SESSIONS_IMPL_H
#define SHEAF_SERVICES_SIGNING_SESSIONS_IMPL_H

#include "notify/mail.h"
#include "services/signing/provider.h"
#include "services/signing/service_impl.h"
#include "services/signing/sessions.h"

#include <stdatomic.h>

struct metric;
struct world;

enum { REMINDERS_MAX = 10, SESSION_STEP_BYTES_MAX = 1200 << 20 };

// Where a session stands: the member `session.state` of the header.
enum session_stage {
#define STAGE(name, ended, meaning) STAGE_##name,
#include "services/signing/session_stages.def"
#undef STAGE
    STAGES
};

struct sessions {
    struct signing *self;
    struct provider_at providers[PROVIDERS];
    const struct provider_at *preferred; // of new attempts
    // Sends a mail: mail_send(), or what a test puts in its place.
    enum status (*mail)(struct scope *s, struct change *c, const struct mail *mail);
    int64_t deadline_us;
    int64_t reminders_us[REMINDERS_MAX]; // after the first mail, ascending
    size_t reminder_count;
    int64_t poll_s;
    int64_t code_life_us;
    int64_t codes_max;                 // an hour and session
    atomic_llong unreachable_since_us; // the first failure of those in a row; 0: it answers
    struct metric *outcomes;
    struct metric *failures;
};

enum status sessions_open(struct scope *s, struct signing *self, struct sessions **out);

enum step_kind { STEP_OPEN, STEP_WATCH, STEP_LOOK, STEP_CANCEL, STEPS };

// A message under work. `change` is the worker's.
struct step {
    enum step_kind kind;
    int64_t attempt;                  // that it is about
    int64_t tries;                    // failed in a row, or looks at what is not ready
    int64_t rounds;                   // of a cancel, of a watch: done so far
    struct str reference, session_id; // of a cancel; the id may be empty
    struct str provider;              // its name
    struct str document;              // of a cancel: SHA-256 of what was to be signed
    struct signing *self;
    struct sessions *all;
    struct work *work;
    struct change *change;
    const struct provider_at *at;
    struct bundle b;
    int64_t now_us;
};

// sessions.c
struct str step_reference(struct scope *s, const struct bundle *b, int64_t attempt);
void step_send(struct scope *s, struct change *c, const struct bundle *b, const struct step *step,
               int64_t delay_s);
enum session_stage session_stage_of(const struct bundle *b);
bool session_stage_ended(enum session_stage stage);
int64_t session_attempt(const struct bundle *b);
struct json session_get(const struct bundle *b, const char *name);
void session_set(struct scope *s, struct bundle *b, const char *name, struct json value);
void session_move(struct scope *s, struct bundle *b, enum session_stage to, int64_t now_us);
int64_t session_moment(struct json value); // 0: there is none
struct json moment_json(struct scope *s, int64_t at_us);
// Puts the attempt on the header among those that are to be cancelled, and sends `cancel` for it.
void session_cancel_current(struct scope *s, struct change *c, struct bundle *b);
void session_audit(struct scope *s, struct change *c, const struct bundle *b, const char *action,
                   int64_t attempt);
// What to do about a provider's failure: one that may pass is counted, and the step is sent again,
// later each time; `*over` then is true and OK returned. Another is returned.
enum provider_call { CALL_CREATE, CALL_FIND, CALL_LOOK, CALL_FETCH, CALL_CANCEL };
enum status step_failed(struct scope *s, struct step *step, enum provider_call call, enum status e,
                        bool *over);
void step_reached(struct step *step);
// Answers the token; `*late`: nobody waits any more.
enum status step_answer(struct scope *s, struct step *step, const char *error, struct str cause,
                        bool *late);
// Ends the session of the step in a failure, and tells who waits.
enum status step_refuse(struct scope *s, struct step *step, enum session_stage stage,
                        struct str reason);
// The sessions of a reference.
enum status step_find(struct scope *s, struct step *step, struct str reference,
                      struct session **out, size_t *count);

// session_open.c, session_watch.c, session_cancel.c
enum status open_run(struct scope *s, struct step *step);
enum status watch_run(struct scope *s, struct step *step);
enum status cancel_run(struct scope *s, struct step *step);

// session_keep.c: what was signed is fetched and kept; then whoever waits is told, or it is marked
// as late. BUSY: not packaged yet.
enum status session_keep(struct scope *s, struct step *step, const struct session *session);

// session_mail.c
// What the document is called, in the bundle's language: "Vehicle contracts 2025-09-15, DEALER1,
// …".
struct str session_title(struct scope *s, const struct bundle *b);
enum status session_invite(struct scope *s, struct step *step, const struct session *session);
enum status session_remind(struct scope *s, struct step *step, const struct session *session,
                           unsigned number);
// A one-time code of the signing page.
struct code_mail {
    struct str tenant, session_id, to, language;
    struct str code;
    unsigned number; // of those that this session has asked for
    int minutes;     // that it is valid
};
enum status session_mail_code(struct scope *s, const struct sessions *all, struct change *c,
                              const struct code_mail *code);

#endif
