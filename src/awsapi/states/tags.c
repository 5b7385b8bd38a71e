// Tags of machines and activities: a record of a JSON list by tenant and ARN.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"
#include "edge/service.h"
#include "flow/machines.h"
#include "flow/outside.h"
#include "store/record.h"

enum { TAGS_MAX = 50, KEY_CHARACTERS_MAX = 128, VALUE_CHARACTERS_MAX = 256 };

const struct table_def states_tags_table = {.name = "states_tags"};

static enum status too_many(struct scope *s, struct asked *a)
{
    return fault(s, a, INVALID, "TooManyTags", "You can have at most %d tags", TAGS_MAX);
}

// A tag that breaks a rule is told like a member of a list.
enum status states_tags_check(struct scope *s, struct asked *a, struct json tags)
{
    for (size_t i = 0; i < tags.count && json_is(tags, JSON_ARRAY); i++) {
        struct json key = json_member(json_at(tags, i), "key");
        struct json value = json_member(json_at(tags, i), "value");
        bool sound = json_is(key, JSON_STRING) && key.count >= 1 && key.count <= KEY_CHARACTERS_MAX;
        if (!sound || value.count > VALUE_CHARACTERS_MAX) {
            return fault(s, a, INVALID, "ValidationException",
                         "1 validation error detected: Value at 'tags.%zu.member.%s' failed to "
                         "satisfy constraint: Member must have length less than or equal to %d%s",
                         i + 1, sound ? "value" : "key",
                         sound ? VALUE_CHARACTERS_MAX : KEY_CHARACTERS_MAX,
                         sound ? "" : " and greater than or equal to 1");
        }
    }
    return tags.count > TAGS_MAX ? too_many(s, a) : OK;
}

// No tags: the record goes.
void states_tags_put(struct scope *s, struct asked *a, struct str arn, struct json tags)
{
    if (tags.count == 0) {
        change_remove(call_change(a->call), &states_tags_table, a->owner.tenant, arn, if_any());
        return;
    }
    struct record record = {
        .partition = a->owner.tenant, .sort = arn, .content = json_to_str(s, tags)};
    change_put(call_change(a->call), &states_tags_table, &record, if_any());
}

// Reads the tags of an ARN that is there.
static enum status read_tags(struct scope *s, struct asked *a, struct str *arn, struct json *out)
{
    struct states_arn asked = {0};
    struct machine_record machine = {0};
    struct record record = {0};
    struct str name = {0};
    int64_t created_at_us = 0;

    TRY(asked_arn(s, a, "resourceArn", "stateMachine|activity", &asked));
    enum status e =
        str_is(asked.kind, "activity")
            ? flow_activity_get(s, a->flow, &a->owner, asked.text, &name, &created_at_us)
            : flow_machine_get(s, a->flow, &a->owner, asked.text, &machine);
    if (asked.rest.bytes)
        e = NOT_FOUND;
    TRY(fault_if(s, a, e, NOT_FOUND, "ResourceNotFound", "Resource not found: '%.*s'",
                 STR(asked.text)));
    *arn = asked.text;
    *out = json_array(NULL, 0);
    e = record_get(s, call_platform(a->call)->store, &states_tags_table, a->owner.tenant,
                   asked.text, &record);
    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    return json_parse(s, record.content, &json_limits_strict, out);
}

static bool has_key(struct json list, struct str key)
{
    for (size_t i = 0; i < list.count; i++) {
        struct json item = json_at(list, i);
        if (str_equal(json_text(json_is(item, JSON_OBJECT) ? json_member(item, "key") : item), key))
            return true;
    }
    return false;
}

// Those of `tags` whose key is not in `keys`, in an array with room for TAGS_MAX more.
static struct json *without(struct scope *s, struct json tags, struct json keys, size_t *count)
{
    struct json *kept = scope_array(s, tags.count + keys.count, sizeof *kept);

    *count = 0;
    for (size_t i = 0; i < tags.count; i++)
        if (!has_key(keys, json_text(json_member(json_at(tags, i), "key"))))
            kept[(*count)++] = json_at(tags, i);
    return kept;
}

enum status states_tags_add(struct scope *s, struct asked *a)
{
    struct json given = json_member(a->request, "tags");
    struct json tags = {0};
    struct str arn = {0};
    size_t count = 0;

    TRY(states_tags_check(s, a, given));
    TRY(read_tags(s, a, &arn, &tags));
    struct json *all = without(s, tags, given, &count);
    for (size_t i = 0; i < given.count; i++)
        all[count++] = json_at(given, i);
    if (count > TAGS_MAX)
        return too_many(s, a);
    states_tags_put(s, a, arn, json_array(all, count));
    return OK;
}

enum status states_tags_remove(struct scope *s, struct asked *a)
{
    struct json tags = {0};
    struct str arn = {0};
    size_t count = 0;

    TRY(read_tags(s, a, &arn, &tags));
    struct json *left = without(s, tags, json_member(a->request, "tagKeys"), &count);
    states_tags_put(s, a, arn, json_array(left, count));
    return OK;
}

enum status states_tags_list(struct scope *s, struct asked *a)
{
    struct json tags = {0};
    struct str arn = {0};

    TRY(read_tags(s, a, &arn, &tags));
    struct fields f = fields_make(s);
    fields_json(&f, "tags", tags);
    answer(a, &f);
    return OK;
}
