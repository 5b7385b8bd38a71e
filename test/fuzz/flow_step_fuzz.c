// The interpreter: the bytes choose a definition, its input, how tasks answer, and events that come
// when nobody waits for them. Whatever they are, the driver's assertions hold (event ids count up,
// the event before is there, nothing happens after the end, frames fit one another), every step
// ends, and what has succeeded leaves nothing behind.
#include "core/buf.h"
#include "core/chance.h"
#include "core/json.h"
#include "flow/definition.h"
#include "test/flow_driver.h"
#include "test/fuzz/fuzz.h"

enum {
    DEFINITION_TEXT_MAX = 1 << 18,
    DEPTH_MAX = 3,
    STATES_MAX = 60,
    ACTIONS_MAX = 24,
    EVENTS_OF_EXECUTION_MAX = 150,
};

// What the bytes say, one after another; when they are used up, what follows from them by chance.
struct source {
    struct str input;
    size_t at;
    struct chance chance;
    unsigned states; // written so far
    struct buf out;
};

static unsigned pick(struct source *src, unsigned bound)
{
    if (src->at >= src->input.bytes)
        return (unsigned)chance_below(&src->chance, bound);
    return (uint8_t)src->input.data[src->at++] % bound;
}

// Definitions -------------------------------------------------------------------------------------

static void put_machine(struct source *src, unsigned depth);

static void put_choice_of(struct source *src, const char *const *texts, unsigned count)
{
    buf_put_z(&src->out, texts[pick(src, count)]);
}

static void put_data_flow(struct source *src)
{
    static const char *const flows[] = {
        "",
        ",\"ResultPath\":null",
        ",\"ResultPath\":\"$.r\"",
        ",\"OutputPath\":\"$.a\"",
        ",\"InputPath\":\"$[0]\"",
        ",\"InputPath\":\"$$.Execution\"",
        ",\"Assign\":{\"v.$\":\"$\"}",
        ",\"InputPath\":\"$v\"",
    };
    put_choice_of(src, flows, sizeof flows / sizeof *flows);
}

static void put_errors(struct source *src, unsigned first, unsigned count)
{
    static const char *const retriers[] = {
        "",
        ",\"Retry\":[{\"ErrorEquals\":[\"E\"],\"MaxAttempts\":2}]",
        ",\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"],\"MaxAttempts\":1,"
        "\"JitterStrategy\":\"FULL\"}]",
        ",\"Retry\":[{\"ErrorEquals\":[\"States.Runtime\"]},{\"ErrorEquals\":[\"States.Timeout\"],"
        "\"BackoffRate\":1.0,\"MaxDelaySeconds\":2}]",
    };
    static const char *const names[] = {"States.ALL", "E", "States.TaskFailed", "States.Runtime"};
    put_choice_of(src, retriers, sizeof retriers / sizeof *retriers);
    if (pick(src, 2))
        buf_format(&src->out, ",\"Catch\":[{\"ErrorEquals\":[\"%s\"],\"Next\":\"S%u\"}]",
                   names[pick(src, 4)], first + pick(src, count));
}

static void put_task(struct source *src)
{
    static const char *const resources[] = {
        "arn:aws:lambda:us-east-1:111111111111:function:f",
        "arn:aws:states:us-east-1:111111111111:activity:a",
        "arn:aws:states:::lambda:invoke\",\"Parameters\":{\"FunctionName\":\"f\","
        "\"Payload.$\":\"$\"},\"Comment\":\"",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken\",\"Parameters\":{\"t.$\":"
        "\"$$.Task.Token\"},\"Comment\":\"",
        "arn:aws:states:::states:startExecution.sync:2\",\"Parameters\":{\"x.$\":\"$.a\"},"
        "\"Comment\":\"",
    };
    static const char *const times[] = {"", ",\"TimeoutSeconds\":3",
                                        ",\"TimeoutSeconds\":9,\"HeartbeatSeconds\":2"};
    buf_put_z(&src->out, "\"Type\":\"Task\",\"Resource\":\"");
    put_choice_of(src, resources, sizeof resources / sizeof *resources);
    buf_put_z(&src->out, "\"");
    put_choice_of(src, times, 3);
}

static void put_map(struct source *src, unsigned depth)
{
    static const char *const fields[] = {
        "",
        ",\"MaxConcurrency\":1",
        ",\"MaxConcurrency\":2",
        ",\"ItemsPath\":\"$.a\"",
        ",\"ItemSelector\":{\"i.$\":\"$$.Map.Item.Index\",\"v.$\":\"$$.Map.Item.Value\"}",
        ",\"MaxConcurrencyPath\":\"$.a\"",
    };
    static const char *const runs[] = {
        "",
        ",\"ToleratedFailureCount\":1",
        ",\"ToleratedFailurePercentage\":50",
        ",\"ItemBatcher\":{\"MaxItemsPerBatch\":2}",
        ",\"ItemReader\":{\"Resource\":\"arn:aws:states:::s3:getObject\",\"ReaderConfig\":"
        "{\"InputType\":\"JSON\"},\"Parameters\":{\"Bucket\":\"b\",\"Key\":\"k\"}}",
        ",\"ResultWriter\":{\"Resource\":\"arn:aws:states:::s3:putObject\",\"Parameters\":"
        "{\"Bucket\":\"b\"}}",
    };
    bool distributed = pick(src, 2);
    buf_put_z(&src->out, "\"Type\":\"Map\"");
    put_choice_of(src, fields, sizeof fields / sizeof *fields);
    if (distributed)
        put_choice_of(src, runs, sizeof runs / sizeof *runs);
    buf_put_z(&src->out, ",\"ItemProcessor\":{\"ProcessorConfig\":");
    buf_put_z(&src->out, distributed ? "{\"Mode\":\"DISTRIBUTED\",\"ExecutionType\":\"STANDARD\"},"
                                     : "{\"Mode\":\"INLINE\"},");
    put_machine(src, depth + 1);
    buf_put_z(&src->out, "}");
}

static void put_parallel(struct source *src, unsigned depth)
{
    unsigned branches = 1 + pick(src, 3);

    buf_put_z(&src->out, "\"Type\":\"Parallel\",\"Branches\":[");
    for (unsigned i = 0; i < branches; i++) {
        buf_put_z(&src->out, i ? ",{" : "{");
        put_machine(src, depth + 1);
        buf_put_z(&src->out, "}");
    }
    buf_put_z(&src->out, "]");
}

static void put_choice(struct source *src, unsigned first, unsigned count, unsigned next)
{
    static const char *const tests[] = {
        "\"Variable\":\"$\",\"IsNull\":true",
        "\"Variable\":\"$.a\",\"IsPresent\":true",
        "\"Variable\":\"$.a\",\"NumericEquals\":1",
        "\"Variable\":\"$v\",\"IsString\":true",
    };
    buf_put_z(&src->out, "\"Type\":\"Choice\",\"Choices\":[{");
    put_choice_of(src, tests, sizeof tests / sizeof *tests);
    buf_format(&src->out, ",\"Next\":\"S%u\"}],\"Default\":\"S%u\"", first + pick(src, count),
               next);
}

static void put_simple(struct source *src)
{
    static const char *const states[] = {
        "\"Type\":\"Pass\"",
        "\"Type\":\"Pass\",\"Result\":{\"a\":[1,2,3]}",
        "\"Type\":\"Pass\",\"Result\":{\"a\":1}",
        "\"Type\":\"Pass\",\"Parameters\":{\"x.$\":\"$.a\",\"y.$\":\"States.UUID()\"}",
        "\"Type\":\"Wait\",\"Seconds\":2",
        "\"Type\":\"Wait\",\"SecondsPath\":\"$.a\"",
        "\"Type\":\"Pass\",\"QueryLanguage\":\"JSONata\",\"Output\":\"{% $states.input.a %}\"",
        "\"QueryLanguage\":\"JSONata\",\"Type\":\"Pass\",\"Assign\":{\"v\":\"{% $states %}\"}",
        "\"Type\":\"Wait\",\"QueryLanguage\":\"JSONata\",\"Seconds\":\"{% $states.input.a %}\"",
    };
    put_choice_of(src, states, sizeof states / sizeof *states);
}

// A state and how it goes on; `next` 0: it is the last one.
static void put_state(struct source *src, unsigned depth, unsigned first, unsigned count,
                      unsigned next)
{
    unsigned kind = pick(src, 8);

    if (kind == 0 && next) {
        put_choice(src, first, count, next);
        return;
    }
    if (kind == 1 && !next) {
        buf_put_z(&src->out, "\"Type\":\"Fail\",\"Error\":\"E\"");
        return;
    }
    bool nests = depth < DEPTH_MAX && src->states < STATES_MAX / 2;
    if (kind <= 3)
        put_task(src);
    else if (kind == 4 && nests)
        put_map(src, depth);
    else if (kind == 5 && nests)
        put_parallel(src, depth);
    else {
        put_simple(src);
        kind = 7;
    }
    if (kind == 7 && next)
        buf_format(&src->out, ",\"Next\":\"S%u\"", next);
    else if (kind == 7)
        buf_put_z(&src->out, ",\"End\":true");
    else {
        put_data_flow(src);
        put_errors(src, first, count);
        if (next)
            buf_format(&src->out, ",\"Next\":\"S%u\"", next);
        else
            buf_put_z(&src->out, ",\"End\":true");
    }
}

static void put_machine(struct source *src, unsigned depth)
{
    unsigned count = 1 + pick(src, 4);
    unsigned first = src->states + 1;

    src->states += count;
    buf_format(&src->out, "\"StartAt\":\"S%u\",\"States\":{", first);
    for (unsigned i = 0; i < count; i++) {
        buf_format(&src->out, "%s\"S%u\":{", i ? "," : "", first + i);
        put_state(src, depth, first, count, i + 1 < count ? first + i + 1 : 0);
        buf_put_z(&src->out, "}");
    }
    buf_put_z(&src->out, "}");
}

// Events ------------------------------------------------------------------------------------------

static struct json value_of(struct scope *s, struct source *src)
{
    static const char *const values[] = {
        "null", "[1,2,3]", "{\"a\":1}", "{\"a\":[1,0]}", "\"t\"", "[]", "[{\"a\":2},null]", "{}",
    };
    struct json j = {0};
    enum status e = json_parse(s, str(values[pick(src, 8)]), &json_limits_lenient, &j);

    assert(e == OK);
    return j;
}

static void answer_task(struct scope *s, void *context, const struct flow_command *c,
                        struct driver_answer *out)
{
    static const char *const errors[] = {"E", "States.Timeout", "States.Runtime", "Other"};
    struct source *src = context;

    (void)c;
    out->never = pick(src, 8) == 7;
    out->delay_ms = (int64_t)pick(src, 5) * 1000;
    out->taken_at_ms = (int64_t)pick(src, 3) * 500 - 500;
    out->refused = pick(src, 8) == 7;
    out->heartbeats = pick(src, 3);
    out->heartbeat_every_ms = 1500;
    if (pick(src, 3))
        out->value = value_of(s, src);
    else if (pick(src, 4))
        out->error = str(errors[pick(src, 4)]);
}

static void do_anything(struct scope *s, struct source *src, struct driver *d)
{
    struct flow_event e = {0};

    switch (pick(src, 6)) {
    case 0:
        driver_stop(d, str("Stopped"), (struct str){0});
        break;
    case 1:
        (void)driver_redrive(d, pick(src, 2) ? value_of(s, src) : (struct json){0});
        break;
    case 2:
    case 3:
        driver_run_until(d, (int64_t)pick(src, 20) * 700);
        break;
    default:
        e.kind = (enum flow_event_kind)pick(src, EVENT_REDRIVE + 1);
        e.frame = pick(src, 12);
        e.wait = pick(src, 4);
        e.timer = (enum flow_timer)pick(src, TIMER_EXECUTION + 1);
        e.error = pick(src, 2) ? str("E") : (struct str){0};
        e.value = value_of(s, src);
        (void)driver_event(d, &e);
        break;
    }
    driver_check(d);
}

FUZZ
{
    static const struct driver_object objects[] = {{"b", "k", "[1,2,3]"}};
    struct source src = {.input = input,
                         .chance = chance_seeded(str_hash(input)),
                         .out = buf_make(s, DEFINITION_TEXT_MAX)};
    struct definition_options options = {0};
    const struct definition *definition = NULL;
    const struct diagnostic *diagnostics = NULL;
    size_t diagnostic_count = 0;
    struct str text = {0};

    buf_put_z(&src.out, "{");
    put_machine(&src, 0);
    buf_put_z(&src.out, pick(&src, 2) ? ",\"TimeoutSeconds\":20}" : "}");
    if (buf_finish(&src.out, "the definition", &text) != OK ||
        definition_compile(s, text, &options, &definition, &diagnostics, &diagnostic_count) != OK)
        return;
    struct driver_options run = {
        .seed = pick(&src, 256),
        .task = answer_task,
        .context = &src,
        .objects = objects,
        .object_count = 1,
        .limits = flow_limits_default,
        .payload_bytes = 1 + pick(&src, 100),
    };
    run.limits.events_max = EVENTS_OF_EXECUTION_MAX;
    run.limits.step_events_max = 1 + pick(&src, 50);
    struct driver *d = driver_open(s, definition, value_of(s, &src), &run);
    for (unsigned i = pick(&src, ACTIONS_MAX); i > 0; i--)
        do_anything(s, &src, d);
    driver_run(d);
    driver_check(d);
    assert(driver_execution(d)->status != EXECUTION_SUCCEEDED || driver_frame_count(d) == 0);
}
