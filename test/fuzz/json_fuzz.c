// JSON: whatever parses is written and read back to an equal value, and no document, however it
// is made, takes more memory than a scope has.
#include "core/json.h"

#include "core/buf.h"
#include "core/decimal.h"
#include "core/utf8.h"
#include "test/fuzz/fuzz.h"

// Parses in a scope with little room; the outcome does not matter, coming back does.
static void parse_tightly(struct str input)
{
    size_t budget = input.bytes ? (size_t)(uint8_t)input.data[input.bytes / 2] * 64 : 0;
    struct scope *tight = scope_open(budget);
    struct json j = {0};
    enum status e = json_parse(tight, input, &json_limits_lenient, &j);

    assert(e == OK || e == INVALID || e == TOO_LARGE);
    scope_close(tight);
}

static void check_number(struct scope *s, struct json j)
{
    double value = 0;
    double back = 0;
    int64_t whole = 0;
    struct decimal exact = {0};

    if (json_to_double(j, &value))
        assert(json_to_double(json_double(s, value), &back) && back == value);
    if (json_to_i64(j, &whole))
        assert(json_compare_numbers(j, json_i64(s, whole)) == 0);
    enum status e = decimal_parse(s, json_text(j), &exact);
    assert(e == OK || e == TOO_LARGE);
    if (e == OK)
        assert(json_compare_numbers(j, json_number(decimal_to_str(s, exact))) == 0);
}

static void check_values(struct scope *s, struct json j)
{
    if (j.type == JSON_NUMBER)
        check_number(s, j);
    for (size_t i = 0; j.type == JSON_ARRAY && i < j.count; i++)
        check_values(s, j.items[i]);
    for (size_t i = 0; j.type == JSON_OBJECT && i < j.count; i++) {
        struct json found = json_get(j, j.members[i].name);
        assert(found.type == j.members[i].value.type && found.text == j.members[i].value.text);
        check_values(s, j.members[i].value);
    }
}

static void check_survives(struct scope *s, struct json j, struct str text)
{
    struct json back = {0};

    enum status e = json_parse(s, text, &json_limits_lenient, &back);
    assert(e == OK);
    assert(json_equal(j, back) && json_equal(back, j));
    assert(str_equal(json_to_str(s, back), json_to_str(s, j)));
}

FUZZ
{
    struct json j = {0};
    struct json strict = {0};
    struct buf pretty = buf_make(s, 64 << 20);

    parse_tightly(input);
    enum status e_strict = json_parse(s, input, &json_limits_strict, &strict);
    enum status e = json_parse(s, input, &json_limits_lenient, &j);
    assert(e == OK || e == INVALID || e == TOO_LARGE);
    if (e != OK) {
        assert(e_strict != OK && scope_why(s).bytes > 0);
        return;
    }
    assert(utf8_valid(input));
    assert(e_strict != OK || json_equal(strict, j));
    check_values(s, j);
    check_survives(s, j, json_to_str(s, j));
    json_write_pretty(&pretty, j);
    check_survives(s, j, buf_str(&pretty));
    check_survives(s, json_copy(s, j), input);
}
