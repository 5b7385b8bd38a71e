// The one signing session of a bundle's attempt: opened so that exactly one link reaches a signee,
// watched (webhook as a hint, polling, reminders), and ended by giving the waiting execution its
// answer. Steps are messages of the queue `signing_sessions`:
//
//   open    the intent (attempt, reference) was committed by the task that waits; asks the provider
//           (after an unknown outcome: finds and adopts one), and mails the link
//   watch   asks how it stands; cancels sessions that were not adopted; when it has ended, fetches
//           and keeps what was signed, and answers the task's token; else reminds when that is due,
//           and sends itself again, later. One such message is under way for each attempt.
//   look    a hint: as watch, at once, and not again
//   cancel  ends the sessions of an attempt that is no longer wanted; then the next may be opened
//
// The answers: success {"session_id", "provider"}, or failure Signing.Rejected, Signing.Expired,
// Signing.Cancelled, Signing.Failed with a cause. A signature that nobody waits for any more is
// kept and marked; an operator decides (session_accept_late()).
#ifndef SHEAF_SERVICES_SIGNING_SESSIONS_H
#define SHEAF_SERVICES_SIGNING_SESSIONS_H

#include "core/status.h"
#include "core/str.h"
#include "services/signing/bundle.h"

struct change;
struct scope;
struct signing;
struct work;

enum {
    SESSION_ATTEMPTS_MAX = 100, // of a bundle
    SESSION_MARKS_MAX = 50,
    SESSION_REASON_BYTES_MAX = 2048,
};

// Begins an attempt for a bundle whose unsigned document is ready: sets attempt, reference,
// provider, wait_task_token and deadline_at on the header, moves it to SENT, and sends `open` (and
// `cancel`, when an earlier attempt's session may still be there). With a late signature that was
// accepted there is nothing to ask for: the token is answered. The caller puts the header. Errors:
// REFUSED too many attempts.
enum status session_begin(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                          struct str task_token, int64_t now_us);

// A hint (webhook, page) that a session has moved on: looks at once. A bundle that there is not is
// fine.
void session_hint(struct scope *s, struct change *c, struct str tenant, struct str bundle_id);

// Ends the current session and begins the next attempt with the same token and deadline (resend):
// the new link is asked for when the old session is cancelled for certain. The caller puts the
// header. Errors: CONFLICT the bundle does not wait for a signature; REFUSED too many attempts.
enum status session_resend(struct scope *s, struct signing *self, struct change *c,
                           struct bundle *b, int64_t now_us);

// Ends the current session, if there is one, without an answer to its token: whoever waited has
// been stopped, or starts anew. The caller puts the header.
void session_end(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                 struct str reason, int64_t now_us);

// Adopts the newest signature that came late, of any attempt, ends whatever session is open, and
// lets the bundle go on: answers the token when it still waits, else calls bundle_resume(). The
// caller puts the header. Errors: CONFLICT there is none, or the bundle is signed already.
enum status session_accept_late(struct scope *s, struct signing *self, struct change *c,
                                struct bundle *b, struct str actor, struct str reason,
                                int64_t now_us);

// Lets a bundle whose execution has ended without a signature go on as one that is signed (the
// header's `original` says what): a new execution finds where to begin. The caller puts the header.
// May wait for a commit, as bundle_start().
enum status bundle_resume(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                          int64_t now_us);

// The task on the queue; its context is the service's struct signing.
enum status sessions_run(struct scope *s, struct work *work);

#endif
