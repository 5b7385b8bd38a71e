// Warnings, and the one rule of our own: who waits for an outside party says how long.
// Source of the codes: API reference, ValidateStateMachineDefinitionDiagnostic.
#include "core/scope.h"
#include "flow/compile_impl.h"
#include "flow/intrinsic.h"

enum { ADVICE_DEPTH_MAX = 100 };

static bool looks_like_path(struct json value)
{
    struct str text = json_text(value);

    return json_is(value, JSON_STRING) &&
           (str_starts(text, str("$.")) || str_starts(text, str("$[")) ||
            str_starts(text, str("$$.")) || intrinsic_is_call(text));
}

// Fields of a payload template whose value is a path, but whose name does not say so.
static void advise_template(struct compiler *c, const struct place *at, struct json value,
                            const char *code, const char *advice, unsigned depth)
{
    uint32_t count = json_is(value, JSON_OBJECT) || json_is(value, JSON_ARRAY) ? value.count : 0;
    bool object = json_is(value, JSON_OBJECT);

    if (depth > ADVICE_DEPTH_MAX)
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct str name = object ? value.members[i].name : (struct str){0};
        struct json item = object ? value.members[i].value : value.items[i];
        struct place there = object ? place_member(at, name) : place_item(at, i);
        if (object && !str_ends(name, str(".$")) && looks_like_path(item))
            report_warning(c, &there, code, "%s", advice);
        advise_template(c, &there, item, code, advice, depth + 1);
    }
}

static void advise_state(struct compiler *c, const struct place *at, const struct state *state)
{
    static const char *const templates[] = {"Parameters", "ResultSelector", "ItemSelector"};
    static const char *const plain[] = {"Error", "Cause", "Timestamp"};

    if (state->language == QUERY_JSONATA)
        return;
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
        struct place there = place_field(at, templates[i]);
        advise_template(c, &there, json_member(state->source, templates[i]), "NO_DOLLAR",
                        "No .$ on a field that appears to be a JSONPath or Intrinsic Function", 0);
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        struct place there = place_field(at, plain[i]);
        if (looks_like_path(json_member(state->source, plain[i]))) {
            report_warning(c, &there, "NO_PATH",
                           "Field value looks like a path, but field name does not end with "
                           "'Path'");
        }
    }
    struct place result = place_field(at, "Result");
    advise_template(c, &result, state->result, "PASS_RESULT_IS_STATIC",
                    "Attempt to use a path in the result of a pass state", 0);
}

// A wait for a token or an activity that nothing ends when nobody answers.
static bool waits_forever(const struct compiler *c, const struct state *state)
{
    const struct task_state *task = &state->task;

    return state->type == STATE_TASK &&
           (task->resource.pattern == PATTERN_TOKEN || task->resource.kind == RESOURCE_ACTIVITY) &&
           !operand_given(&task->timeout) && !operand_given(&task->heartbeat) &&
           c->machines[0].timeout_s == 0;
}

static void advise_wait(struct compiler *c, const struct place *at, const struct state *state)
{
    static const char *const code = "MISSING_TIMEOUT";
    static const char *const message =
        "The wait for an answer from outside has neither TimeoutSeconds nor HeartbeatSeconds, and "
        "the workflow has no TimeoutSeconds";

    if (!waits_forever(c, state))
        return;
    if (c->options->require_token_timeout)
        report(c, at, code, "%s", message);
    else
        report_warning(c, at, code, "%s", message);
}

static void each_state(struct compiler *c,
                       void (*advise_one)(struct compiler *c, const struct place *at,
                                          const struct state *state))
{
    for (size_t m = 0; m < c->machine_count; m++) {
        struct place root = {0};
        struct place machine = place_member(&root, str_slice(c->drafts[m].place, 1, SIZE_MAX));
        struct place states = place_field(c->drafts[m].place.bytes ? &machine : &root, "States");
        for (size_t i = 0; i < c->machines[m].state_count; i++) {
            struct place there = place_member(&states, c->machines[m].states[i].name);
            advise_one(c, &there, &c->machines[m].states[i]);
        }
    }
}

void advise(struct compiler *c)
{
    each_state(c, advise_wait); // may be errors, which come first
    each_state(c, advise_state);
}
