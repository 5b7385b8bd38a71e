// From tokens to what was written: top-down operator precedence (V. Pratt). What a token means at
// the start of an expression is in start_*(), what it means behind an operand in follow_*().
#include "expr/jsonata_syntax_impl.h"

#include "expr/jsonata_signature_impl.h"

static const uint8_t powers[] = {
#define SIGN(name, text, power) power,
#include "expr/jsonata_signs.def"
#undef SIGN
};

static const char *const sign_texts[] = {
#define SIGN(name, text, power) text,
#include "expr/jsonata_signs.def"
#undef SIGN
};

static enum status expression(struct compiler *c, unsigned power, struct syntax **out);

// Refuses a token where it stands.
static enum status refuse(struct compiler *c, const char *code, struct token t)
{
    (void)jsonata_refuse(c, code, t.position, t.text.data ? t.text : str(""));
    c->raised.bare_token = t.sign == SIGN_NUMBER || t.sign == SIGN_VALUE;
    return INVALID;
}

static enum status advance(struct compiler *c, bool after_operand)
{
    TRY(jsonata_lex(c, after_operand, &c->token));
    if (c->token.sign == SIGN_NOT || c->token.sign == SIGN_TILDE)
        return jsonata_refuse(c, "S0204", c->token.position, c->token.text);
    return OK;
}

static enum status expect(struct compiler *c, enum sign sign, bool after_operand)
{
    if (c->token.sign != sign) {
        (void)refuse(c, c->token.sign == SIGN_END ? "S0203" : "S0202", c->token);
        c->raised.trouble.value = json_string(str(sign_texts[sign]));
        return INVALID;
    }
    return advance(c, after_operand);
}

static struct syntax *make(struct compiler *c, enum syntax_kind kind, struct token t)
{
    struct syntax *x = scope_new(c->scope, struct syntax);

    x->kind = kind;
    x->token = t;
    x->depth = 1;
    return x;
}

static void deepen(struct syntax *x, const struct syntax *child)
{
    if (child && child->depth >= x->depth)
        x->depth = (uint16_t)(child->depth + 1);
}

static void add(struct compiler *c, struct syntax *x, struct syntax *item)
{
    jsonata_list_push(c->scope, &x->list, item);
    deepen(x, item);
}

// A comma goes on with the list; anything else ends it.
static enum status more(struct compiler *c, enum sign separator, bool *out)
{
    *out = c->token.sign == separator;
    return *out ? advance(c, false) : OK;
}

static enum status start_prefix(struct compiler *c, struct syntax *x)
{
    x->kind = SYNTAX_UNARY;
    return expression(c, 70, &x->lhs);
}

static enum status start_block(struct compiler *c, struct syntax *x)
{
    size_t binds = c->binds;
    bool again = true;

    x->kind = SYNTAX_BLOCK;
    while (again && c->token.sign != SIGN_PAREN_END) {
        struct syntax *item = NULL;
        TRY(expression(c, 0, &item));
        add(c, x, item);
        TRY(more(c, SIGN_SEMICOLON, &again));
    }
    x->binds = c->binds > binds;
    return expect(c, SIGN_PAREN_END, true);
}

static enum status parse_range(struct compiler *c, struct syntax **item)
{
    if (c->token.sign != SIGN_RANGE)
        return OK;
    struct syntax *range = make(c, SYNTAX_BINARY, c->token);
    range->lhs = *item;
    TRY(advance(c, false));
    TRY(expression(c, 0, &range->rhs));
    deepen(range, range->lhs);
    deepen(range, range->rhs);
    *item = range;
    return OK;
}

static enum status start_array(struct compiler *c, struct syntax *x)
{
    bool again = c->token.sign != SIGN_BRACKET_END;

    x->kind = SYNTAX_UNARY;
    while (again) {
        struct syntax *item = NULL;
        TRY(expression(c, 0, &item));
        TRY(parse_range(c, &item));
        add(c, x, item);
        TRY(more(c, SIGN_COMMA, &again));
    }
    return expect(c, SIGN_BRACKET_END, true);
}

static enum status parse_pairs(struct compiler *c, struct syntax *x)
{
    bool again = c->token.sign != SIGN_BRACE_END;

    while (again) {
        struct syntax *name = NULL;
        struct syntax *value = NULL;
        TRY(expression(c, 0, &name));
        TRY(expect(c, SIGN_COLON, false));
        TRY(expression(c, 0, &value));
        add(c, x, name);
        add(c, x, value);
        TRY(more(c, SIGN_COMMA, &again));
    }
    return expect(c, SIGN_BRACE_END, true);
}

static enum status start_object(struct compiler *c, struct syntax *x)
{
    x->kind = SYNTAX_UNARY;
    return parse_pairs(c, x);
}

static enum status start_transform(struct compiler *c, struct syntax *x)
{
    bool again = false;

    x->kind = SYNTAX_TRANSFORM;
    TRY(expression(c, 0, &x->lhs));
    TRY(expect(c, SIGN_BAR, false));
    TRY(expression(c, 0, &x->rhs));
    TRY(more(c, SIGN_COMMA, &again));
    if (again)
        TRY(expression(c, 0, &x->third));
    deepen(x, x->third);
    return expect(c, SIGN_BAR, false);
}

// Reads the expression that starts with the token before the next.
static enum status start(struct compiler *c, struct syntax *x)
{
    switch ((int)x->token.sign) {
    case SIGN_END:
    case SIGN_NAME:
    case SIGN_VARIABLE:
    case SIGN_STRING:
    case SIGN_NUMBER:
    case SIGN_VALUE:
    case SIGN_REGEX:
    case SIGN_AND:
    case SIGN_OR:
    case SIGN_IN:
        return OK;
    case SIGN_TIMES:
        x->kind = SYNTAX_WILDCARD;
        return OK;
    case SIGN_DESCENDANT:
        x->kind = SYNTAX_DESCENDANT;
        return OK;
    case SIGN_PERCENT:
        x->kind = SYNTAX_PARENT;
        return OK;
    case SIGN_MINUS:
        return start_prefix(c, x);
    case SIGN_PAREN:
        return start_block(c, x);
    case SIGN_BRACKET:
        return start_array(c, x);
    case SIGN_BRACE:
        return start_object(c, x);
    case SIGN_BAR:
        return start_transform(c, x);
    default:
        return jsonata_refuse(c, "S0211", x->token.position, x->token.text);
    }
}

static enum status parse_argument(struct compiler *c, struct syntax *x)
{
    struct syntax *argument = NULL;

    if (c->token.sign != SIGN_QUESTION) {
        TRY(expression(c, 0, &argument));
        add(c, x, argument);
        return OK;
    }
    x->kind = SYNTAX_PARTIAL;
    add(c, x, make(c, SYNTAX_TOKEN, c->token));
    return advance(c, false);
}

static enum status check_parameters(struct compiler *c, const struct syntax *x)
{
    for (size_t i = 0; i < x->list.count; i++) {
        const struct syntax *p = x->list.items[i];
        if (p->kind == SYNTAX_TOKEN && p->token.sign == SIGN_VARIABLE)
            continue;
        (void)refuse(c, "S0208", p->token);
        c->raised.trouble.value = value_double((double)i + 1);
        return INVALID;
    }
    return OK;
}

// The signature's text is put together from its tokens.
static enum status parse_signature(struct compiler *c, struct syntax *x)
{
    uint32_t position = c->token.position;
    struct buf text = buf_make(c->scope, JSONATA_TEXT_BYTES_MAX);
    int depth = 1;

    buf_put_byte(&text, '<');
    while (depth > 0 && c->token.sign != SIGN_BRACE && c->token.sign != SIGN_END) {
        TRY(advance(c, false));
        depth += (c->token.sign == SIGN_BELOW) - (c->token.sign == SIGN_ABOVE);
        buf_put(&text, c->token.text);
    }
    TRY(expect(c, SIGN_ABOVE, false));
    struct signature_error wrong = {0};
    enum status e = jsonata_signature_parse(c->scope, buf_str(&text), &x->signature, &wrong);
    if (e != OK) {
        (void)jsonata_refuse(c, wrong.code, position + wrong.offset, (struct str){0});
        c->raised.trouble.value = wrong.value;
    }
    return e;
}

static enum status parse_lambda(struct compiler *c, struct syntax *x)
{
    size_t binds = c->binds;

    x->kind = SYNTAX_LAMBDA;
    TRY(check_parameters(c, x));
    if (c->token.sign == SIGN_BELOW)
        TRY(parse_signature(c, x));
    TRY(expect(c, SIGN_BRACE, false));
    TRY(expression(c, 0, &x->lhs));
    c->binds = binds; // they are bound in the lambda's own frame
    return expect(c, SIGN_BRACE_END, false);
}

static bool is_function_word(const struct syntax *x)
{
    return x->kind == SYNTAX_TOKEN && x->token.sign == SIGN_NAME &&
           (str_is(x->token.text, "function") || str_is(x->token.text, "\xCE\xBB"));
}

static enum status follow_call(struct compiler *c, struct syntax *x)
{
    bool again = c->token.sign != SIGN_PAREN_END;

    x->kind = SYNTAX_CALL;
    while (again) {
        TRY(parse_argument(c, x));
        TRY(more(c, SIGN_COMMA, &again));
    }
    TRY(expect(c, SIGN_PAREN_END, true));
    return is_function_word(x->lhs) ? parse_lambda(c, x) : OK;
}

// An empty predicate keeps arrays of one item, from the step before all its predicates on.
static enum status follow_bracket(struct compiler *c, struct syntax **x)
{
    struct syntax *step = (*x)->lhs;

    if (c->token.sign != SIGN_BRACKET_END) {
        TRY(expression(c, 0, &(*x)->rhs));
        return expect(c, SIGN_BRACKET_END, true);
    }
    *x = step;
    while (step->kind == SYNTAX_BINARY && step->token.sign == SIGN_BRACKET)
        step = step->lhs;
    step->keep_array = true;
    return advance(c, false);
}

static enum status parse_term(struct compiler *c, struct syntax *x)
{
    struct syntax *term = NULL;
    bool descending = c->token.sign == SIGN_ABOVE;

    if (descending || c->token.sign == SIGN_BELOW)
        TRY(advance(c, false));
    TRY(expression(c, 0, &term));
    struct syntax *wrapped = make(c, SYNTAX_UNARY, term->token);
    wrapped->lhs = term;
    wrapped->descending = descending;
    deepen(wrapped, term);
    add(c, x, wrapped);
    return OK;
}

static enum status follow_order(struct compiler *c, struct syntax *x)
{
    bool again = true;

    TRY(expect(c, SIGN_PAREN, false));
    while (again) {
        TRY(parse_term(c, x));
        TRY(more(c, SIGN_COMMA, &again));
    }
    return expect(c, SIGN_PAREN_END, false);
}

static enum status follow_assign(struct compiler *c, struct syntax *x)
{
    if (x->lhs->kind != SYNTAX_TOKEN || x->lhs->token.sign != SIGN_VARIABLE)
        return refuse(c, "S0212", x->lhs->token);
    c->binds++;
    return expression(c, powers[SIGN_ASSIGN] - 1, &x->rhs);
}

static enum status follow_binding(struct compiler *c, struct syntax *x)
{
    TRY(expression(c, powers[x->token.sign], &x->rhs));
    if (x->rhs->kind != SYNTAX_TOKEN || x->rhs->token.sign != SIGN_VARIABLE)
        return jsonata_refuse(c, "S0214", x->rhs->token.position, x->token.text);
    return OK;
}

static enum status follow_question(struct compiler *c, struct syntax *x)
{
    bool otherwise = false;

    x->kind = SYNTAX_CONDITION;
    TRY(expression(c, 0, &x->rhs));
    TRY(more(c, SIGN_COLON, &otherwise));
    return otherwise ? expression(c, 0, &x->third) : OK;
}

// Reads what belongs to an operator behind an operand, which is (*x)->lhs.
static enum status follow(struct compiler *c, struct syntax **x)
{
    switch ((int)(*x)->token.sign) {
    case SIGN_PAREN:
        return follow_call(c, *x);
    case SIGN_BRACKET:
        return follow_bracket(c, x);
    case SIGN_BRACE:
        return parse_pairs(c, *x);
    case SIGN_ORDER:
        return follow_order(c, *x);
    case SIGN_ASSIGN:
        return follow_assign(c, *x);
    case SIGN_FOCUS:
    case SIGN_INDEX:
        return follow_binding(c, *x);
    case SIGN_QUESTION:
        return follow_question(c, *x);
    case SIGN_DEFAULT:
    case SIGN_COALESCE:
        (*x)->kind = (*x)->token.sign == SIGN_DEFAULT ? SYNTAX_DEFAULT : SYNTAX_COALESCE;
        return expression(c, 0, &(*x)->rhs);
    default:
        return expression(c, powers[(*x)->token.sign], &(*x)->rhs);
    }
}

static enum status check_depth(struct compiler *c, const struct syntax *x)
{
    TRY(jsonata_compile_room(c));
    if (c->depth <= JSONATA_NESTING_MAX && (!x || x->depth <= JSONATA_NESTING_MAX))
        return OK;
    (void)jsonata_refuse(c, "D1011", c->token.position, (struct str){0});
    return TOO_LARGE;
}

static enum status expression_inside(struct compiler *c, unsigned power, struct syntax **out)
{
    struct syntax *left = make(c, SYNTAX_TOKEN, c->token);

    TRY(advance(c, true));
    TRY(start(c, left));
    while (power < powers[c->token.sign]) {
        struct syntax *x = make(c, SYNTAX_BINARY, c->token);
        x->lhs = left;
        TRY(advance(c, false));
        TRY(follow(c, &x));
        deepen(x, x->lhs);
        deepen(x, x->rhs);
        deepen(x, x->third);
        TRY(check_depth(c, x));
        left = x;
    }
    deepen(left, left->lhs);
    deepen(left, left->rhs);
    *out = left;
    return OK;
}

static enum status expression(struct compiler *c, unsigned power, struct syntax **out)
{
    c->depth++;
    TRY(check_depth(c, NULL));
    TRY(expression_inside(c, power, out));
    TRY(check_depth(c, *out));
    c->depth--;
    return OK;
}

enum status jsonata_parse(struct compiler *c, struct syntax **out)
{
    TRY(advance(c, false));
    TRY(expression(c, 0, out));
    if (c->token.sign != SIGN_END)
        return refuse(c, "S0201", c->token);
    return OK;
}
