// How a recorded value is compared with one of ours: placeholders stand for anything, and text that
// is JSON is the same as what it says.
#include "core/json.h"
#include "test/conformance/states_language.h"

// Words of the data for what changes from run to run.
static const char *const words[] = {
    "timestamp",
    "date",
    "start-time",
    "entered-time",
    "start-date",
    "snf_role_arn",
    "sfn_role_arn",
    "map_run_arn",
    "lambda_function_name",
    "lambda_function_1_name",
    "lambda_function_2_name",
    "RandomNumberGenerated",
    "x-amzn-RequestId",
    "X-Amzn-Trace-Id",
    "RequestId",
};

static bool is_word(struct str text)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(text, words[i]))
            return true;
    return false;
}

// Cuts a placeholder off the beginning: "<…>", or a word for the name of a function.
static bool cut_placeholder(struct str *pattern)
{
    size_t end = str_find_byte(*pattern, '>');

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_starts(str(words[i]), str("lambda_")) || !str_starts(*pattern, str(words[i])))
            continue;
        *pattern = str_slice(*pattern, strlen(words[i]), pattern->bytes);
        return true;
    }
    if (pattern->bytes < 2 || pattern->data[0] != '<' || end == pattern->bytes)
        return false;
    *pattern = str_slice(*pattern, end + 1, pattern->bytes);
    return true;
}

// Whether a text is the pattern, in which "<…>" stands for any text.
static bool text_matches(struct str pattern, struct str text)
{
    while (pattern.bytes > 0) {
        if (cut_placeholder(&pattern)) {
            for (size_t skip = 0; skip <= text.bytes; skip++)
                if (text_matches(pattern, str_slice(text, skip, text.bytes)))
                    return true;
            return false;
        }
        if (text.bytes == 0 || pattern.data[0] != text.data[0])
            return false;
        pattern = str_slice(pattern, 1, pattern.bytes);
        text = str_slice(text, 1, text.bytes);
    }
    return text.bytes == 0;
}

// What a text says as JSON; the text itself when it is none.
static struct json unpacked(struct scope *s, struct json j)
{
    struct json inner = {0};

    if (!json_is(j, JSON_STRING) || json_parse(s, json_text(j), &json_limits_lenient, &inner) != OK)
        return j;
    return inner;
}

static bool members_match(struct scope *s, struct json recorded, struct json value)
{
    if (!json_is(value, JSON_OBJECT) || value.count != recorded.count)
        return false;
    for (size_t i = 0; i < recorded.count; i++) {
        struct json_member m = recorded.members[i];
        if (!states_matches(s, m.name, m.value, json_get(value, m.name)))
            return false;
    }
    return true;
}

static bool items_match(struct scope *s, struct json recorded, struct json value)
{
    if (!json_is(value, JSON_ARRAY) || value.count != recorded.count)
        return false;
    for (size_t i = 0; i < recorded.count; i++)
        if (!states_matches(s, (struct str){0}, recorded.items[i], value.items[i]))
            return false;
    return true;
}

bool states_matches(struct scope *s, struct str name, struct json recorded, struct json value)
{
    if (json_is(value, JSON_NONE))
        return false;
    if (json_is(recorded, JSON_STRING)) {
        struct str text = json_text(recorded);
        if (is_word(text) || str_equal_nocase(text, name))
            return true;
        if (json_is(value, JSON_STRING) && text_matches(text, json_text(value)))
            return true;
        struct json inner = unpacked(s, recorded);
        return inner.type != JSON_STRING || inner.text != recorded.text
                   ? states_matches(s, name, inner, unpacked(s, value))
                   : false;
    }
    if (json_is(recorded, JSON_OBJECT))
        return members_match(s, recorded, unpacked(s, value));
    if (json_is(recorded, JSON_ARRAY))
        return items_match(s, recorded, unpacked(s, value));
    return json_equal(recorded, unpacked(s, value));
}
