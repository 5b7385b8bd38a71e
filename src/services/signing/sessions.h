// The one signing session of a bundle's attempt: opened so that exactly one link reaches a signee,
// watched (webhook as a hint, polling, reminders), and ended by giving the waiting execution its
// answer. Steps are messages of the queue `signing_sessions`:
//
//   open   the intent (attempt, reference) was committed by the task that waits; asks the provider
//          (after an unknown outcome: finds, adopts one, cancels the others), and mails the link
//   watch  asks how it stands; when it has ended, fetches and keeps what was signed, and answers
//   the
//          task's token; else reminds when that is due, and sends itself again, later
//   cancel ends a session that is no longer wanted
#ifndef SHEAF_SERVICES_SIGNING_SESSIONS_H
#define SHEAF_SERVICES_SIGNING_SESSIONS_H

#include "core/status.h"
#include "core/str.h"
#include "services/signing/bundle.h"

struct change;
struct scope;
struct signing;
struct work;

// Begins an attempt for a bundle whose unsigned document is ready: sets attempt, reference,
// wait_task_token and deadline on the header, moves it to SENT, and sends `open`. The caller puts
// the header.
enum status session_begin(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                          struct str task_token, int64_t now_us);

// A hint (webhook, page) that a session has moved on: looks at once.
void session_hint(struct scope *s, struct change *c, struct str tenant, struct str bundle_id);

// Ends the current session and begins the next attempt with the same token (resend). Errors:
// CONFLICT the bundle does not wait for a signature.
enum status session_resend(struct scope *s, struct signing *self, struct change *c,
                           struct bundle *b, int64_t now_us);

// The task on the queue.
enum status session_run(struct scope *s, struct work *work);

#endif
