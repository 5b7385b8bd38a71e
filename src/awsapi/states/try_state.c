// TestState: one state is run with what it would be given in an execution; nothing is kept.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"
#include "edge/service.h"
#include "flow/test_state.h"
#include "sys/world.h"

static enum inspection_level level_of(struct str word)
{
    if (str_is(word, "TRACE"))
        return INSPECT_TRACE;
    return str_is(word, "DEBUG") ? INSPECT_DEBUG : INSPECT_INFO;
}

enum status states_try_state(struct scope *s, struct asked *a)
{
    const struct platform *p = call_platform(a->call);
    struct test_state_result result = {0};
    struct test_state_request request = {
        .definition = asked_text(a, "definition"),
        .state_name = asked_text(a, "stateName"),
        .input = asked_text(a, "input"),
        .variables = asked_text(a, "variables"),
        .context = asked_text(a, "context"),
        .role_arn = asked_text(a, "roleArn"),
        .level = level_of(asked_text(a, "inspectionLevel")),
        .reveal_secrets = asked_truth(a, "revealSecrets", false),
        .mock = json_member(a->request, "mock"),
        .configuration = json_member(a->request, "stateConfiguration"),
        .account = a->owner.account,
        .region = flow_region(a->flow),
        .now_us = call_now_us(a->call),
    };

    world_random(p->world, &request.seed, sizeof request.seed);
    enum status e = test_state(s, &request, &result);
    TRY(fault_if(s, a, e, INVALID, result.exception ? result.exception : "ValidationException",
                 "%.*s", STR(scope_why(s))));
    call_answer_bytes(a->call, 200, "application/x-amz-json-1.0",
                      json_to_str(s, test_state_answer(s, &result)));
    return OK;
}
