// Those outside answer: a token ends the wait that it was made for, or says that work goes on.
#include "core/scope.h"
#include "flow/live_impl.h"
#include "flow/outside.h"
#include "flow/token.h"

static enum status event_of(struct scope *s, const struct token_answer *a, enum token_of of,
                            struct flow_event *event)
{
    switch (a->outcome) {
    case TOKEN_SUCCESS:
        event->kind = of == TOKEN_OF_CALL ? EVENT_TASK_SUBMITTED : EVENT_TASK_SUCCEEDED;
        if (json_read_given(s, a->output, &event->value) != OK)
            return fail(s, INVALID, "Invalid Output: '%.*s'", STR(scope_why(s)));
        return OK;
    case TOKEN_FAILURE:
        event->kind = EVENT_TASK_FAILED;
        event->error = a->error;
        event->cause = a->cause;
        return OK;
    case TOKEN_HEARTBEAT:
        event->kind = EVENT_TASK_HEARTBEAT;
        break;
    }
    return OK;
}

enum status flow_answer(struct scope *s, struct flow *f, const struct owner *owner,
                        struct change *c, const struct token_answer *answer)
{
    struct flow_event event = {0};
    struct live *l = NULL;
    struct str id = {0};
    enum token_of of = TOKEN_OF_TASK;
    bool stale = false;

    if (!token_read(s, f, owner->tenant, answer->token, &of, &id, &event.frame, &event.wait))
        return fail(s, INVALID, "Invalid Token: 'Invalid token'");
    TRY(event_of(s, answer, of, &event));
    enum status e = live_load(s, f, c, id, &l);
    if (e == NOT_FOUND)
        return fail(s, NOT_FOUND, "Task does not exist");
    TRY(e);
    TRY(live_advance(l, &event, &stale));
    // AWS says the same of a task that has ended and of one whose time is over.
    return stale ? fail(s, TIMEOUT, "Task Timed Out: 'Provided task does not exist anymore'") : OK;
}

void flow_watch(struct flow *f, void (*changed)(void *context, struct str what), void *context)
{
    f->changed_context = context;
    f->changed = changed;
}
