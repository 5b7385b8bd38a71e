// Taking leases an invocation; who takes it keeps the lease by moving its end, and ends it with the
// answer, in one change with what the execution makes of that. A lease that nobody kept is handed
// out again, with the same id.
#include "awsapi/functions.h"

#include "core/scope.h"
#include "edge/call.h"
#include "edge/service.h"
#include "flow/executions.h"
#include "flow/machines.h"
#include "flow/outside.h"

enum { LEASE_S_DEFAULT = 60, WAIT_S_DEFAULT = 0 };

struct asked {
    struct call *call;
    struct flow *flow;
    struct owner owner;
    struct str function;
};

static struct asked asked_of(struct call *c)
{
    const struct principal *p = call_principal(c);

    return (struct asked){
        .call = c,
        .flow = call_platform(c)->flow,
        .owner = {.tenant = p->tenant, .account = p->account, .actor = p->id},
        .function = call_path(c, "function"),
    };
}

static struct str text_of(const struct asked *a, const char *name)
{
    return json_text(json_member(call_json(a->call), name));
}

static int64_t number_of(const struct asked *a, const char *name, int64_t otherwise)
{
    (void)json_to_i64(json_member(call_json(a->call), name), &otherwise);
    return otherwise;
}

static void answer_work(struct scope *s, struct asked *a, const struct outside_work *work)
{
    struct json_member members[] = {
        {str("id"), json_string(work->id)},
        {str("token"), json_string(work->token)},
        {str("lease"), json_string(work->lease)},
        {str("functionArn"), json_string(work->function)},
        {str("executionArn"), json_string(work->execution)},
        {str("deadlineMs"), json_i64(s, work->deadline_us / 1000)},
        {str("input"), json_string(work->input)},
    };

    call_answer_json(a->call, 200, json_object(members, sizeof members / sizeof members[0]));
}

// Waits for work without a thread.
static enum status take(struct scope *s, struct call *c)
{
    struct asked a = asked_of(c);
    struct outside_work work = {0};

    call_watch(c, a.function);
    enum status e =
        flow_take(s, a.flow, &a.owner, call_change(c), a.function, text_of(&a, "worker"),
                  number_of(&a, "leaseSeconds", LEASE_S_DEFAULT), &work);
    if (e == NOT_FOUND) {
        scope_forgive(s);
        if (!call_park(c, number_of(&a, "waitSeconds", WAIT_S_DEFAULT)))
            call_answer(c, 204, (struct str){0});
        return OK;
    }
    TRY(e);
    answer_work(s, &a, &work);
    return OK;
}

static enum status end(struct scope *s, struct call *c, const struct token_answer *given)
{
    struct asked a = asked_of(c);
    struct str lease = text_of(&a, "lease");
    enum status e = flow_answer(s, a.flow, &a.owner, call_change(c), given);

    if (e == TIMEOUT) // not a matter of trying again
        return fail(s, NOT_FOUND, "nobody waits for this invocation any more");
    TRY(e);
    if (lease.bytes)
        flow_lease_end(s, &a.owner, call_change(c), a.function, lease);
    call_answer(c, 204, (struct str){0});
    return OK;
}

static enum status respond(struct scope *s, struct call *c)
{
    struct asked a = asked_of(c);

    return end(s, c,
               &(struct token_answer){.outcome = TOKEN_SUCCESS,
                                      .token = text_of(&a, "token"),
                                      .output = text_of(&a, "output")});
}

static enum status refuse(struct scope *s, struct call *c)
{
    struct asked a = asked_of(c);

    return end(s, c,
               &(struct token_answer){.outcome = TOKEN_FAILURE,
                                      .token = text_of(&a, "token"),
                                      .error = text_of(&a, "error"),
                                      .cause = text_of(&a, "cause")});
}

static enum status keep(struct scope *s, struct call *c)
{
    struct asked a = asked_of(c);
    struct str lease = text_of(&a, "lease");

    TRY(flow_lease_move(s, a.flow, &a.owner, call_change(c), a.function,
                        number_of(&a, "leaseSeconds", LEASE_S_DEFAULT), &lease));
    struct json_member members[] = {{str("lease"), json_string(lease)}};
    call_answer_json(c, 200, json_object(members, 1));
    return OK;
}

static enum status tell_waits(struct scope *s, struct call *c)
{
    struct asked a = asked_of(c);
    struct machine_record machine = {0};
    struct flow_waits waits = {0};
    struct str arn =
        str_format(s, "arn:aws:states:%.*s:%.*s:stateMachine:%.*s", STR(flow_region(a.flow)),
                   STR(a.owner.account), STR(call_path(c, "flow")));

    TRY(flow_machine_get(s, a.flow, &a.owner, arn, &machine));
    TRY(flow_waits_get(s, a.flow, &a.owner, machine.name, &waits));
    int64_t age_us = waits.oldest_since_us ? call_now_us(c) - waits.oldest_since_us : 0;
    struct json_member members[] = {
        {str("waiting"), json_i64(s, (int64_t)waits.count)},
        {str("oldestWaitSeconds"), json_i64(s, age_us / 1000000)},
        {str("pending"), json_i64(s, (int64_t)waits.pending)},
    };
    call_answer_json(c, 200, json_object(members, sizeof members / sizeof members[0]));
    return OK;
}

static const struct handler_def handlers[] = {
    {.operation = "takeInvocation", .run = take, .blocking = true},
    {.operation = "respondToInvocation", .run = respond, .blocking = true},
    {.operation = "failInvocation", .run = refuse, .blocking = true},
    {.operation = "keepInvocation", .run = keep, .blocking = true},
    {.operation = "getFlowWaits", .run = tell_waits, .blocking = true},
    {0},
};
static const struct table_def *const tables[] = {NULL};
static const struct queue_def *const queues[] = {NULL};
static const struct bucket_def *const buckets[] = {NULL};

const struct service functions_service = {
    .name = "functions",
    .handlers = handlers,
    .schema = {.tables = tables, .queues = queues, .buckets = buckets},
};
