// Task: its resource, timeouts and credentials.
#include "core/scope.h"
#include "flow/compile_fields_impl.h"
#include "flow/template.h"

enum {
    NONE = 0,
    SYNC = 1U << PATTERN_SYNC,
    SYNC_2 = 1U << PATTERN_SYNC_2,
    TOKEN = 1U << PATTERN_TOKEN,
};

static const struct {
    const char *service;
    unsigned patterns;
} integrations[] = {
#define INTEGRATION(service, patterns) {service, patterns},
#include "flow/integrations.def"
#undef INTEGRATION
};

static bool pattern_allowed(const struct resource *r)
{
    if (r->pattern == PATTERN_REQUEST)
        return true;
    if (str_starts(r->service, str("aws-sdk:")))
        return r->pattern == PATTERN_TOKEN;
    for (size_t i = 0; i < sizeof integrations / sizeof *integrations; i++)
        if (str_is(r->service, integrations[i].service))
            return integrations[i].patterns & 1U << r->pattern;
    return true;
}

// Developer Guide, Choosing workflow type: Express has no activities, no .sync and no token.
static void check_express(struct compiler *c, const struct place *at, const struct resource *r)
{
    static const char *const patterns[] = {
        [PATTERN_SYNC] = ".sync",
        [PATTERN_SYNC_2] = ".sync:2",
        [PATTERN_TOKEN] = ".waitForTaskToken",
    };

    if (!c->express)
        return;
    if (r->kind == RESOURCE_ACTIVITY)
        report_schema(c, at, "Express state machine does not support Activity ARN");
    else if (r->pattern != PATTERN_REQUEST)
        report_schema(c, at, "Express state machine does not support '%s' service integration",
                      patterns[r->pattern]);
}

bool field_resource(struct compiler *c, const struct place *at, struct json object,
                    struct resource *out)
{
    struct str text = field_text(c, at, object, "Resource");
    struct place there = place_field(at, "Resource");

    if (!text.data)
        return false;
    if (!resource_parse(text, out) || !pattern_allowed(out)) {
        report_schema(c, &there,
                      "The resource provided %.*s is not recognized. The value is not a valid "
                      "resource ARN, or the resource is not available in this region.",
                      STR(text));
        return false;
    }
    check_express(c, &there, out);
    return true;
}

static const struct template *compile_credentials(struct compiler *c, const struct place *at,
                                                  struct json object)
{
    static const struct field_rule rules[] = {{"RoleArn", FOR_BOTH, 1},
                                              {"RoleArn.$", FOR_JSONPATH, 1}};
    struct json credentials = json_member(object, "Credentials");
    struct place there = place_field(at, "Credentials");

    if (json_is(credentials, JSON_NONE) || is_expression(credentials))
        return field_template(c, at, object, "Credentials");
    if (!json_is(field_object(c, at, object, "Credentials"), JSON_OBJECT))
        return NULL;
    fields_check(c, &there, credentials, rules, sizeof rules / sizeof *rules, 1);
    if (json_is(json_member(credentials, "RoleArn"), JSON_NONE) &&
        json_is(json_member(credentials, "RoleArn.$"), JSON_NONE))
        report_schema(c, &there, "The field 'RoleArn' is required but was missing");
    (void)field_text(c, &there, credentials, "RoleArn");
    return field_template(c, at, object, "Credentials");
}

void compile_task(struct compiler *c, const struct place *at, struct json object, struct state *out)
{
    static const char *const required[] = {"Resource", NULL};
    static const struct number_rule timeout = {"TimeoutSeconds", "TimeoutSecondsPath", 1,
                                               SECONDS_MAX, false};
    static const struct number_rule heartbeat = {"HeartbeatSeconds", "HeartbeatSecondsPath", 1,
                                                 SECONDS_MAX, false};
    struct task_state *task = &out->task;
    struct place there = place_field(at, "HeartbeatSeconds");

    if (fields_require(c, at, object, required))
        (void)field_resource(c, at, object, &task->resource);
    task->timeout = field_number(c, at, object, &timeout);
    task->heartbeat = field_number(c, at, object, &heartbeat);
    if (json_is(task->timeout.value, JSON_NUMBER) && json_is(task->heartbeat.value, JSON_NUMBER) &&
        json_compare_numbers(task->heartbeat.value, task->timeout.value) >= 0)
        report_schema(c, &there, "HeartbeatSeconds must be smaller than TimeoutSeconds");
    task->credentials = compile_credentials(c, at, object);
}
