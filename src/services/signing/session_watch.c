// The step that asks how a session stands, and does what follows from it. Cancels, in its first
// rounds, sessions of the attempt that were made after an unknown outcome and not adopted.
#include "services/signing/sessions_impl.h"

#include "core/moment.h"
#include "core/scope.h"
#include "sys/metrics.h"

enum {
    SWEEPS = 3, // a request that timed out may be carried out a little later
    SWEEP_AGAIN_S = 60,
    PACKAGE_S_FIRST = 5,   // how soon a document that is not packaged yet is asked for again
    PACKAGE_DOUBLINGS = 6, //
    OUTCOME_REMINDED = 7,  // place in the metric's list
};

// Cancels all sessions of the reference but the adopted one.
static enum status sweep(struct scope *s, struct step *step)
{
    struct str adopted = json_text(bundle_member(&step->b, "sign_request_id"));
    struct session *found = NULL;
    size_t count = 0;

    TRY(step_find(s, step, json_text(bundle_member(&step->b, "reference")), &found, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_equal(found[i].id, adopted) || found[i].state != SESSION_OPEN)
            continue;
        TRY(step->at->provider->cancel(s, step->at->self, step->b.tenant, found[i].id));
        session_audit(s, step->change, &step->b, "session.extra_cancelled", step->attempt);
    }
    return OK;
}

// Reminds when it is time; returns when the next one is due, INT64_MAX: never.
static enum status remind(struct scope *s, struct step *step, const struct session *session,
                          int64_t *next_us)
{
    const struct sessions *all = step->all;
    int64_t mailed_us = session_moment(session_get(&step->b, "mailed_at"));
    int64_t done = 0;
    int64_t due = 0;

    (void)json_to_i64(session_get(&step->b, "reminders"), &done);
    while ((size_t)due < all->reminder_count && mailed_us + all->reminders_us[due] <= step->now_us)
        due++;
    *next_us = (size_t)due < all->reminder_count ? mailed_us + all->reminders_us[due] : INT64_MAX;
    if (due <= done)
        return OK;
    TRY(session_remind(s, step, session, (unsigned)due));
    session_set(s, &step->b, "reminders", json_i64(s, due));
    session_set(s, &step->b, "reminded_at", moment_json(s, step->now_us));
    session_audit(s, step->change, &step->b, "session.reminded", step->attempt);
    metric_add(all->outcomes, OUTCOME_REMINDED, 1);
    bundle_put(s, step->change, &step->b, step->now_us);
    return OK;
}

// Goes on watching: until the next poll, reminder or the deadline.
static void go_on(struct scope *s, struct step *step, int64_t next_us)
{
    struct step again = {.kind = STEP_WATCH, .attempt = step->attempt, .rounds = step->rounds + 1};
    int64_t deadline_us = session_moment(bundle_member(&step->b, "deadline_at"));
    int64_t delay_s = step->rounds < SWEEPS ? SWEEP_AGAIN_S : step->all->poll_s;

    if (step->kind == STEP_LOOK)
        return; // the one that watches is under way
    if (deadline_us < next_us)
        next_us = deadline_us;
    int64_t until_s = (next_us - step->now_us + MOMENT_SECOND_US - 1) / MOMENT_SECOND_US;
    if (delay_s > step->all->poll_s)
        delay_s = step->all->poll_s;
    if (delay_s > until_s)
        delay_s = until_s;
    step_send(s, step->change, &step->b, &again, delay_s < 1 ? 1 : delay_s);
}

static enum status go_on_later(struct scope *s, struct step *step)
{
    struct step again = *step;
    int64_t doublings = step->tries < PACKAGE_DOUBLINGS ? step->tries : PACKAGE_DOUBLINGS;

    scope_forgive(s);
    if (step->kind == STEP_LOOK && step->tries >= PACKAGE_DOUBLINGS)
        return OK; // the watch goes on anyway
    again.tries++;
    step_send(s, step->change, &step->b, &again, (int64_t)PACKAGE_S_FIRST << doublings);
    return OK;
}

static enum status keep(struct scope *s, struct step *step, const struct session *session)
{
    bool over = false;
    enum status e = session_keep(s, step, session);

    if (e == BUSY)
        return go_on_later(s, step);
    return e == OK || e == CONFLICT ? e : step_failed(s, step, CALL_FETCH, e, &over);
}

static enum status ask(struct scope *s, struct step *step, struct session *out)
{
    struct str id = json_text(bundle_member(&step->b, "sign_request_id"));

    *out = (struct session){0};
    TRY(step->at->provider->look(s, step->at->self, step->b.tenant, id, out));
    step_reached(step);
    return OK;
}

// The deadline has passed: the session is cancelled, and looked at once more, since it may have
// been signed in between.
static enum status expire(struct scope *s, struct step *step, struct session *session)
{
    bool over = false;
    enum status e = step->at->provider->cancel(s, step->at->self, step->b.tenant, session->id);

    if (e == OK || e == CONFLICT || e == NOT_FOUND)
        e = ask(s, step, session);
    if (e == NOT_FOUND)
        session->state = SESSION_EXPIRED;
    else if (e != OK)
        return step_failed(s, step, CALL_CANCEL, e, &over);
    scope_forgive(s);
    if (session->state == SESSION_SIGNED)
        return keep(s, step, session);
    return step_refuse(s, step, STAGE_EXPIRED, (struct str){0});
}

static enum status act(struct scope *s, struct step *step, struct session *session)
{
    int64_t next_us = INT64_MAX;

    switch (session->state) {
    case SESSION_SIGNED:
        return keep(s, step, session);
    case SESSION_REJECTED:
        return step_refuse(s, step, STAGE_REJECTED, session->reason);
    case SESSION_EXPIRED:
        return step_refuse(s, step, STAGE_EXPIRED, session->reason);
    case SESSION_CANCELLED:
        return step_refuse(s, step, STAGE_CANCELLED, session->reason);
    case SESSION_FAILED:
        return step_refuse(s, step, STAGE_FAILED, session->reason);
    case SESSION_OPEN:
        break;
    }
    if (step->now_us >= session_moment(bundle_member(&step->b, "deadline_at")))
        return expire(s, step, session);
    TRY(remind(s, step, session, &next_us));
    go_on(s, step, next_us);
    return OK;
}

// A signature for which nobody waits: the session had ended for us, and a hint says that there is
// more to it.
static enum status look_back(struct scope *s, struct step *step)
{
    struct session session = {0};

    if (json_text(bundle_member(&step->b, "sign_request_id")).bytes == 0)
        return OK;
    enum status e = ask(s, step, &session);
    if (e == OK && session.state == SESSION_SIGNED)
        return keep(s, step, &session);
    scope_forgive(s);
    return OK;
}

// An accepted signature waits for the task that a redrive has brought to wait again.
static enum status answer_accepted(struct scope *s, struct step *step)
{
    bool late = false;

    TRY(step_answer(s, step, NULL, (struct str){0}, &late));
    session_move(s, &step->b, STAGE_SIGNED, step->now_us);
    bundle_put(s, step->change, &step->b, step->now_us);
    return OK;
}

// Of a session that is being replaced, or held for an operator, only the deadline matters.
static enum status wait_for_deadline(struct scope *s, struct step *step)
{
    if (step->now_us >= session_moment(bundle_member(&step->b, "deadline_at")))
        return step_refuse(s, step, STAGE_EXPIRED, (struct str){0});
    go_on(s, step, INT64_MAX);
    return OK;
}

enum status watch_run(struct scope *s, struct step *step)
{
    enum session_stage stage = session_stage_of(&step->b);
    struct session session = {0};
    bool over = false;

    if (step->kind == STEP_LOOK)
        step->attempt = session_attempt(&step->b);
    if (step->attempt != session_attempt(&step->b))
        return OK; // of an attempt that was replaced: its `cancel` looks after it
    if (stage == STAGE_ACCEPTED && step->kind == STEP_WATCH)
        return answer_accepted(s, step);
    if (stage == STAGE_HELD)
        return wait_for_deadline(s, step);
    if (session_stage_ended(stage) && stage != STAGE_SIGNED && step->kind == STEP_LOOK)
        return look_back(s, step);
    if (stage != STAGE_OPEN)
        return OK; // delivered twice, or it has ended
    enum status e = ask(s, step, &session);
    if (e == NOT_FOUND)
        return step_refuse(s, step, STAGE_FAILED, str("the provider knows the session no more"));
    if (e == OK && step->kind == STEP_WATCH && step->rounds < SWEEPS)
        e = sweep(s, step);
    if (e != OK)
        return step_failed(s, step, CALL_LOOK, e, &over);
    return act(s, step, &session);
}
