// Single fields of any object of a definition.
#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "flow/compile_fields_impl.h"
#include "flow/template.h"

enum {
    NAMES_BYTES_MAX = 1024,
    VARIABLE_CHARACTERS_MAX = 80,
    PLACE_FIELDS_MAX = 8, // of a field within its state
};

static const struct field_rule *rule_find(const struct field_rule *rules, size_t rule_count,
                                          struct str name, unsigned types)
{
    for (size_t i = 0; i < rule_count; i++)
        if (str_is(name, rules[i].name) && (rules[i].types & types))
            return &rules[i];
    return NULL;
}

void fields_check(struct compiler *c, const struct place *at, struct json object,
                  const struct field_rule *rules, size_t rule_count, unsigned types)
{
    static const char *const words[] = {[QUERY_JSONPATH] = "JSONPath", [QUERY_JSONATA] = "JSONata"};
    enum query_language other = at->language == QUERY_JSONATA ? QUERY_JSONPATH : QUERY_JSONATA;

    for (uint32_t i = 0; json_is(object, JSON_OBJECT) && i < object.count; i++) {
        struct str name = object.members[i].name;
        const struct field_rule *rule = rule_find(rules, rule_count, name, types);
        if (!rule)
            report_schema(c, at, "Field '%.*s' is not supported", STR(name));
        else if (rule->language == (other == QUERY_JSONATA ? FOR_JSONATA : FOR_JSONPATH)) {
            report_schema(c, at,
                          "The QueryLanguage is set to '%s', but field '%.*s' is only supported "
                          "for the '%s' QueryLanguage",
                          words[at->language], STR(name), words[other]);
        }
    }
}

// "[A, B]". Nothing when no finding would be kept: a definition may have very many.
static struct str list_names(struct compiler *c, struct json object, const char *const *names,
                             bool there)
{
    struct buf out = buf_make(c->s, NAMES_BYTES_MAX);

    if (c->diagnostic_count == DEFINITION_DIAGNOSTICS_MAX)
        return (struct str){0};
    buf_put_byte(&out, '[');
    for (; *names; names++) {
        if (json_is(json_member(object, *names), JSON_NONE) == there)
            continue;
        buf_format(&out, "%s%s", out.bytes > 1 ? ", " : "", *names);
    }
    buf_put_byte(&out, ']');
    return buf_str(&out);
}

static size_t count_names(struct json object, const char *const *names)
{
    size_t count = 0;

    for (; *names; names++)
        count += !json_is(json_member(object, *names), JSON_NONE);
    return count;
}

bool fields_require(struct compiler *c, const struct place *at, struct json object,
                    const char *const *names)
{
    size_t wanted = 0;

    while (names[wanted])
        wanted++;
    if (count_names(object, names) == wanted)
        return true;
    report_schema(c, at, "These fields are required: %.*s",
                  STR(list_names(c, object, names, false)));
    return false;
}

bool fields_choose(struct compiler *c, const struct place *at, struct json object,
                   const char *const *names, bool one_is_wanted)
{
    size_t count = count_names(object, names);

    if (count > 1) {
        report_schema(c, at, "There should only be one of the following fields: %.*s",
                      STR(list_names(c, object, names, true)));
    } else if (count == 0 && one_is_wanted) {
        report_schema(c, at, "There should be one of the following fields: %.*s",
                      STR(list_names(c, object, names, false)));
    }
    return count == 1 || (count == 0 && !one_is_wanted);
}

// Gives a member that has one of two types.
static struct json typed(struct compiler *c, const struct place *at, struct json object,
                         const char *name, enum json_type type, enum json_type or_type)
{
    static const char *const words[] = {"",       "Null",   "Boolean", "Boolean",
                                        "Number", "String", "Array",   "Object"};
    struct json value = json_member(object, name);
    struct place there = place_field(at, name);

    if (json_is(value, JSON_NONE) || json_is(value, type) || json_is(value, or_type))
        return value;
    report_schema(c, &there, "Expected value of type %s", words[type]);
    return (struct json){0};
}

struct str field_text(struct compiler *c, const struct place *at, struct json object,
                      const char *name)
{
    return json_text(typed(c, at, object, name, JSON_STRING, JSON_STRING));
}

bool field_flag(struct compiler *c, const struct place *at, struct json object, const char *name)
{
    return json_is(typed(c, at, object, name, JSON_TRUE, JSON_FALSE), JSON_TRUE);
}

struct json field_object(struct compiler *c, const struct place *at, struct json object,
                         const char *name)
{
    return typed(c, at, object, name, JSON_OBJECT, JSON_OBJECT);
}

struct json field_array(struct compiler *c, const struct place *at, struct json object,
                        const char *name)
{
    return typed(c, at, object, name, JSON_ARRAY, JSON_ARRAY);
}

static bool range_check(struct compiler *c, const struct place *at, double number, double min,
                        double max, int digits)
{
    if (number < min)
        report_schema(c, at, "Minimum value is %.*f", digits, min);
    else if (number > max)
        report_schema(c, at, "Maximum value is %.*f", digits, max);
    else
        return true;
    return false;
}

bool number_check(struct compiler *c, const struct place *at, struct json value, double min,
                  double max)
{
    double number = 0;

    if (!json_is(value, JSON_NUMBER) || !json_to_double(value, &number)) {
        report_schema(c, at, "Expected value of type Number");
        return false;
    }
    return range_check(c, at, number, min, max, 1);
}

static bool integer_check(struct compiler *c, const struct place *at, struct json value, double min,
                          double max, int64_t *out)
{
    double number = 0;

    if (!json_to_double(value, &number) || !json_to_i64(value, out)) {
        // What is whole but beyond 64 bits is beyond any range.
        if (json_is(value, JSON_NUMBER) && (number > max || number < min))
            return range_check(c, at, number, min, max, 0);
        report_schema(c, at, "Expected value of type Integer");
        return false;
    }
    return range_check(c, at, number, min, max, 0);
}

int64_t field_integer(struct compiler *c, const struct place *at, struct json object,
                      const char *name, int64_t min, int64_t max, int64_t otherwise)
{
    struct json value = json_member(object, name);
    struct place there = place_field(at, name);
    int64_t out = otherwise;

    if (json_is(value, JSON_NONE) ||
        !integer_check(c, &there, value, (double)min, (double)max, &out))
        return otherwise;
    return out;
}

static void report_words(struct compiler *c, const struct place *at, const char *const *words)
{
    struct buf list = buf_make(c->s, NAMES_BYTES_MAX);

    for (size_t i = 0; words[i] && c->diagnostic_count < DEFINITION_DIAGNOSTICS_MAX; i++)
        buf_format(&list, "%s%s", i ? ", " : "", words[i]);
    report_schema(c, at, "Value must be one of the following: [%.*s]", STR(buf_str(&list)));
}

int field_word(struct compiler *c, const struct place *at, struct json object, const char *name,
               const char *const *words)
{
    struct json value = typed(c, at, object, name, JSON_STRING, JSON_STRING);
    struct place there = place_field(at, name);

    if (json_is(value, JSON_NONE))
        return -1;
    for (int i = 0; words[i]; i++)
        if (str_is(json_text(value), words[i]))
            return i;
    report_words(c, &there, words);
    return -1;
}

// States Language, Paths: a path that must be a reference path has no operators, and only ItemsPath
// may look into the context object.
static const struct path *compile_path(struct compiler *c, const struct place *at, struct str text,
                                       enum path_use use, const char *name)
{
    const struct path *out = NULL;
    bool context = str_starts(text, str("$$"));
    bool reference = use == PATH_VALUE || use == PATH_RESULT || use == PATH_ITEMS;

    if (!(context && (use == PATH_VALUE || use == PATH_RESULT)) &&
        path_compile(c->s, text, use, str(name), &out) == OK)
        return out;
    scope_forgive(c->s);
    report_schema(c, at,
                  reference ? "Value is not a Reference Path" : "Value must be a valid JSONPath.");
    return NULL;
}

const struct path *field_path(struct compiler *c, const struct place *at, struct json object,
                              const char *name, enum path_use use)
{
    struct json value = typed(c, at, object, name, JSON_STRING, JSON_STRING);
    struct place there = place_field(at, name);

    if (json_is(value, JSON_NONE))
        return NULL;
    return compile_path(c, &there, json_text(value), use, name);
}

struct path_field field_path_or_null(struct compiler *c, const struct place *at, struct json object,
                                     const char *name, enum path_use use)
{
    struct path_field out = {.is_null = json_is(json_member(object, name), JSON_NULL)};

    if (!out.is_null && at->language == QUERY_JSONPATH)
        out.path = field_path(c, at, object, name, use);
    return out;
}

// The place that template_compile_value() names: a pointer from the value, or what follows the
// field.
static void report_template(struct compiler *c, const struct place *at, struct str field,
                            enum status e, const struct template_error *error)
{
    bool jsonata = at->language == QUERY_JSONATA;
    struct str rest =
        jsonata ? str_slice(error->field, field.bytes, error->field.bytes) : error->pointer;
    struct place there = place_member(at->up, str_concat(c->s, 2, at->name, rest));

    if (!jsonata) {
        report_schema(c, &there,
                      "The value for the field '%.*s' must be a valid JSONPath or a valid "
                      "intrinsic function call",
                      STR(error->field));
    } else {
        report(c, &there,
               e == REFUSED ? "UNSUPPORTED_JSONATA_EXPRESSION" : "INVALID_JSONATA_EXPRESSION",
               "%.*s", STR(error->message));
    }
}

// How the causes of JSONata name a field: from its state on, "Choices[0]/Output".
static struct str field_of_state(struct scope *s, const struct place *at)
{
    const struct place *state = at;
    struct place root = {0};
    struct place steps[PLACE_FIELDS_MAX];
    size_t count = 0;

    for (; state->up && !str_is(state->up->name, "States"); state = state->up) {
        if (count == PLACE_FIELDS_MAX)
            return at->name;
        steps[count++] = *state;
    }
    for (size_t i = 0; i < count; i++)
        steps[i].up = i + 1 < count ? &steps[i + 1] : &root;
    struct str text = count ? place_text(s, &steps[0]) : at->name;
    return str_slice(text, count ? 1 : 0, text.bytes);
}

const struct template *field_template(struct compiler *c, const struct place *at,
                                      struct json object, const char *name)
{
    struct json value = json_member(object, name);
    struct place there = place_field(at, name);
    const struct template *out = NULL;
    struct template_error error = {0};
    bool jsonata = at->language == QUERY_JSONATA;

    if (json_is(value, JSON_NONE))
        return NULL;
    struct str field = jsonata ? field_of_state(c->s, &there) : str(name);
    enum status e = template_compile_value(c->s, jsonata ? TEMPLATE_JSONATA : TEMPLATE_JSONPATH,
                                           field, value, &out, &error);
    if (e == OK)
        return out;
    scope_forgive(c->s);
    report_template(c, &there, field, e, &error);
    return NULL;
}

bool is_expression(struct json value)
{
    struct str text = json_text(value);

    return json_is(value, JSON_STRING) && text.bytes >= 4 && str_starts(text, str("{%")) &&
           str_ends(text, str("%}"));
}

const struct template *field_payload(struct compiler *c, const struct place *at, struct json object,
                                     const char *name)
{
    struct json value = json_member(object, name);
    struct place there = place_field(at, name);

    if (!json_is(value, JSON_NONE) && !json_is(value, JSON_OBJECT) &&
        !(at->language == QUERY_JSONATA && is_expression(value))) {
        report_schema(c, &there, "Expected value of type Object");
        return NULL;
    }
    return field_template(c, at, object, name);
}

// Developer Guide, Passing data with variables: names are Unicode identifiers of at most 80
// characters, and none is "states".
static bool variable_name_valid(struct str name)
{
    if (name.bytes == 0 || utf8_count(name) > VARIABLE_CHARACTERS_MAX || str_is(name, "states"))
        return false;
    for (size_t i = 0; i < name.bytes; i++) {
        char ch = name.data[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' || ch < 0;
        if (!letter && !(i > 0 && ch >= '0' && ch <= '9'))
            return false;
    }
    return true;
}

const struct template *field_assign(struct compiler *c, const struct place *at, struct json object)
{
    struct json assign = field_object(c, at, object, "Assign");
    struct place there = place_field(at, "Assign");

    if (json_is(assign, JSON_NONE))
        return NULL;
    for (uint32_t i = 0; i < assign.count; i++) {
        struct str name = assign.members[i].name;
        if (at->language == QUERY_JSONPATH && str_ends(name, str(".$")))
            name.bytes -= 2;
        if (!variable_name_valid(name))
            report_schema(c, &there, "'%.*s' is not a valid variable name", STR(name));
    }
    return field_template(c, at, object, "Assign");
}

struct operand field_number(struct compiler *c, const struct place *at, struct json object,
                            const struct number_rule *rule)
{
    struct json value = json_member(object, rule->name);
    struct place there = place_field(at, rule->name);
    struct operand out = {0};
    int64_t whole = 0;

    if (at->language == QUERY_JSONPATH) {
        (void)fields_choose(c, at, object, (const char *[]){rule->name, rule->path_name, NULL},
                            false);
        out.path = field_path(c, at, object, rule->path_name, PATH_VALUE);
    }
    if (json_is(value, JSON_NONE))
        return out;
    if (at->language == QUERY_JSONATA && is_expression(value))
        out.expression = field_template(c, at, object, rule->name);
    else if (rule->fraction ? number_check(c, &there, value, rule->min, rule->max)
                            : integer_check(c, &there, value, rule->min, rule->max, &whole))
        out.value = value;
    return out;
}
