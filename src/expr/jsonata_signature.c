// The reference turns a signature into a regular expression over one letter an argument, and so
// its rules are those of greedy matching with a way back.
#include "expr/jsonata_signature_impl.h"

#include "core/scope.h"

enum { LETTERS_COUNT = 26 };

struct parameter {
    uint32_t types; // a bit for each letter that it accepts
    uint32_t context_types;
    char type;          // 0: a choice
    bool context;       // the context stands in for it
    bool optional;      // none is enough
    bool repeated;      // one or more
    struct str subtype; // of the items of an array
};

struct signature {
    size_t count;
    struct parameter parameters[SIGNATURE_PARAMETERS_MAX];
};

static uint32_t bit(char letter)
{
    return letter >= 'a' && letter <= 'z' ? 1U << (letter - 'a') : 0;
}

static uint32_t bits(struct str letters)
{
    uint32_t all = 0;

    for (size_t i = 0; i < letters.bytes; i++)
        all |= bit(letters.data[i]);
    return all;
}

// `m` stands for an argument that is undefined.
static uint32_t types_of(char symbol)
{
    if (symbol == 'a' || symbol == 'x')
        return bits(str("asnblfom"));
    if (symbol == 'j')
        return bits(str("asnblom"));
    return symbol == 'f' ? bit('f') : bit(symbol) | bit('m');
}

static size_t closing(struct str text, size_t at, char opens, char closes)
{
    int depth = 1;

    while (++at < text.bytes && depth > 0)
        depth += (text.data[at] == opens) - (text.data[at] == closes);
    return depth == 0 ? at - 1 : text.bytes;
}

static enum status wrong(struct signature_error *error, const char *code, size_t at,
                         struct json value)
{
    *error = (struct signature_error){code, at, value};
    return INVALID;
}

static enum status add(struct signature *g, struct parameter p, size_t at,
                       struct signature_error *error)
{
    if (g->count == SIGNATURE_PARAMETERS_MAX)
        return wrong(error, "S0402", at, value_none());
    g->parameters[g->count++] = p;
    return OK;
}

// Reads "(nsb)", whose first bracket stands at `*at`; leaves `*at` at the last.
static enum status parse_choice(struct signature *g, struct str text, size_t *at,
                                struct signature_error *error)
{
    size_t start = *at;
    size_t end = closing(text, start, '(', ')');
    struct str choice = str_slice(text, start + 1, end - start - 1);

    if (str_find_byte(choice, '<') < choice.bytes)
        return wrong(error, "S0402", start, json_string(choice));
    *at = end;
    return add(g, (struct parameter){.types = bits(choice) | bit('m')}, start, error);
}

static enum status parse_subtype(struct parameter *p, struct str text, size_t *at,
                                 struct signature_error *error)
{
    size_t end = closing(text, *at, '<', '>');

    if (!p || (p->type != 'a' && p->type != 'f'))
        return wrong(error, "S0401", *at,
                     p && p->type ? json_string(str_of(&p->type, 1)) : value_none());
    p->subtype = str_slice(text, *at + 1, end - *at - 1);
    *at = end;
    return OK;
}

static enum status parse_symbol(struct signature *g, struct str text, size_t *at,
                                struct signature_error *error)
{
    struct parameter *before = g->count ? &g->parameters[g->count - 1] : NULL;
    char symbol = text.data[*at];

    if (symbol == '(')
        return parse_choice(g, text, at, error);
    if (symbol == '<')
        return parse_subtype(before, text, at, error);
    if (before && symbol == '-') {
        before->context = true;
        before->context_types = before->types;
    }
    if (before && (symbol == '-' || symbol == '?'))
        before->optional = true;
    if (before && symbol == '+')
        before->repeated = true;
    if (memchr("snbloafjx", symbol, sizeof "snbloafjx" - 1))
        return add(g, (struct parameter){.types = types_of(symbol), .type = symbol}, *at, error);
    return OK;
}

enum status jsonata_signature_parse(struct scope *s, struct str text, const struct signature **out,
                                    struct signature_error *error)
{
    struct signature *g = scope_new(s, struct signature);

    for (size_t at = 1; at < text.bytes && text.data[at] != ':'; at++)
        TRY(parse_symbol(g, text, &at, error));
    *out = g;
    return OK;
}

static char letter_of(struct json v)
{
    switch ((int)v.type) {
    case JSON_NONE:
        return 'm';
    case JSON_NULL:
        return 'l';
    case JSON_FALSE:
    case JSON_TRUE:
        return 'b';
    case JSON_NUMBER:
    case VALUE_DOUBLE:
        return 'n';
    case JSON_STRING:
        return 's';
    case JSON_ARRAY:
        return 'a';
    case VALUE_FUNCTION:
        return 'f';
    default:
        return 'o';
    }
}

struct matching {
    struct evaluation *e;
    const struct signature *signature;
    size_t parameter_count; // as many of them as are tried
    const struct json *arguments;
    size_t count;
    bool whole; // no argument may be left over
    size_t taken[SIGNATURE_PARAMETERS_MAX];
    size_t end;
};

// Matches parameters from `p` on with arguments from `at` on.
static enum status match(struct matching *m, size_t p, size_t at, bool *matches)
{
    const struct parameter *parameter = &m->signature->parameters[p];
    size_t most = parameter->repeated ? m->count - at : 1;
    size_t least = parameter->optional ? 0 : 1;
    size_t fit = 0;

    *matches = p == m->parameter_count && (!m->whole || at == m->count);
    if (p == m->parameter_count) {
        m->end = at;
        return OK;
    }
    TRY(jsonata_step(m->e, 1));
    while (fit < most && at + fit < m->count &&
           parameter->types & bit(letter_of(m->arguments[at + fit])))
        fit++;
    for (size_t take = fit + 1; take-- > least && !*matches;) {
        m->taken[p] = take;
        TRY(match(m, p + 1, at + take, matches));
    }
    return OK;
}

// Finds the first argument that no parameter accepts.
static enum status refuse(struct matching *m)
{
    size_t good = 0;
    bool matches = true;

    m->whole = false;
    for (m->parameter_count = 1; matches && m->parameter_count <= m->signature->count;
         m->parameter_count++) {
        TRY(match(m, 0, 0, &matches));
        good = matches ? m->end : good;
    }
    return jsonata_raise(
        m->e, (struct trouble){.code = "T0410",
                               .value = good < m->count ? m->arguments[good] : value_none(),
                               .index = good + 1});
}

static const char *plural(struct str subtype)
{
    static const char *const plurals[LETTERS_COUNT] = {
        ['a' - 'a'] = "arrays",  ['b' - 'a'] = "booleans", ['f' - 'a'] = "functions",
        ['n' - 'a'] = "numbers", ['o' - 'a'] = "objects",  ['s' - 'a'] = "strings"};

    return subtype.bytes == 1 && bit(subtype.data[0]) ? plurals[subtype.data[0] - 'a'] : NULL;
}

static bool items_fit(struct json array, char letter)
{
    for (size_t i = 0; i < array.count; i++)
        if (letter_of(array.items[i]) != letter)
            return false;
    return true;
}

// Makes an argument of type `a` an array, and looks at what is in it.
static enum status check_array(struct evaluation *e, const struct parameter *p, size_t taken,
                               size_t index, struct json *argument)
{
    struct json v = *argument;
    bool fits = true;

    if (v.type == JSON_NONE)
        return OK;
    if (p->subtype.data && v.type == JSON_ARRAY) {
        TRY(jsonata_step(e, v.count / 16));
        fits = items_fit(v, p->subtype.bytes ? p->subtype.data[0] : '\0');
    } else if (p->subtype.data) {
        fits = taken == 1 && p->subtype.bytes == 1 && p->subtype.data[0] == letter_of(v);
    }
    if (!fits) {
        return jsonata_raise(e, (struct trouble){.code = "T0412",
                                                 .value = v,
                                                 .index = index + 1,
                                                 .text = str(plural(p->subtype))});
    }
    if (v.type == JSON_ARRAY)
        return OK;
    struct json *items = jsonata_small(e, sizeof *items);
    *items = v;
    return jsonata_array(e, items, 1, 0, argument);
}

static enum status put_in_context(struct evaluation *e, const struct parameter *p,
                                  struct json context, size_t index, struct json *out)
{
    if (!(p->context_types & bit(letter_of(context))))
        return jsonata_raise(
            e, (struct trouble){.code = "T0411", .value = context, .index = index + 1});
    *out = context;
    return OK;
}

static enum status take_arguments(struct matching *m, struct json context, struct json *checked,
                                  size_t *checked_count)
{
    struct evaluation *e = m->e;
    const struct json *first = checked;
    size_t at = 0;

    for (size_t i = 0; i < m->signature->count; i++) {
        const struct parameter *p = &m->signature->parameters[i];
        size_t taken = m->taken[i];
        if (taken == 0 && p->context) {
            TRY(put_in_context(e, p, context, at, checked++));
            continue;
        }
        // The reference takes an argument here even when the parameter matched none.
        for (size_t n = 0; n < (taken ? taken : 1); n++, at++, checked++) {
            *checked = at < m->count ? m->arguments[at] : value_none();
            if (taken && p->type == 'a')
                TRY(check_array(e, p, taken, at, checked));
        }
    }
    *checked_count = (size_t)(checked - first);
    return OK;
}

enum status jsonata_signature_check(struct evaluation *e, const struct signature *signature,
                                    const struct json *arguments, size_t count, struct json context,
                                    const struct json **checked, size_t *checked_count)
{
    struct matching m = {.e = e,
                         .signature = signature,
                         .parameter_count = signature->count,
                         .arguments = arguments,
                         .count = count,
                         .whole = true};
    struct json *room = NULL;
    bool matches = false;

    TRY(match(&m, 0, 0, &matches));
    if (!matches)
        return refuse(&m);
    TRY(jsonata_items(e, signature->count + count, &room));
    *checked = room;
    return take_arguments(&m, context, room, checked_count);
}
