// Choice: its rules and the tests in them.
#include "core/scope.h"
#include "flow/choice_impl.h"
#include "flow/compile_fields_impl.h"
#include "flow/template.h"

enum { CHOICE_NESTING_MAX = 50 };

// What belongs to a rule at the top and not to the tests inside it.
static const char *const rule_fields[] = {"Next", "Assign", "Output", "Comment"};

static bool is_rule_field(struct str name)
{
    for (size_t i = 0; i < sizeof rule_fields / sizeof *rule_fields; i++)
        if (str_is(name, rule_fields[i]))
            return true;
    return false;
}

static void compile_test(struct compiler *c, const struct place *at, struct json object,
                         unsigned depth, struct choice_test *out);

static void compile_parts(struct compiler *c, const struct place *at, struct json object,
                          const char *name, unsigned depth, struct choice_test *out)
{
    struct json list = field_array(c, at, object, name);
    struct place there = place_field(at, name);

    if (json_is(list, JSON_ARRAY) && list.count == 0)
        report_schema(c, &there, "Array should have at least 1 item");
    struct choice_test *parts = scope_array(c->s, list.count, sizeof *parts);
    for (uint32_t i = 0; i < list.count; i++) {
        struct place item = place_item(&there, i);
        compile_test(c, &item, list.items[i], depth + 1, &parts[i]);
    }
    out->parts = parts;
    out->part_count = list.count;
}

static void compile_not(struct compiler *c, const struct place *at, struct json object,
                        unsigned depth, struct choice_test *out)
{
    struct place there = place_field(at, "Not");
    struct choice_test *part = scope_new(c->s, struct choice_test);

    compile_test(c, &there, json_member(object, "Not"), depth + 1, part);
    out->parts = part;
    out->part_count = 1;
}

static const char *type_word(enum choice_type type)
{
    switch (type) {
    case TYPE_STRING:
    case TYPE_PATTERN:
        return "String";
    case TYPE_NUMBER:
        return "Number";
    case TYPE_TIMESTAMP:
        return "Timestamp";
    case TYPE_ANY:
    case TYPE_NULL:
    case TYPE_BOOLEAN:
        break;
    }
    return "Boolean";
}

// The operator and what stands behind it.
static void compile_operand(struct compiler *c, const struct place *at, struct json object,
                            struct str name, bool path, struct choice_test *out)
{
    struct place there = place_member(at, name);
    struct json value = json_get(object, name);
    enum choice_type type = out->op->order == ORDER_IS ? TYPE_BOOLEAN : out->op->type;

    if (path) {
        // The name is one of the table's with "Path", and ends in the scope.
        out->operand_path = field_path(c, at, object, str_z(c->s, name), PATH_CHOICE);
        return;
    }
    out->operand = value;
    if (!choice_type_has(type, value))
        report_schema(c, &there, "Expected value of type %s", type_word(type));
}

static void compile_compare(struct compiler *c, const struct place *at, struct json object,
                            struct choice_test *out)
{
    static const char *const required[] = {"Variable", NULL};
    struct str first = {0};

    for (uint32_t i = 0; i < object.count; i++) {
        struct str name = object.members[i].name;
        bool path = false;
        const struct choice_operator *op = choice_operator_find(name, &path);
        if (op && out->op) {
            report_schema(c, at, "There should only be one of the following fields: [%.*s, %.*s]",
                          STR(first), STR(name));
        } else if (op) {
            first = name;
            out->op = op;
            compile_operand(c, at, object, name, path, out);
        } else if (!is_rule_field(name) && !str_is(name, "Variable")) {
            report_schema(c, at, "Field '%.*s' is not supported", STR(name));
        }
    }
    if (!out->op)
        report_schema(c, at, "A comparison operator is required");
    if (fields_require(c, at, object, required))
        out->variable = field_path(c, at, object, "Variable", PATH_CHOICE);
}

static void compile_condition(struct compiler *c, const struct place *at, struct json object,
                              struct choice_test *out)
{
    static const struct field_rule rules[] = {
        {"Condition", FOR_JSONATA, 1}, {"Next", FOR_BOTH, 1},    {"Assign", FOR_BOTH, 1},
        {"Output", FOR_JSONATA, 1},    {"Comment", FOR_BOTH, 1},
    };
    static const char *const required[] = {"Condition", NULL};
    struct json condition = json_member(object, "Condition");
    struct place there = place_field(at, "Condition");

    out->kind = CHOICE_CONDITION;
    fields_check(c, at, object, rules, sizeof rules / sizeof *rules, 1);
    if (!fields_require(c, at, object, required))
        return;
    if (!is_expression(condition) && !choice_type_has(TYPE_BOOLEAN, condition))
        report_schema(c, &there, "Expected value of type JSONata or Boolean");
    else
        out->condition = field_template(c, at, object, "Condition");
}

// Tests inside others have none of the fields of a rule but Comment, and a combination has nothing
// beside its parts.
static void check_inner(struct compiler *c, const struct place *at, struct json object,
                        unsigned depth, const char *combination)
{
    for (uint32_t i = 0; i < object.count; i++) {
        struct str name = object.members[i].name;
        bool rule_field = is_rule_field(name);
        if ((depth > 0 && rule_field && !str_is(name, "Comment")) ||
            (combination && !rule_field && !str_is(name, combination)))
            report_schema(c, at, "Field '%.*s' is not supported", STR(name));
    }
}

static void compile_test(struct compiler *c, const struct place *at, struct json object,
                         unsigned depth, struct choice_test *out)
{
    static const char *const combinations[] = {
        [CHOICE_AND] = "And", [CHOICE_OR] = "Or", [CHOICE_NOT] = "Not"};
    const char *combination = NULL;

    if (!json_is(object, JSON_OBJECT) || depth > CHOICE_NESTING_MAX) {
        report_schema(c, at,
                      depth > CHOICE_NESTING_MAX ? "Choice rules are nested too deeply"
                                                 : "Expected value of type Object");
        return;
    }
    if (at->language == QUERY_JSONATA) {
        compile_condition(c, at, object, out);
        return;
    }
    out->kind = CHOICE_COMPARE;
    for (int kind = CHOICE_AND; kind <= CHOICE_NOT && !combination; kind++) {
        if (!json_is(json_member(object, combinations[kind]), JSON_NONE)) {
            combination = combinations[kind];
            out->kind = (enum choice_kind)kind;
        }
    }
    check_inner(c, at, object, depth, combination);
    if (out->kind == CHOICE_NOT)
        compile_not(c, at, object, depth, out);
    else if (combination)
        compile_parts(c, at, object, combination, depth, out);
    else
        compile_compare(c, at, object, out);
}

static void compile_rule(struct compiler *c, const struct place *at, struct json object,
                         struct choice_rule *out)
{
    static const char *const required[] = {"Next", NULL};

    if (!json_is(object, JSON_OBJECT)) {
        report_schema(c, at, "Expected value of type Object");
        return;
    }
    struct choice_test *test = scope_new(c->s, struct choice_test);
    compile_test(c, at, object, 0, test);
    out->test = test;
    (void)fields_require(c, at, object, required);
    (void)field_text(c, at, object, "Next");
    out->assign = field_assign(c, at, object);
    if (at->language == QUERY_JSONATA)
        out->output = field_template(c, at, object, "Output");
}

void compile_choice(struct compiler *c, const struct place *at, struct json object,
                    const struct machine_owner *owner, struct state *out)
{
    static const char *const required[] = {"Choices", NULL};
    struct json list = field_array(c, at, object, "Choices");
    struct place there = place_field(at, "Choices");

    (void)fields_require(c, at, object, required);
    if (json_is(list, JSON_ARRAY) && list.count == 0)
        report_schema(c, &there, "Array should have at least 1 item");
    struct choice_rule *rules = scope_array(c->s, list.count, sizeof *rules);
    for (uint32_t i = 0; i < list.count; i++) {
        struct place item = place_item(&there, i);
        compile_rule(c, &item, list.items[i], &rules[i]);
        rules[i].next = target_find(c, owner->machine, list.items[i], "Next");
    }
    (void)field_text(c, at, object, "Default");
    out->end = false;
    out->choice =
        (struct choice_state){rules, list.count, target_find(c, owner->machine, object, "Default")};
}
