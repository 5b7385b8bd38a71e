// The step that asks the provider for a session, and mails its link. What makes it exactly one:
// before the provider is asked for the first time, the stage ASKED is committed, by one of those
// that may be at it; whoever finds it there looks first for what an earlier try has made, and
// adopts the oldest. Adopting is one change with the mail, on the condition of the header's
// version. What was made and not adopted is never mailed, and is cancelled by the watch that
// follows.
#include "services/signing/sessions_impl.h"

#include "core/scope.h"
#include "services/signing/steps.h"
#include "sys/metrics.h"

// Commits that the provider is about to be asked. `*may_exist`: it may have been asked before.
static enum status mark(struct scope *s, struct step *step, bool *may_exist)
{
    struct change *c = change_new(s);

    *may_exist = session_stage_of(&step->b) == STAGE_ASKED;
    if (*may_exist)
        return OK;
    session_move(s, &step->b, STAGE_ASKED, step->now_us);
    session_set(s, &step->b, "asked_at", moment_json(s, step->now_us));
    bundle_put(s, c, &step->b, step->now_us);
    enum status e = store_commit(s, step->work->store, c);
    if (e == CONFLICT)
        return fail(s, BUSY, "bundle %.*s was changed meanwhile", STR(step->b.bundle_id));
    TRY(e);
    return bundle_get(s, step->work->store, step->b.tenant, step->b.bundle_id, &step->b);
}

static enum status read_request(struct scope *s, struct step *step, struct session_request *out)
{
    struct bundle *b = &step->b;
    struct json document = bundle_member(b, "unsigned");
    struct json signee = bundle_member(b, "signee");
    struct str language = json_text(bundle_member(b, "language"));
    int64_t pages = 0;

    (void)json_to_i64(json_member(document, "page_count"), &pages);
    *out = (struct session_request){
        .tenant = b->tenant,
        .bundle_id = b->bundle_id,
        .reference = json_text(bundle_member(b, "reference")),
        .title = session_title(s, b),
        .signee_name = json_text(json_member(signee, "name")),
        .signee_email = json_text(json_member(signee, "email")),
        .signee_pnr = json_text(json_member(signee, "pnr")),
        .language = language.bytes ? language : str("sv"),
        .due_at_us = session_moment(bundle_member(b, "deadline_at")),
        .page_count = (size_t)(pages > 0 ? pages : 0),
    };
    enum status e = step_read(s, step->work->store, document, &out->pdf);
    if (e == NOT_FOUND)
        return fail(s, REFUSED, "the unsigned document of bundle %.*s is not there any more",
                    STR(b->bundle_id));
    return e;
}

// The oldest session that can be signed, or that was; else none.
static const struct session *choose(const struct session *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].state == SESSION_OPEN || list[i].state == SESSION_SIGNED)
            return &list[i];
    return NULL;
}

// Finds what an earlier try has made, or makes one.
static enum status obtain(struct scope *s, struct step *step, bool may_exist, struct session *out,
                          bool *over)
{
    struct session_request request = {0};
    struct session *found = NULL;
    size_t count = 0;

    if (may_exist) {
        enum status e =
            step_find(s, step, json_text(bundle_member(&step->b, "reference")), &found, &count);
        if (e != OK)
            return step_failed(s, step, CALL_FIND, e, over);
        const struct session *chosen = choose(found, count);
        if (chosen) {
            *out = *chosen;
            return OK;
        }
    }
    TRY(read_request(s, step, &request));
    enum status e = step->at->provider->create(s, step->at->self, &request, out);
    if (e != OK)
        return step_failed(s, step, CALL_CREATE, e, over);
    step_reached(step);
    return OK;
}

static enum status adopt(struct scope *s, struct step *step, const struct session *session)
{
    struct step watch = {.kind = STEP_WATCH, .attempt = step->attempt};
    struct bundle *b = &step->b;

    bundle_set(s, b, "sign_request_id", json_string(session->id));
    session_move(s, b, STAGE_OPEN, step->now_us);
    session_set(s, b, "mailed_at", moment_json(s, step->now_us));
    TRY(session_invite(s, step, session));
    step_send(s, step->change, b, &watch, 0);
    session_audit(s, step->change, b, "session.mailed", step->attempt);
    metric_add(step->all->outcomes, 0, 1);
    bundle_put(s, step->change, b, step->now_us);
    return OK;
}

// It cannot be had: whoever waits is told, and what there may be of it is cancelled.
static enum status give_up(struct scope *s, struct step *step, enum session_stage stage,
                           struct str reason)
{
    session_cancel_current(s, step->change, &step->b);
    return step_refuse(s, step, stage, reason);
}

enum status open_run(struct scope *s, struct step *step)
{
    enum session_stage stage = session_stage_of(&step->b);
    struct session session = {0};
    bool may_exist = false;
    bool over = false;

    if (step->attempt != session_attempt(&step->b) || step->b.status != BUNDLE_SENT ||
        (stage != STAGE_INTENT && stage != STAGE_ASKED))
        return OK; // delivered twice, or overtaken
    if (bundle_member(&step->b, "cancelling").count > 0)
        return OK; // the cancel that is under way sends this again
    if (step->now_us >= session_moment(bundle_member(&step->b, "deadline_at")))
        return give_up(s, step, STAGE_EXPIRED, (struct str){0});
    TRY(mark(s, step, &may_exist));
    enum status e = obtain(s, step, may_exist, &session, &over);
    if (e == OK && !over)
        e = adopt(s, step, &session);
    if (e == OK || status_may_retry(e))
        return e;
    return give_up(s, step, STAGE_FAILED, str_copy(s, scope_why(s)));
}
