// Conditions of filters (RFC 9535, 2.3.5), and functions in them (2.4) with their types: what is
// not well-typed is refused here and never met when a query runs.
#include "expr/jsonpath_impl.h"

#include "core/scope.h"
#include "expr/iregexp.h"

enum type { TYPE_VALUE, TYPE_LOGICAL, TYPE_NODES };

static const struct {
    struct str name;
    enum type result;
    enum type parameter;
    size_t count;
} functions[] = {
#define FUNCTION(id, name, result, parameter, count) {STR_INIT(name), result, parameter, count},
#include "expr/jsonpath_functions.def"
#undef FUNCTION
};

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const struct jsonpath_parser *p, size_t ahead)
{
    size_t count = 0;

    while (is_digit(jsonpath_peek(p, ahead + count)))
        count++;
    return count;
}

// number (RFC 9535, 2.3.5.1): as JSON has it, and -0 is one.
static enum status parse_number(struct jsonpath_parser *p, struct json *out)
{
    size_t from = p->at;
    size_t length = jsonpath_peek(p, 0) == '-' ? 1 : 0;
    size_t whole = count_digits(p, length);
    bool right = whole == 1 || (whole > 1 && jsonpath_peek(p, length) != '0');

    length += whole;
    if (jsonpath_peek(p, length) == '.') {
        size_t fraction = count_digits(p, length + 1);
        right = right && fraction > 0;
        length += 1 + fraction;
    }
    if (jsonpath_peek(p, length) == 'e' || jsonpath_peek(p, length) == 'E') {
        length++;
        length += jsonpath_peek(p, length) == '+' || jsonpath_peek(p, length) == '-';
        size_t exponent = count_digits(p, length);
        right = right && exponent > 0;
        length += exponent;
    }
    if (!right)
        return jsonpath_wrong(p, from, "this is no number");
    p->at += length;
    *out = json_number(str_slice(p->text, from, length));
    return OK;
}

// What comes before the next character that is no part of a function's name.
static struct str peek_word(const struct jsonpath_parser *p)
{
    size_t length = 0;

    while (is_lower(jsonpath_peek(p, length)) ||
           (length && (is_digit(jsonpath_peek(p, length)) || jsonpath_peek(p, length) == '_')))
        length++;
    return str_slice(p->text, p->at, length);
}

static bool take_constant(struct jsonpath_parser *p, struct json *out)
{
    struct str word = peek_word(p);

    if (str_is(word, "true") || str_is(word, "false"))
        *out = json_bool(str_is(word, "true"));
    else if (str_is(word, "null"))
        *out = json_null();
    else
        return false;
    if (jsonpath_peek(p, word.bytes) == '(')
        return false;
    p->at += word.bytes;
    return true;
}

static enum status parse_operand(struct jsonpath_parser *p, struct operand *out);

static enum type type_of(const struct operand *operand)
{
    if (operand->kind == OPERAND_CALL)
        return functions[operand->call->function].result;
    return operand->kind == OPERAND_QUERY && !operand->query.singular ? TYPE_NODES : TYPE_VALUE;
}

// RFC 9535, 2.4.3: a query is nodes; one that names a single place is also a value.
static bool fits(const struct operand *argument, enum type parameter)
{
    if (parameter == TYPE_NODES)
        return argument->kind == OPERAND_QUERY;
    return type_of(argument) == parameter;
}

static enum status parse_arguments(struct jsonpath_parser *p, struct call *call, size_t *count)
{
    enum type parameter = functions[call->function].parameter;

    *count = 0;
    jsonpath_skip_blanks(p);
    while (jsonpath_peek(p, 0) != ')') {
        size_t from = p->at;
        if (*count == functions[call->function].count)
            return jsonpath_wrong(p, from, "these are too many arguments");
        struct operand *argument = &call->arguments[(*count)++];
        TRY(parse_operand(p, argument));
        if (!fits(argument, parameter))
            return jsonpath_wrong(p, from, "this argument is not of the type that is wanted");
        jsonpath_skip_blanks(p);
        if (jsonpath_peek(p, 0) == ')')
            break;
        if (!jsonpath_take(p, ","))
            return jsonpath_wrong(p, p->at, "a comma or the end of the arguments is wanted");
        jsonpath_skip_blanks(p);
        if (jsonpath_peek(p, 0) == ')')
            return jsonpath_wrong(p, p->at, "an argument is wanted");
    }
    p->at++;
    return OK;
}

// A pattern that stands in the query is compiled with it. One that is no I-Regexp matches nothing.
static void compile_pattern(struct jsonpath_parser *p, struct call *call)
{
    const struct operand *pattern = &call->arguments[1];
    bool whole = call->function == FUNCTION_MATCH;

    if (functions[call->function].result != TYPE_LOGICAL || pattern->kind != OPERAND_LITERAL)
        return;
    call->has_pattern = true;
    if (!json_is(pattern->literal, JSON_STRING) ||
        iregexp_compile(p->s, json_text(pattern->literal), whole ? IREGEXP_WHOLE : IREGEXP_SEARCH,
                        &call->regex) != OK) {
        call->regex = NULL;
        scope_forgive(p->s);
    }
}

static enum status parse_call(struct jsonpath_parser *p, const struct call **out)
{
    size_t from = p->at;
    struct str name = peek_word(p);
    struct call *call = scope_new(p->s, struct call);
    size_t count = 0;

    while (call->function < FUNCTIONS && !str_equal(functions[call->function].name, name))
        call->function++;
    if (call->function == FUNCTIONS || jsonpath_peek(p, name.bytes) != '(')
        return jsonpath_wrong(p, from, "a query, a literal or a function is wanted");
    TRY(jsonpath_enter(p));
    p->at += name.bytes + 1;
    TRY(parse_arguments(p, call, &count));
    p->nesting--;
    if (count != functions[call->function].count)
        return jsonpath_wrong(p, from, "this function wants more arguments");
    compile_pattern(p, call);
    *out = call;
    return OK;
}

static enum status parse_operand(struct jsonpath_parser *p, struct operand *out)
{
    char c = jsonpath_peek(p, 0);
    struct str text = {0};

    if (c == '$' || c == '@') {
        out->kind = OPERAND_QUERY;
        TRY(jsonpath_enter(p));
        TRY(jsonpath_parse_query(p, &out->query));
        p->nesting--;
        return OK;
    }
    if (c == '\'' || c == '"') {
        TRY(jsonpath_parse_string(p, &text));
        out->literal = json_string(text);
        return OK;
    }
    if (c == '-' || is_digit(c))
        return parse_number(p, &out->literal);
    if (take_constant(p, &out->literal))
        return OK;
    out->kind = OPERAND_CALL;
    return parse_call(p, &out->call);
}

static bool take_comparison(struct jsonpath_parser *p, enum comparison *out)
{
    static const struct {
        const char *text;
        enum comparison comparison;
    } operators[] = {
        {"==", COMPARE_EQUAL}, {"!=", COMPARE_UNEQUAL},       {"<=", COMPARE_LESS_EQUAL},
        {"<", COMPARE_LESS},   {">=", COMPARE_GREATER_EQUAL}, {">", COMPARE_GREATER},
    };

    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (!jsonpath_take(p, operators[i].text))
            continue;
        *out = operators[i].comparison;
        return true;
    }
    return false;
}

// The place is behind the operator.
static enum status parse_comparison(struct jsonpath_parser *p, size_t from, struct condition *out)
{
    if (type_of(&out->left) != TYPE_VALUE)
        return jsonpath_wrong(p, from, "this cannot be compared: it is not one value");
    jsonpath_skip_blanks(p);
    from = p->at;
    TRY(parse_operand(p, &out->right));
    if (type_of(&out->right) != TYPE_VALUE)
        return jsonpath_wrong(p, from, "this cannot be compared: it is not one value");
    out->kind = CONDITION_COMPARE;
    return OK;
}

static enum status parse_test(struct jsonpath_parser *p, size_t from, struct condition *out)
{
    if (out->left.kind == OPERAND_LITERAL)
        return jsonpath_wrong(p, from, "a literal must be compared with something");
    if (out->left.kind == OPERAND_CALL && type_of(&out->left) != TYPE_LOGICAL)
        return jsonpath_wrong(p, from, "what this function gives must be compared");
    out->kind = out->left.kind == OPERAND_CALL ? CONDITION_CALL : CONDITION_EXISTS;
    return OK;
}

// basic-expr: in parentheses, a comparison, or a test; the last not after "!".
static enum status parse_basic(struct jsonpath_parser *p, const struct condition **out)
{
    bool negated = jsonpath_take(p, "!");
    struct condition *condition = scope_new(p->s, struct condition);

    jsonpath_skip_blanks(p);
    size_t from = p->at;
    if (jsonpath_take(p, "(")) {
        const struct condition *inner = NULL;
        jsonpath_skip_blanks(p);
        TRY(jsonpath_parse_condition(p, &inner));
        jsonpath_skip_blanks(p);
        if (!jsonpath_take(p, ")"))
            return jsonpath_wrong(p, from, "this parenthesis is not closed where it must be");
        *out = inner;
    } else {
        TRY(parse_operand(p, &condition->left));
        size_t behind = p->at;
        jsonpath_skip_blanks(p);
        if (!negated && take_comparison(p, &condition->comparison)) {
            TRY(parse_comparison(p, from, condition));
        } else {
            p->at = behind;
            TRY(parse_test(p, from, condition));
        }
        *out = condition;
    }
    if (negated) {
        struct condition *not = scope_new(p->s, struct condition);
        *not = (struct condition){.kind = CONDITION_NOT, .first = *out};
        *out = not ;
    }
    return OK;
}

static bool take_operator(struct jsonpath_parser *p, const char *text)
{
    size_t behind = p->at;

    jsonpath_skip_blanks(p);
    if (jsonpath_take(p, text)) {
        jsonpath_skip_blanks(p);
        return true;
    }
    p->at = behind;
    return false;
}

static const struct condition *join(struct jsonpath_parser *p, enum condition_kind kind,
                                    const struct condition *first, const struct condition *second)
{
    struct condition *both = scope_new(p->s, struct condition);

    *both = (struct condition){.kind = kind, .first = first, .second = second};
    return both;
}

static enum status parse_and(struct jsonpath_parser *p, const struct condition **out)
{
    const struct condition *next = NULL;

    TRY(parse_basic(p, out));
    while (take_operator(p, "&&")) {
        TRY(parse_basic(p, &next));
        *out = join(p, CONDITION_AND, *out, next);
    }
    return OK;
}

enum status jsonpath_parse_condition(struct jsonpath_parser *p, const struct condition **out)
{
    const struct condition *next = NULL;

    TRY(jsonpath_enter(p));
    TRY(parse_and(p, out));
    while (take_operator(p, "||")) {
        TRY(parse_and(p, &next));
        *out = join(p, CONDITION_OR, *out, next);
    }
    p->nesting--;
    return OK;
}
