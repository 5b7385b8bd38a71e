// Regular expressions as function values, and matching with them. A place in a text is a byte here
// and a UTF-16 unit for the language.
#include "expr/jsonata_call_impl.h"
#include "expr/jsonata_functions_impl.h"
#include "expr/regex.h"

enum { REGEX_STEPS_MAX = 5000000 };

struct json jsonata_regex_value(struct evaluation *e, const struct node *n)
{
    struct function *f = jsonata_small(e, sizeof *f);

    f->kind = FUNCTION_REGEX;
    f->regex.node = n;
    return value_of_function(f);
}

static size_t units_between(struct str text, size_t from, size_t to)
{
    size_t units = 0;

    for (size_t i = from; i < to; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        units += (byte & 0xC0) == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1;
    }
    return units;
}

// The byte at which a unit starts; the text's end when it is beyond.
static size_t byte_at(struct str text, double unit)
{
    size_t units = 0;
    size_t at = 0;

    while (at < text.bytes && (double)units < unit) {
        units += (uint8_t)text.data[at] >= 0xF0 ? 2 : 1;
        at++;
        while (at < text.bytes && ((uint8_t)text.data[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static struct json text_between(struct str text, size_t from, size_t to)
{
    return json_string(str_slice(text, from, to - from));
}

static enum status read_groups(struct evaluation *e, const struct regex_match *found,
                               struct match *m)
{
    struct json *items = NULL;
    size_t count = regex_group_count(m->regex->node->regex);

    TRY(jsonata_items(e, count, &items));
    for (size_t i = 0; i < count && i + 1 < found->count; i++) {
        struct regex_span span = found->groups[i + 1];
        items[i] = span.found ? text_between(m->text, span.from, span.to) : value_none();
    }
    return jsonata_array(e, items, count, 0, &m->groups);
}

static enum status search(struct evaluation *e, const struct regex_function *r, size_t from,
                          struct match *m)
{
    struct regex_match found = {0};
    size_t units = value_is_number(m->index) ? (size_t)value_number(m->index) : 0;
    size_t counted = value_is_number(m->index) ? m->from : 0;

    if (!e->regex_work)
        e->regex_work = regex_work_new(e->scope, REGEX_STEPS_MAX);
    m->found = false;
    TRY(jsonata_step(e, 1));
    enum status status =
        regex_search(e->regex_work, r->node->regex, m->text, from, &m->found, &found);
    if (status != OK) {
        (void)jsonata_raise(e, (struct trouble){.code = "D1012"});
        return LIMIT;
    }
    if (!m->found)
        return OK;
    m->from = found.groups[0].from;
    m->to = found.groups[0].to;
    m->match = text_between(m->text, m->from, m->to);
    m->index = value_double((double)(units + units_between(m->text, counted, m->from)));
    m->regex = r;
    return read_groups(e, &found, m);
}

// Reads what a function gave that stands in for a regular expression.
static enum status read_custom(struct evaluation *e, struct json v, struct match *m)
{
    struct json start =
        v.type == JSON_OBJECT ? json_member(value_object(v), "start") : value_none();
    struct json end = v.type == JSON_OBJECT ? json_member(value_object(v), "end") : value_none();

    m->found = v.type != JSON_NONE;
    m->object = v;
    if (!m->found)
        return OK;
    m->groups = v.type == JSON_OBJECT ? json_member(value_object(v), "groups") : value_none();
    m->next = v.type == JSON_OBJECT ? json_member(value_object(v), "next") : value_none();
    m->match = v.type == JSON_OBJECT ? json_member(value_object(v), "match") : value_none();
    bool fits = value_is_number(start) || value_is_number(end) || value_is_array(m->groups) ||
                m->next.type == VALUE_FUNCTION;
    if (!fits)
        return jsonata_raise(e, (struct trouble){.code = "T1010"});
    m->index = start;
    m->from = value_is_number(start) ? byte_at(m->text, value_number(start)) : 0;
    m->to = value_is_number(end) ? byte_at(m->text, value_number(end))
                                 : m->from + json_text(m->match).bytes;
    if (m->to > m->text.bytes)
        m->to = m->text.bytes;
    return OK;
}

// The regular expression behind an argument; NULL when it is another function.
static const struct regex_function *regex_of(struct json matcher)
{
    const struct function *f = function_of(matcher);

    while (f->kind == FUNCTION_WRAPPED)
        f = f->inner;
    return f->kind == FUNCTION_REGEX ? &f->regex : NULL;
}

enum status jsonata_match_first(struct evaluation *e, struct json matcher, struct str text,
                                struct match *m)
{
    const struct regex_function *regex = regex_of(matcher);
    struct json argument = json_string(text);
    struct json found = value_none();

    *m = (struct match){.text = text};
    if (regex)
        return search(e, regex, 0, m);
    TRY(jsonata_call(e, matcher, &argument, 1, &found));
    return read_custom(e, found, m);
}

static enum status search_next(struct evaluation *e, struct match *m)
{
    size_t from = m->to;
    const struct regex_function *regex = m->regex;

    m->found = false;
    if (from >= m->text.bytes)
        return OK;
    TRY(search(e, regex, from, m));
    if (!m->found || m->to > m->from)
        return OK;
    (void)jsonata_raise(e,
                        (struct trouble){.code = "D1004", .value = json_string(regex->node->text)});
    e->raised.position = regex->node->position;
    return INVALID;
}

enum status jsonata_match_next(struct evaluation *e, struct match *m)
{
    struct json found = value_none();

    if (m->regex)
        return search_next(e, m);
    if (m->next.type != VALUE_FUNCTION) {
        m->found = false;
        return OK;
    }
    TRY(jsonata_call(e, m->next, NULL, 0, &found));
    return read_custom(e, found, m);
}

static struct json next_function(struct evaluation *e, const struct match *m)
{
    struct function *f = jsonata_small(e, sizeof *f);

    f->kind = FUNCTION_NEXT;
    f->regex = *m->regex;
    f->regex.text = m->text;
    f->regex.from = m->to;
    return value_of_function(f);
}

enum status jsonata_match_object(struct evaluation *e, struct match *m)
{
    enum { MEMBERS = 5 };
    struct json *memory = NULL;

    if (!m->regex)
        return OK;
    TRY(jsonata_items(e, MEMBERS * 2, &memory));
    struct json_member *members = (struct json_member *)(void *)memory;
    double end = value_number(m->index) + (double)units_between(m->text, m->from, m->to);
    members[0] = (struct json_member){str("match"), m->match};
    members[1] = (struct json_member){str("start"), m->index};
    members[2] = (struct json_member){str("end"), value_double(end)};
    members[3] = (struct json_member){str("groups"), m->groups};
    members[4] = (struct json_member){str("next"), next_function(e, m)};
    m->object = json_object(members, MEMBERS);
    m->object.flags = VALUE_MADE;
    return OK;
}

enum status jsonata_regex_call(struct evaluation *e, const struct function *f,
                               const struct json *arguments, size_t count, struct json *out)
{
    struct match m = {.text = f->regex.text, .regex = &f->regex, .to = f->regex.from};

    *out = value_none();
    if (f->kind == FUNCTION_NEXT) {
        TRY(search_next(e, &m));
    } else {
        if (count == 0 || arguments[0].type != JSON_STRING)
            return OK;
        m.text = json_text(arguments[0]);
        size_t from = count > 1 && value_is_number(arguments[1])
                          ? byte_at(m.text, value_number(arguments[1]))
                          : 0;
        TRY(search(e, &f->regex, from, &m));
    }
    if (!m.found)
        return OK;
    TRY(jsonata_match_object(e, &m));
    *out = m.object;
    return OK;
}
