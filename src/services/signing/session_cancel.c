// The step that ends the sessions of an attempt which is no longer wanted. Only when all that the
// provider knows of it are cancelled for certain may the next attempt be opened. It looks again a
// little later, since a request that timed out may be carried out afterwards.
#include "services/signing/sessions_impl.h"

#include "core/scope.h"

enum { ROUNDS = 3, ROUND_AGAIN_S = 60 };

// Cancels one, and keeps what was signed before that could be done. `*signed_one`: it was.
static enum status end_one(struct scope *s, struct step *step, struct str id, bool *signed_one)
{
    const struct provider *p = step->at->provider;
    struct session session = {0};

    enum status e = p->look(s, step->at->self, step->b.tenant, id, &session);
    if (e == OK && session.state == SESSION_OPEN) {
        e = p->cancel(s, step->at->self, step->b.tenant, id);
        if (e == OK || e == CONFLICT || e == NOT_FOUND)
            e = p->look(s, step->at->self, step->b.tenant, id, &session);
    }
    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    if (session.state == SESSION_OPEN)
        return fail(s, TEMPORARY, "the provider has not cancelled the session yet");
    if (session.state != SESSION_SIGNED)
        return OK;
    *signed_one = true;
    return session_keep(s, step, &session);
}

static enum status end_all(struct scope *s, struct step *step, bool *signed_one)
{
    struct session *found = NULL;
    size_t count = 0;
    bool seen = step->session_id.bytes == 0;

    TRY(step_find(s, step, step->reference, &found, &count));
    for (size_t i = 0; i < count; i++) {
        seen = seen || str_equal(found[i].id, step->session_id);
        TRY(end_one(s, step, found[i].id, signed_one));
    }
    return seen ? OK : end_one(s, step, step->session_id, signed_one);
}

// Takes the attempt off the header's list; false: it was not there.
static bool confirm(struct scope *s, struct step *step)
{
    struct json list = bundle_member(&step->b, "cancelling");
    struct json *items = scope_array(s, list.count, sizeof *items);
    size_t count = 0;

    for (size_t i = 0; i < list.count; i++) {
        int64_t attempt = 0;
        (void)json_to_i64(json_at(list, i), &attempt);
        if (attempt != step->attempt)
            items[count++] = json_at(list, i);
    }
    bundle_set(s, &step->b, "cancelling", count ? json_array(items, count) : json_null());
    return count < list.count;
}

// What may happen now that the attempt is over: the next is opened, unless the one before turned
// out to be signed.
static void let_next(struct scope *s, struct step *step, bool signed_one)
{
    struct step next = {.kind = STEP_OPEN, .attempt = session_attempt(&step->b)};

    if (session_stage_of(&step->b) != STAGE_INTENT)
        return;
    if (signed_one) {
        session_move(s, &step->b, STAGE_HELD, step->now_us);
        next.kind = STEP_WATCH;
    }
    step_send(s, step->change, &step->b, &next, 0);
}

enum status cancel_run(struct scope *s, struct step *step)
{
    struct step again = *step;
    bool signed_one = false;
    bool over = false;

    enum status e = end_all(s, step, &signed_one);
    if (e != OK)
        return e == CONFLICT ? e : step_failed(s, step, CALL_CANCEL, e, &over);
    bool confirmed = confirm(s, step);
    if (confirmed)
        let_next(s, step, signed_one);
    if (confirmed || signed_one)
        bundle_put(s, step->change, &step->b, step->now_us);
    if (++again.rounds < ROUNDS) {
        again.tries = 0;
        step_send(s, step->change, &step->b, &again, ROUND_AGAIN_S);
    }
    return OK;
}
