// Deciding conditions: comparisons (RFC 9535, 2.3.5.2.2) and functions (2.4.4 to 2.4.8). What takes
// longer than a look is counted in steps: comparing large values, searching texts.
#include "expr/jsonpath_run_impl.h"

#include "core/scope.h"
#include "core/utf8.h"
#include "expr/iregexp.h"
#include "expr/regex.h"

enum {
    STEP_BYTES = 64,      // of text that is compared or counted
    PATTERN_STEPS = 1000, // to compile one that comes from the document
    PATTERN_SCOPE_BYTES_MAX = 1 << 20,
    REGEX_STEPS_MAX = 5000000,
};

static enum status items_equal(struct jsonpath_run *run, struct json a, struct json b, bool *out);
static enum status members_equal(struct jsonpath_run *run, struct json a, struct json b, bool *out);

// As json_equal(), with steps. Nothing equals nothing.
static enum status equal(struct jsonpath_run *run, struct json a, struct json b, bool *out)
{
    bool texts = json_is(a, JSON_STRING) || json_is(a, JSON_NUMBER);

    *out = false;
    if (a.type != b.type || a.depth != b.depth)
        return OK;
    if (a.depth) {
        TRY(jsonpath_spend(run, 1));
        if (a.count != b.count)
            return OK;
        return json_is(a, JSON_ARRAY) ? items_equal(run, a, b, out) : members_equal(run, a, b, out);
    }
    TRY(jsonpath_spend(run, 1 + (texts ? a.count / STEP_BYTES : 0)));
    *out = json_equal(a, b);
    return OK;
}

static enum status items_equal(struct jsonpath_run *run, struct json a, struct json b, bool *out)
{
    *out = true;
    for (size_t i = 0; i < a.count && *out; i++)
        TRY(equal(run, a.items[i], b.items[i], out));
    return OK;
}

static enum status members_equal(struct jsonpath_run *run, struct json a, struct json b, bool *out)
{
    *out = true;
    for (size_t i = 0; i < a.count && *out; i++) {
        const struct json_member *member = &a.members[i];
        struct json other = json_get(b, member->name);
        *out = !json_is(other, JSON_NONE);
        if (*out)
            TRY(equal(run, member->value, other, out));
    }
    return OK;
}

// Only numbers with numbers and texts with texts have an order.
static enum status less(struct jsonpath_run *run, struct json a, struct json b, bool *out)
{
    *out = false;
    if (a.type != b.type)
        return OK;
    TRY(jsonpath_spend(run, 1 + (a.count < b.count ? a.count : b.count) / STEP_BYTES));
    if (json_is(a, JSON_NUMBER))
        *out = json_compare_numbers(a, b) < 0;
    if (json_is(a, JSON_STRING))
        *out = str_compare(json_text(a), json_text(b)) < 0;
    return OK;
}

static enum status compare(struct jsonpath_run *run, enum comparison comparison, struct json a,
                           struct json b, bool *out)
{
    bool turned = comparison == COMPARE_GREATER || comparison == COMPARE_GREATER_EQUAL;
    bool ordered = comparison != COMPARE_EQUAL && comparison != COMPARE_UNEQUAL;

    *out = false;
    if (ordered)
        TRY(less(run, turned ? b : a, turned ? a : b, out));
    if (*out || comparison == COMPARE_LESS || comparison == COMPARE_GREATER)
        return OK;
    TRY(equal(run, a, b, out));
    if (comparison == COMPARE_UNEQUAL)
        *out = !*out;
    return OK;
}

// Counts the nodes of a query and keeps the first. `first_only`: whether there is any.
static enum status count_nodes(struct jsonpath_run *run, const struct query *query,
                               struct json current, bool first_only, struct json *first,
                               size_t *count)
{
    struct jsonpath_sink sink = {.values = first, .only_count = true, .first_only = first_only};
    struct jsonpath_node from = {.value = query->relative ? current : run->root};

    TRY(jsonpath_run_query(run, query, from, &sink));
    *count = sink.count;
    return OK;
}

static enum status value_of(struct jsonpath_run *run, const struct operand *operand,
                            struct json current, struct json *out);

static enum status length_of(struct jsonpath_run *run, struct json value, struct json *out)
{
    *out = (struct json){0};
    if (json_is(value, JSON_STRING)) {
        TRY(jsonpath_spend(run, value.count / STEP_BYTES));
        *out = json_i64(run->s, (int64_t)utf8_count(json_text(value)));
    } else if (json_is(value, JSON_ARRAY) || json_is(value, JSON_OBJECT)) {
        *out = json_i64(run->s, (int64_t)value.count);
    }
    return OK;
}

// The functions that give a value.
static enum status call_value(struct jsonpath_run *run, const struct call *call,
                              struct json current, struct json *out)
{
    struct json argument = {0};
    size_t count = 0;

    if (!scope_has_room(run->s, sizeof(struct json) * 2))
        return fail(run->s, TOO_LARGE, "there is no room for a number");
    if (call->function == FUNCTION_LENGTH) {
        TRY(value_of(run, &call->arguments[0], current, &argument));
        return length_of(run, argument, out);
    }
    TRY(count_nodes(run, &call->arguments[0].query, current, false, &argument, &count));
    if (call->function == FUNCTION_COUNT)
        *out = json_i64(run->s, (int64_t)count);
    else
        *out = count == 1 ? argument : (struct json){0};
    return OK;
}

static enum status value_of(struct jsonpath_run *run, const struct operand *operand,
                            struct json current, struct json *out)
{
    switch (operand->kind) {
    case OPERAND_LITERAL:
        *out = operand->literal;
        return OK;
    case OPERAND_CALL:
        return call_value(run, operand->call, current, out);
    case OPERAND_QUERY:
        break;
    }
    TRY(jsonpath_spend(run, 1));
    *out = jsonpath_follow(run, &operand->query, current);
    return OK;
}

// Compiles a pattern of the document, unless it is the one that was used last. `regex` is NULL when
// it is no I-Regexp.
static enum status find_pattern(struct jsonpath_run *run, enum function function,
                                struct json pattern, const struct regex **out)
{
    struct str text = json_text(pattern);

    if (run->patterns && run->pattern_function == function && str_equal(run->pattern, text)) {
        *out = run->regex;
        return OK;
    }
    TRY(jsonpath_spend(run, PATTERN_STEPS));
    if (run->patterns)
        scope_reset(run->patterns);
    else
        run->patterns = scope_open(PATTERN_SCOPE_BYTES_MAX);
    run->regex = NULL;
    if (iregexp_compile(run->patterns, text,
                        function == FUNCTION_MATCH ? IREGEXP_WHOLE : IREGEXP_SEARCH,
                        &run->regex) != OK)
        run->regex = NULL;
    run->pattern = text;
    run->pattern_function = function;
    *out = run->regex;
    return OK;
}

// match() and search().
static enum status call_truth(struct jsonpath_run *run, const struct call *call,
                              struct json current, bool *out)
{
    const struct regex *regex = call->regex;
    struct json subject = {0};
    struct json pattern = {0};

    *out = false;
    TRY(value_of(run, &call->arguments[0], current, &subject));
    if (!call->has_pattern) {
        TRY(value_of(run, &call->arguments[1], current, &pattern));
        if (json_is(pattern, JSON_STRING))
            TRY(find_pattern(run, call->function, pattern, &regex));
    }
    if (!regex || !json_is(subject, JSON_STRING))
        return OK;
    if (!run->work)
        run->work = regex_work_new(run->s, REGEX_STEPS_MAX);
    enum status e = regex_search(run->work, regex, json_text(subject), 0, out, NULL);
    return e == REFUSED ? LIMIT : e;
}

static enum status decide_exists(struct jsonpath_run *run, const struct query *query,
                                 struct json current, bool *out)
{
    struct json first = {0};
    size_t count = 0;

    TRY(count_nodes(run, query, current, true, &first, &count));
    *out = count > 0;
    return OK;
}

enum status jsonpath_decide(struct jsonpath_run *run, const struct condition *c,
                            struct json current, bool *out)
{
    struct json left = {0};
    struct json right = {0};

    switch (c->kind) {
    case CONDITION_OR:
    case CONDITION_AND:
        TRY(jsonpath_decide(run, c->first, current, out));
        if (*out == (c->kind == CONDITION_OR))
            return OK;
        return jsonpath_decide(run, c->second, current, out);
    case CONDITION_NOT:
        TRY(jsonpath_decide(run, c->first, current, out));
        *out = !*out;
        return OK;
    case CONDITION_EXISTS:
        return decide_exists(run, &c->left.query, current, out);
    case CONDITION_CALL:
        return call_truth(run, c->left.call, current, out);
    case CONDITION_COMPARE:
        break;
    }
    TRY(value_of(run, &c->left, current, &left));
    TRY(value_of(run, &c->right, current, &right));
    return compare(run, c->comparison, left, right, out);
}
