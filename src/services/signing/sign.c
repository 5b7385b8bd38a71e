// Asks for the signature: commits the intent, from which the session is opened, and leaves the
// execution waiting with its token.
#include "core/scope.h"
#include "services/signing/sessions.h"
#include "services/signing/steps.h"
#include "sys/world.h"

static enum status sign(struct scope *s, struct task *t)
{
    int64_t now_us = world_now_us(store_world(task_store(t)));
    struct str token = json_text(json_member(task_input(t), "task_token"));
    struct bundle b = {0};

    TRY(step_bundle(s, t, &b));
    if (token.bytes == 0)
        return fail(s, INVALID, "the task has no token to wait with");
    TRY(session_begin(s, task_signing(t), task_change(t), &b, token, now_us));
    bundle_put(s, task_change(t), &b, now_us);
    return OK;
}

enum status sign_run(struct scope *s, struct task *t)
{
    return step_end(s, t, sign(s, t));
}
