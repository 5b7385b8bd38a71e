// The session on the bundle's header: how an attempt begins, is sent anew, and ends when somebody
// says so. What the provider is asked and told stands in the steps: session_open.c,
// session_watch.c, session_cancel.c, session_keep.c.
//
// The one invariant: at most one session of a bundle has its link mailed at a time, and before the
// link of a next attempt is mailed, every session of those before is cancelled for certain:
// attempts whose cancelling is not confirmed stand in the header's `cancelling`, and `open` waits
// for it to be empty.
#include "services/signing/sessions_impl.h"

#include "core/moment.h"
#include "core/scope.h"
#include "sys/world.h"

bool session_stage_ended(enum session_stage stage)
{
    static const bool ended[] = {
#define STAGE(name, is_ended, meaning) is_ended,
#include "services/signing/session_stages.def"
#undef STAGE
    };
    return ended[stage];
}

static const char *stage_name(enum session_stage stage)
{
    static const char *const names[] = {
#define STAGE(name, is_ended, meaning) #name,
#include "services/signing/session_stages.def"
#undef STAGE
    };
    return names[stage];
}

struct json session_get(const struct bundle *b, const char *name)
{
    return json_member(bundle_member(b, "session"), name);
}

void session_set(struct scope *s, struct bundle *b, const char *name, struct json value)
{
    struct json session = bundle_member(b, "session");

    if (!json_is(session, JSON_OBJECT))
        session = json_object(NULL, 0);
    bundle_set(s, b, "session",
               value.type == JSON_NULL ? json_without(s, session, str(name))
                                       : json_with(s, session, str(name), value));
}

enum session_stage session_stage_of(const struct bundle *b)
{
    struct str name = json_text(session_get(b, "state"));

    for (unsigned i = 0; i < STAGES; i++)
        if (str_is(name, stage_name((enum session_stage)i)))
            return (enum session_stage)i;
    return STAGE_NONE;
}

int64_t session_attempt(const struct bundle *b)
{
    int64_t attempt = 0;

    (void)json_to_i64(bundle_member(b, "attempt"), &attempt);
    return attempt;
}

int64_t session_moment(struct json value)
{
    int64_t at_us = 0;

    return moment_read(json_text(value), &at_us) ? at_us : 0;
}

struct json moment_json(struct scope *s, int64_t at_us)
{
    return json_string(moment_to_str(s, at_us, MOMENT_MILLISECONDS));
}

void session_move(struct scope *s, struct bundle *b, enum session_stage to, int64_t now_us)
{
    session_set(s, b, "state", json_string(str(stage_name(to))));
    if (session_stage_ended(to))
        session_set(s, b, "ended_at", moment_json(s, now_us));
}

void session_audit(struct scope *s, struct change *c, const struct bundle *b, const char *action,
                   int64_t attempt)
{
    struct json details = json_with(s, json_object(NULL, 0), str("attempt"), json_i64(s, attempt));

    change_audit(c, &(struct audit_entry){.tenant = b->tenant,
                                          .actor = str("system"),
                                          .action = str(action),
                                          .subject = b->bundle_id,
                                          .details = json_to_str(s, details)});
}

struct str step_reference(struct scope *s, const struct bundle *b, int64_t attempt)
{
    return str_format(s, "%.*s#%lld", STR(b->bundle_id), (long long)attempt);
}

// -- how an attempt begins and ends --------------------------------------------------------------

void session_cancel_current(struct scope *s, struct change *c, struct bundle *b)
{
    int64_t attempt = session_attempt(b);
    struct json list = bundle_member(b, "cancelling");
    struct json *items = scope_array(s, list.count + 1, sizeof *items);
    struct step cancel = {.kind = STEP_CANCEL,
                          .attempt = attempt,
                          .reference = step_reference(s, b, attempt),
                          .provider = json_text(bundle_member(b, "provider")),
                          .document = json_text(session_get(b, "document")),
                          .session_id = json_text(bundle_member(b, "sign_request_id"))};

    for (size_t i = 0; i < list.count; i++)
        items[i] = json_at(list, i);
    items[list.count] = json_i64(s, attempt);
    bundle_set(s, b, "cancelling", json_array(items, list.count + 1));
    step_send(s, c, b, &cancel, 0);
}

// Puts the next attempt on the header, and what it starts with into the change.
static enum status begin_next(struct scope *s, struct signing *self, struct change *c,
                              struct bundle *b, int64_t now_us)
{
    int64_t attempt = session_attempt(b) + 1;
    struct step open = {.kind = STEP_OPEN, .attempt = attempt};

    if (attempt > SESSION_ATTEMPTS_MAX)
        return fail(s, REFUSED, "bundle %.*s was sent to its signee %d times", STR(b->bundle_id),
                    SESSION_ATTEMPTS_MAX);
    if (!session_stage_ended(session_stage_of(b)))
        session_cancel_current(s, c, b);
    bundle_set(s, b, "attempt", json_i64(s, attempt));
    bundle_set(s, b, "reference", json_string(step_reference(s, b, attempt)));
    bundle_set(s, b, "provider", json_string(str(self->sessions->preferred->provider->name)));
    bundle_set(s, b, "sign_request_id", json_null());
    bundle_set(s, b, "session", json_null());
    session_move(s, b, STAGE_INTENT, now_us);
    session_set(s, b, "document",
                json_string(json_text(json_member(bundle_member(b, "unsigned"), "sha256"))));
    step_send(s, c, b, &open, 0);
    session_audit(s, c, b, "session.begun", attempt);
    return OK;
}

enum status session_begin(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                          struct str task_token, int64_t now_us)
{
    struct step watch = {.kind = STEP_WATCH, .attempt = session_attempt(b)};

    bundle_set(s, b, "wait_task_token", json_string(task_token));
    bundle_move(s, b, BUNDLE_SENT, now_us, (struct str){0});
    if (session_stage_of(b) == STAGE_ACCEPTED) {
        step_send(s, c, b, &watch, 0);
        return OK;
    }
    bundle_set(s, b, "deadline_at", moment_json(s, now_us + self->sessions->deadline_us));
    if (session_stage_of(b) == STAGE_INTENT)
        return OK; // nothing was asked for yet: that attempt is the one
    return begin_next(s, self, c, b, now_us);
}

void session_hint(struct scope *s, struct change *c, struct str tenant, struct str bundle_id)
{
    struct bundle b = {.tenant = tenant, .bundle_id = bundle_id};
    struct step look = {.kind = STEP_LOOK};

    step_send(s, c, &b, &look, 0);
}

enum status session_resend(struct scope *s, struct signing *self, struct change *c,
                           struct bundle *b, int64_t now_us)
{
    if (b->status != BUNDLE_SENT || session_stage_ended(session_stage_of(b)))
        return fail(s, CONFLICT, "bundle %.*s does not wait for a signature", STR(b->bundle_id));
    if (session_stage_of(b) == STAGE_INTENT)
        return fail(s, CONFLICT, "bundle %.*s is about to be sent", STR(b->bundle_id));
    return begin_next(s, self, c, b, now_us);
}

void session_end(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                 struct str reason, int64_t now_us)
{
    (void)self;
    if (session_stage_ended(session_stage_of(b)))
        return;
    session_cancel_current(s, c, b);
    session_move(s, b, STAGE_CANCELLED, now_us);
    session_set(s, b, "reason", json_string(str_slice(reason, 0, SESSION_REASON_BYTES_MAX)));
    session_audit(s, c, b, "session.cancelled", session_attempt(b));
}
