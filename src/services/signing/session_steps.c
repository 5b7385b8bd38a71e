// Steps of a session: their messages, which one runs, and what they have in common when a provider
// fails or the waiting task is to be told.
#include "services/signing/sessions_impl.h"

#include "core/moment.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "flow/outside.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/world.h"

enum { RETRY_S_FIRST = 5, DOUBLINGS_MAX = 8, TRIES_MAX = 1 << 20 };

static const char *const step_names[] = {
    [STEP_OPEN] = "open",
    [STEP_WATCH] = "watch",
    [STEP_LOOK] = "look",
    [STEP_CANCEL] = "cancel",
};

static const char *const call_names[] = {
    [CALL_CREATE] = "create", [CALL_FIND] = "find",     [CALL_LOOK] = "look",
    [CALL_FETCH] = "fetch",   [CALL_CANCEL] = "cancel",
};

// -- messages ------------------------------------------------------------------------------------

static void put(struct scope *s, struct json *body, const char *name, struct json value)
{
    *body = json_with(s, *body, str(name), value);
}

void step_send(struct scope *s, struct change *c, const struct bundle *b, const struct step *step,
               int64_t delay_s)
{
    struct json body = json_object(NULL, 0);

    put(s, &body, "step", json_string(str(step_names[step->kind])));
    put(s, &body, "tenant", json_string(b->tenant));
    put(s, &body, "bundle_id", json_string(b->bundle_id));
    put(s, &body, "attempt", json_i64(s, step->attempt));
    if (step->tries)
        put(s, &body, "tries", json_i64(s, step->tries));
    if (step->rounds)
        put(s, &body, "rounds", json_i64(s, step->rounds));
    if (step->reference.bytes)
        put(s, &body, "reference", json_string(step->reference));
    if (step->provider.bytes)
        put(s, &body, "provider", json_string(step->provider));
    if (step->document.bytes)
        put(s, &body, "document", json_string(step->document));
    if (step->session_id.bytes)
        put(s, &body, "session_id", json_string(step->session_id));
    if (delay_s > MESSAGE_DELAY_S_MAX)
        delay_s = MESSAGE_DELAY_S_MAX;
    change_send(c, &signing_sessions_queue, json_to_str(s, body), delay_s < 0 ? 0 : delay_s);
}

static bool read_kind(struct str name, enum step_kind *out)
{
    for (unsigned i = 0; i < STEPS; i++) {
        *out = (enum step_kind)i;
        if (str_is(name, step_names[i]))
            return true;
    }
    return false;
}

static enum status read_step(struct scope *s, struct step *step)
{
    struct json body = {0};

    TRY(json_parse(s, step->work->message->body, &json_limits_strict, &body));
    if (!read_kind(json_text(json_member(body, "step")), &step->kind))
        return fail(s, INVALID, "a message of sessions names no step");
    (void)json_to_i64(json_member(body, "attempt"), &step->attempt);
    (void)json_to_i64(json_member(body, "tries"), &step->tries);
    (void)json_to_i64(json_member(body, "rounds"), &step->rounds);
    step->provider = json_text(json_member(body, "provider"));
    step->document = json_text(json_member(body, "document"));
    step->reference = json_text(json_member(body, "reference"));
    step->session_id = json_text(json_member(body, "session_id"));
    return bundle_get(s, step->work->store, json_text(json_member(body, "tenant")),
                      json_text(json_member(body, "bundle_id")), &step->b);
}

// The provider that the session was begun with, whatever is preferred by now.
static const struct provider_at *provider_of(const struct sessions *all, struct str name)
{
    for (size_t i = 0; i < PROVIDERS; i++)
        if (all->providers[i].provider && str_is(name, all->providers[i].provider->name))
            return &all->providers[i];
    return all->preferred;
}

enum status sessions_run(struct scope *s, struct work *work)
{
    static enum status (*const runs[])(struct scope *, struct step *) = {
        [STEP_OPEN] = open_run,
        [STEP_WATCH] = watch_run,
        [STEP_LOOK] = watch_run,
        [STEP_CANCEL] = cancel_run,
    };
    struct step step = {.self = work->context, .work = work, .change = work->change};

    step.all = step.self->sessions;
    step.now_us = world_now_us(store_world(work->store));
    enum status e = read_step(s, &step);
    if (e == NOT_FOUND)
        return OK; // a hint about something that there is not
    TRY(e);
    if (step.provider.bytes == 0)
        step.provider = json_text(bundle_member(&step.b, "provider"));
    if (step.kind != STEP_CANCEL)
        step.document = json_text(session_get(&step.b, "document"));
    step.at = provider_of(step.all, step.provider);
    return runs[step.kind](s, &step);
}

// -- a provider that fails -----------------------------------------------------------------------

void step_reached(struct step *step)
{
    atomic_store(&step->all->unreachable_since_us, 0);
}

// Whether a person can mend it, or it passes by itself.
static bool may_pass(enum status e)
{
    return status_may_retry(e) || e == UNAUTHENTICATED || e == DENIED || e == INTERNAL;
}

enum status step_failed(struct scope *s, struct step *step, enum provider_call call, enum status e,
                        bool *over)
{
    struct step again = *step;
    long long never = 0;

    *over = may_pass(e);
    if (!*over)
        return e;
    metric_add(step->all->failures, (uint32_t)call, 1);
    if (e != BUSY) // which is an answer
        (void)atomic_compare_exchange_strong(&step->all->unreachable_since_us, &never,
                                             (long long)step->now_us);
    log_event(LOG_WARN, "signing.provider_failed", LOG_STR("bundle", step->b.bundle_id),
              LOG_STR("provider", step->provider), LOG_Z("call", call_names[call]), LOG_STATUS(e),
              LOG_WHY(s), LOG_END);
    if (step->kind == STEP_LOOK)
        return OK; // the watch goes on anyway
    int64_t doublings = step->tries < DOUBLINGS_MAX ? step->tries : DOUBLINGS_MAX;
    again.tries = step->tries < TRIES_MAX ? step->tries + 1 : TRIES_MAX;
    step_send(s, step->change, &step->b, &again, (int64_t)RETRY_S_FIRST << doublings);
    return OK;
}

enum status step_find(struct scope *s, struct step *step, struct str reference,
                      struct session **out, size_t *count)
{
    *out = NULL;
    *count = 0;
    enum status e =
        step->at->provider->find(s, step->at->self, step->b.tenant, reference, out, count);
    if (e == OK)
        step_reached(step);
    return e;
}

// -- the task that waits -------------------------------------------------------------------------

enum status step_answer(struct scope *s, struct step *step, const char *error, struct str cause,
                        bool *late)
{
    struct json output = json_object(NULL, 0);
    struct owner owner = bundle_owner(s, step->b.tenant);
    struct token_answer answer = {.outcome = error ? TOKEN_FAILURE : TOKEN_SUCCESS,
                                  .token = json_text(bundle_member(&step->b, "wait_task_token")),
                                  .error = str(error),
                                  .cause = cause};

    put(s, &output, "session_id",
        json_string(json_text(bundle_member(&step->b, "sign_request_id"))));
    put(s, &output, "provider", json_string(json_text(bundle_member(&step->b, "provider"))));
    answer.output = json_to_str(s, output);
    enum status e = flow_answer(s, step->self->platform->flow, &owner, step->change, &answer);
    *late = e == NOT_FOUND || e == TIMEOUT || e == INVALID;
    if (!*late)
        return e;
    scope_forgive(s);
    return OK;
}

enum status step_refuse(struct scope *s, struct step *step, enum session_stage stage,
                        struct str reason)
{
    static const struct {
        const char *error;
        const char *action;
        const char *cause;
        uint32_t outcome; // place in the metric's list
    } ends[STAGES] = {
        [STAGE_REJECTED] = {"Signing.Rejected", "session.rejected", "the signee refused", 3},
        [STAGE_EXPIRED] = {"Signing.Expired", "session.expired", "nobody signed in time", 4},
        [STAGE_CANCELLED] = {"Signing.Cancelled", "session.cancelled", "it was cancelled", 5},
        [STAGE_FAILED] = {"Signing.Failed", "session.failed", "the provider says no more", 6},
    };
    bool late = false;

    reason = utf8_cut(reason, SESSION_REASON_BYTES_MAX);
    if (reason.bytes)
        session_set(s, &step->b, "reason", json_string(reason));
    TRY(step_answer(s, step, ends[stage].error, reason.bytes ? reason : str(ends[stage].cause),
                    &late));
    session_move(s, &step->b, stage, step->now_us);
    session_audit(s, step->change, &step->b, ends[stage].action, session_attempt(&step->b));
    metric_add(step->all->outcomes, ends[stage].outcome, 1);
    bundle_put(s, step->change, &step->b, step->now_us);
    return OK;
}
