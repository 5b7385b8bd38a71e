#include "flow/choice.h"

#include "core/moment.h"
#include "core/scope.h"
#include "flow/choice_impl.h"
#include "flow/eval.h"
#include "flow/path.h"
#include "flow/template.h"

#include <assert.h>

static const struct choice_operator operators[] = {
#define CHOICE_OPERATOR(name, text, type, order, path) {text, type, order, path},
#include "flow/choice.def"
#undef CHOICE_OPERATOR
};

const struct choice_operator *choice_operator_find(struct str name, bool *path)
{
    struct str suffix = str("Path");

    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const struct choice_operator *o = &operators[i];
        struct str text = str(o->text);
        *path = !str_equal(name, text);
        if (!*path)
            return o;
        if (o->path && name.bytes == text.bytes + suffix.bytes && str_starts(name, text) &&
            str_ends(name, suffix))
            return o;
    }
    return NULL;
}

bool choice_type_has(enum choice_type type, struct json value)
{
    int64_t at_us = 0;

    switch (type) {
    case TYPE_ANY:
        return !json_is(value, JSON_NONE);
    case TYPE_NULL:
        return json_is(value, JSON_NULL);
    case TYPE_BOOLEAN:
        return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
    case TYPE_NUMBER:
        return json_is(value, JSON_NUMBER);
    case TYPE_STRING:
    case TYPE_PATTERN:
        return json_is(value, JSON_STRING);
    case TYPE_TIMESTAMP:
        // States Language, Choice State: RFC 3339 with upper-case "T" and "Z".
        return json_is(value, JSON_STRING) && moment_read(json_text(value), &at_us) &&
               str_find_byte(json_text(value), 't') == json_text(value).bytes &&
               str_find_byte(json_text(value), 'z') == json_text(value).bytes;
    }
    return false;
}

// Orders as UTF-16 does, which the service compares by: a code point above U+FFFF comes before
// U+E000 to U+FFFF, although its bytes in UTF-8 are larger.
static int compare_text(struct str a, struct str b)
{
    size_t common = a.bytes < b.bytes ? a.bytes : b.bytes;
    size_t i = 0;

    while (i < common && a.data[i] == b.data[i])
        i++;
    if (i < common) {
        unsigned char x = (unsigned char)a.data[i], y = (unsigned char)b.data[i];
        if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0))
            return x >= 0xF0 ? -1 : 1;
    }
    return str_compare(a, b);
}

static int compare_moments(struct str a, struct str b)
{
    int64_t x = 0, y = 0;

    (void)moment_read(a, &x); // both were looked at before
    (void)moment_read(b, &y);
    return (x > y) - (x < y);
}

static int compare(enum choice_type type, struct json a, struct json b)
{
    if (type == TYPE_NUMBER)
        return json_compare_numbers(a, b);
    if (type == TYPE_BOOLEAN)
        return (int)a.type - (int)b.type;
    if (type == TYPE_TIMESTAMP)
        return compare_moments(json_text(a), json_text(b));
    assert(type == TYPE_STRING);
    return compare_text(json_text(a), json_text(b));
}

static bool order_holds(enum choice_order order, int comparison)
{
    switch (order) {
    case ORDER_EQUAL:
        return comparison == 0;
    case ORDER_LESS:
        return comparison < 0;
    case ORDER_GREATER:
        return comparison > 0;
    case ORDER_LESS_EQUAL:
        return comparison <= 0;
    case ORDER_GREATER_EQUAL:
        return comparison >= 0;
    case ORDER_IS:
        break;
    }
    return false;
}

// Matches a pattern in which "*" stands for any text, and "\*" and "\\" for themselves. After a
// mismatch the last "*" takes one byte more, so that the time is the product of the lengths at
// most.
static bool text_matches(struct str text, struct str pattern)
{
    size_t t = 0, p = 0, star = SIZE_MAX, star_t = 0;

    while (t < text.bytes) {
        bool escape = p + 1 < pattern.bytes && pattern.data[p] == '\\' &&
                      (pattern.data[p + 1] == '*' || pattern.data[p + 1] == '\\');
        if (p < pattern.bytes && pattern.data[p] == '*') {
            star = p++;
            star_t = t;
        } else if (p < pattern.bytes && pattern.data[p + escape] == text.data[t]) {
            p += 1 + (size_t)escape;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++star_t;
        } else {
            return false;
        }
    }
    while (p < pattern.bytes && pattern.data[p] == '*')
        p++;
    return p == pattern.bytes;
}

static enum status evaluate_compare(struct scope *s, const struct choice_test *t,
                                    const struct eval *eval, bool *out,
                                    struct eval_failure *failure)
{
    struct json value = {0}, operand = t->operand;

    if (t->op->type == TYPE_ANY) // IsPresent
        TRY(path_find(s, t->variable, eval, &value, failure));
    else
        TRY(path_evaluate(s, t->variable, eval, &value, failure));
    if (t->operand_path)
        TRY(path_evaluate(s, t->operand_path, eval, &operand, failure));
    bool fits = choice_type_has(t->op->type, value);
    if (t->op->order == ORDER_IS)
        *out = fits == json_is(operand, JSON_TRUE);
    else if (!fits || !choice_type_has(t->op->type, operand))
        *out = false;
    else if (t->op->type == TYPE_PATTERN)
        *out = text_matches(json_text(value), json_text(operand));
    else
        *out = order_holds(t->op->order, compare(t->op->type, value, operand));
    return OK;
}

static enum status evaluate_condition(struct scope *s, const struct choice_test *t,
                                      const struct eval *eval, bool *out,
                                      struct eval_failure *failure)
{
    struct json value = {0};

    TRY(template_evaluate(s, t->condition, eval, &value, failure));
    TRY(template_expect(s, t->condition, value, JSON_TRUE, failure));
    *out = json_is(value, JSON_TRUE);
    return OK;
}

enum status choice_evaluate(struct scope *s, const struct choice_test *test,
                            const struct eval *eval, bool *out, struct eval_failure *failure)
{
    if (test->kind == CHOICE_COMPARE)
        return evaluate_compare(s, test, eval, out, failure);
    if (test->kind == CHOICE_CONDITION)
        return evaluate_condition(s, test, eval, out, failure);
    // And ends with the first that is false, Or and Not with the first that is true. Their depth is
    // that of the definition's JSON.
    bool ends_with = test->kind != CHOICE_AND;
    *out = !ends_with;
    for (size_t i = 0; i < test->part_count && *out != ends_with; i++)
        TRY(choice_evaluate(s, &test->parts[i], eval, out, failure));
    if (test->kind == CHOICE_NOT)
        *out = !*out;
    return OK;
}
