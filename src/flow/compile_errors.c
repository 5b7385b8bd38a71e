// Retry and Catch.
#include "core/scope.h"
#include "flow/compile_fields_impl.h"
#include "flow/frame.h"
#include "flow/template.h"

enum { RETRY_DELAY_MAX_S = 31622400, CATCHERS_MAX = 1000 };

// States Language, Errors: States.ALL stands alone, and in the last retrier or catcher.
static struct error_names compile_names(struct compiler *c, const struct place *at,
                                        struct json object, bool last)
{
    struct json list = field_array(c, at, object, "ErrorEquals");
    struct place there = place_field(at, "ErrorEquals");
    struct error_names out = {NULL, list.count};

    if (json_is(list, JSON_ARRAY) && list.count == 0)
        report_schema(c, &there, "Array should have at least 1 item");
    struct str *names = scope_array(c->s, list.count, sizeof *names);
    for (uint32_t i = 0; i < list.count; i++) {
        struct place item = place_item(&there, i);
        names[i] = json_text(list.items[i]);
        if (!json_is(list.items[i], JSON_STRING))
            report_schema(c, &item, "Expected value of type String");
        if (str_is(names[i], "States.ALL") && (list.count > 1 || !last))
            report_schema(c, &item, "States.ALL must appear alone and at end of list");
    }
    out.names = names;
    return out;
}

// What Retry and Catch have in common: an array of objects. Gives the item and its place.
static bool item_begin(struct compiler *c, const struct place *list_at, struct json list,
                       uint32_t index, struct place *at)
{
    *at = place_item(list_at, index);
    if (json_is(list.items[index], JSON_OBJECT))
        return true;
    report_schema(c, at, "Expected value of type Object");
    return false;
}

static void compile_retrier(struct compiler *c, const struct place *at, struct json object,
                            bool last, struct retrier *out)
{
    static const struct field_rule rules[] = {
        {"ErrorEquals", FOR_BOTH, 1},     {"IntervalSeconds", FOR_BOTH, 1},
        {"MaxAttempts", FOR_BOTH, 1},     {"BackoffRate", FOR_BOTH, 1},
        {"MaxDelaySeconds", FOR_BOTH, 1}, {"JitterStrategy", FOR_BOTH, 1},
        {"Comment", FOR_BOTH, 1},
    };
    static const char *const required[] = {"ErrorEquals", NULL};
    static const char *const jitters[] = {"NONE", "FULL", NULL};
    struct json rate = json_member(object, "BackoffRate");
    struct place rate_at = place_field(at, "BackoffRate");
    struct place delay_at = place_field(at, "MaxDelaySeconds");

    fields_check(c, at, object, rules, sizeof rules / sizeof *rules, 1);
    if (fields_require(c, at, object, required))
        out->errors = compile_names(c, at, object, last);
    out->interval_s = field_integer(c, at, object, "IntervalSeconds", 1, SECONDS_MAX, 1);
    out->attempts_max = field_integer(c, at, object, "MaxAttempts", 0, SECONDS_MAX, 3);
    out->backoff_rate = 2.0;
    if (!json_is(rate, JSON_NONE) && number_check(c, &rate_at, rate, 1, SECONDS_MAX))
        (void)json_to_double(rate, &out->backoff_rate);
    out->delay_max_s = field_integer(c, at, object, "MaxDelaySeconds", 1, RETRY_DELAY_MAX_S, 0);
    if (out->delay_max_s > 0 && out->delay_max_s <= out->interval_s)
        report_schema(c, &delay_at, "MaxDelaySeconds must be greater than IntervalSeconds");
    out->jitter = field_word(c, at, object, "JitterStrategy", jitters) == 1;
}

void compile_retry(struct compiler *c, const struct place *at, struct json object,
                   struct state *out)
{
    struct json list = field_array(c, at, object, "Retry");
    struct place there = place_field(at, "Retry");
    struct place item;

    if (list.count > FRAME_RETRIERS_MAX) {
        report_schema(c, &there, "Array should have at most %d items", FRAME_RETRIERS_MAX);
        return;
    }
    struct retrier *retriers = scope_array(c->s, list.count, sizeof *retriers);
    for (uint32_t i = 0; i < list.count; i++)
        if (item_begin(c, &there, list, i, &item))
            compile_retrier(c, &item, list.items[i], i + 1 == list.count, &retriers[i]);
    out->retriers = retriers;
    out->retrier_count = list.count;
}

static void compile_catcher(struct compiler *c, const struct place *at, struct json object,
                            bool last, struct catcher *out)
{
    static const struct field_rule rules[] = {
        {"ErrorEquals", FOR_BOTH, 1},    {"Next", FOR_BOTH, 1},      {"Comment", FOR_BOTH, 1},
        {"ResultPath", FOR_JSONPATH, 1}, {"Output", FOR_JSONATA, 1}, {"Assign", FOR_BOTH, 1},
    };
    static const char *const required[] = {"ErrorEquals", "Next", NULL};

    fields_check(c, at, object, rules, sizeof rules / sizeof *rules, 1);
    (void)fields_require(c, at, object, required);
    out->errors = compile_names(c, at, object, last);
    (void)field_text(c, at, object, "Next");
    out->assign = field_assign(c, at, object);
    if (at->language == QUERY_JSONATA)
        out->output = field_template(c, at, object, "Output");
    else
        out->result_path = field_path_or_null(c, at, object, "ResultPath", PATH_RESULT);
}

void compile_catch(struct compiler *c, const struct place *at, struct json object,
                   const struct machine_owner *owner, struct state *out)
{
    struct json list = field_array(c, at, object, "Catch");
    struct place there = place_field(at, "Catch");
    struct place item;

    if (list.count > CATCHERS_MAX) {
        report_schema(c, &there, "Array should have at most %d items", CATCHERS_MAX);
        return;
    }
    struct catcher *catchers = scope_array(c->s, list.count, sizeof *catchers);
    for (uint32_t i = 0; i < list.count; i++) {
        catchers[i].next = STATE_NONE;
        if (!item_begin(c, &there, list, i, &item))
            continue;
        compile_catcher(c, &item, list.items[i], i + 1 == list.count, &catchers[i]);
        catchers[i].next = target_find(c, owner->machine, list.items[i], "Next");
    }
    out->catchers = catchers;
    out->catcher_count = list.count;
}
