// The rules that the keywords of one schema make: values are prepared here as far as they can be,
// so that checking only compares.
#include "expr/schema_compile_impl.h"

#include "core/scope.h"
#include "expr/regex.h"

#include <assert.h>

enum { ENUM_COUNT_MAX = 100000, REQUIRED_COUNT_MAX = 1000 };

static struct rule *add_rule(struct draft *d, enum keyword keyword)
{
    struct rule *rule = &d->rules[d->rule_count++];

    assert(keyword_rows[keyword].mode == MODE_RULE && d->rule_count <= KEYWORD_COUNT);
    rule->keyword = keyword;
    return rule;
}

static bool has(const struct draft *d, enum keyword keyword)
{
    return !json_is(d->values[keyword], JSON_NONE);
}

// -- type ----------------------------------------------------------------------------------------

static bool add_type(struct schema *schema, struct str name, bool *numbers)
{
    static const struct {
        const char *name;
        unsigned types;
    } types[] = {
        {"null", 1 << JSON_NULL},      {"boolean", 1 << JSON_FALSE | 1 << JSON_TRUE},
        {"object", 1 << JSON_OBJECT},  {"array", 1 << JSON_ARRAY},
        {"string", 1 << JSON_STRING},  {"number", 1 << JSON_NUMBER},
        {"integer", 1 << JSON_NUMBER},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!str_is(name, types[i].name))
            continue;
        schema->types |= types[i].types;
        *numbers |= strcmp(types[i].name, "number") == 0;
        return true;
    }
    return false;
}

static enum status compile_type(struct draft *d)
{
    struct json value = d->values[KEYWORD_TYPE];
    bool numbers = false;

    if (!has(d, KEYWORD_TYPE))
        return OK;
    struct json one = json_array(&value, 1);
    struct json list = json_is(value, JSON_STRING) ? one : value;
    d->schema->types = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (!add_type(d->schema, json_text(list.items[i]), &numbers))
            return compile_fail(d, INVALID, KEYWORD_TYPE, " names the unknown type \"%.*s\"",
                                STR(json_text(list.items[i])));
    }
    d->schema->whole = d->schema->types >> JSON_NUMBER & !numbers;
    return OK;
}

// -- values --------------------------------------------------------------------------------------

static enum status compile_bound(struct draft *d, enum keyword keyword)
{
    add_rule(d, keyword)->bound = number_bound(d->values[keyword]);
    return OK;
}

static enum status compile_const(struct draft *d)
{
    add_rule(d, KEYWORD_CONST)->value = d->values[KEYWORD_CONST];
    return OK;
}

static enum status compile_multiple_of(struct draft *d)
{
    struct rule *rule = add_rule(d, KEYWORD_MULTIPLE_OF);
    bool fits = number_divisor(d->values[KEYWORD_MULTIPLE_OF], &rule->divisor);

    assert(fits); // checked when the member was read
    (void)fits;
    return OK;
}

static size_t limit_of(struct json value)
{
    int64_t limit = 0;

    return json_to_i64(value, &limit) ? (size_t)limit : 0;
}

static enum status compile_limit(struct draft *d, enum keyword keyword)
{
    add_rule(d, keyword)->limit = limit_of(d->values[keyword]);
    return OK;
}

static enum status compile_regex(struct draft *d, enum keyword keyword, struct str source,
                                 struct pattern *out)
{
    struct schema_library *l = d->library;

    if (l->pattern_count++ == SCHEMA_PATTERNS_MAX)
        return compile_fail(d, TOO_LARGE, keyword, ": there are more than %d patterns",
                            SCHEMA_PATTERNS_MAX);
    TRY(library_check_room(l, REGEX_COMPILE_BYTES_MAX));
    enum status e = regex_compile(l->s, source, 0, &out->regex);

    out->source = source;
    return e == OK ? OK : compile_fail(d, e, keyword, ": %.*s", STR(scope_why(l->s)));
}

static enum status compile_pattern(struct draft *d)
{
    struct pattern *pattern = scope_new(d->library->s, struct pattern);

    add_rule(d, KEYWORD_PATTERN)->pattern = pattern;
    return compile_regex(d, KEYWORD_PATTERN, json_text(d->values[KEYWORD_PATTERN]), pattern);
}

static enum status compile_format(struct draft *d)
{
    enum format format = format_find(json_text(d->values[KEYWORD_FORMAT]));
    bool asserts =
        d->library->options.assert_formats || (d->vocabularies & VOCABULARY_FORMAT_ASSERTION);

    if (asserts && format < FORMAT_COUNT)
        add_rule(d, KEYWORD_FORMAT)->format = format;
    return OK;
}

static enum status compile_enum(struct draft *d)
{
    struct scope *s = d->library->s;
    struct json all = d->values[KEYWORD_ENUM];
    struct enumeration *e = scope_new(s, struct enumeration);

    if (all.count > ENUM_COUNT_MAX)
        return compile_fail(d, TOO_LARGE, KEYWORD_ENUM, " has more than %d values", ENUM_COUNT_MAX);
    struct str *strings = scope_array(s, all.count, sizeof *strings);
    struct json *others = scope_array(s, all.count, sizeof *others);
    size_t string_count = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (json_is(all.items[i], JSON_STRING))
            strings[string_count++] = json_text(all.items[i]);
        else
            others[e->other_count++] = all.items[i];
    }
    e->strings = names_make(s, strings, string_count);
    e->others = others;
    e->all = all;
    add_rule(d, KEYWORD_ENUM)->enumeration = e;
    return OK;
}

static enum status compile_unique(struct draft *d)
{
    if (json_is(d->values[KEYWORD_UNIQUE_ITEMS], JSON_TRUE))
        (void)add_rule(d, KEYWORD_UNIQUE_ITEMS);
    return OK;
}

// -- schemas inside schemas ----------------------------------------------------------------------

static enum status compile_schema(struct draft *d, enum keyword keyword, const struct schema **out)
{
    if (!has(d, keyword))
        return OK;
    return compile_child(d, keyword, (struct str){0}, d->values[keyword], out);
}

static enum status compile_one_schema(struct draft *d, enum keyword keyword)
{
    return compile_schema(d, keyword, &add_rule(d, keyword)->schema);
}

static enum status compile_list(struct draft *d, enum keyword keyword,
                                const struct schema *const **out)
{
    struct scope *s = d->library->s;
    struct json value = d->values[keyword];
    const struct schema **list = scope_array(s, value.count, sizeof *list);

    for (size_t i = 0; i < value.count; i++)
        TRY(compile_child(d, keyword, str_format(s, "%zu", i), value.items[i], &list[i]));
    *out = list;
    return OK;
}

static enum status compile_schemas(struct draft *d, enum keyword keyword)
{
    struct rule *rule = add_rule(d, keyword);

    rule->count = d->values[keyword].count;
    return compile_list(d, keyword, &rule->schemas);
}

static enum status compile_if(struct draft *d)
{
    struct conditional *c = scope_new(d->library->s, struct conditional);

    add_rule(d, KEYWORD_IF)->conditional = c;
    TRY(compile_schema(d, KEYWORD_IF, &c->condition));
    TRY(compile_schema(d, KEYWORD_THEN, &c->then));
    return compile_schema(d, KEYWORD_ELSE, &c->otherwise);
}

static enum status compile_items(struct draft *d)
{
    struct item_rules *items = scope_new(d->library->s, struct item_rules);

    if (!has(d, KEYWORD_ITEMS) && !has(d, KEYWORD_PREFIX_ITEMS))
        return OK;
    add_rule(d, KEYWORD_ITEMS)->items = items;
    items->first_count = d->values[KEYWORD_PREFIX_ITEMS].count;
    TRY(compile_list(d, KEYWORD_PREFIX_ITEMS, &items->first));
    return compile_schema(d, KEYWORD_ITEMS, &items->rest);
}

static enum status compile_contains(struct draft *d)
{
    struct contains *contains = scope_new(d->library->s, struct contains);

    add_rule(d, KEYWORD_CONTAINS)->contains = contains;
    contains->count_min = 1;
    contains->count_max = SIZE_MAX;
    if (has(d, KEYWORD_MIN_CONTAINS))
        contains->count_min = limit_of(d->values[KEYWORD_MIN_CONTAINS]);
    if (has(d, KEYWORD_MAX_CONTAINS))
        contains->count_max = limit_of(d->values[KEYWORD_MAX_CONTAINS]);
    return compile_schema(d, KEYWORD_CONTAINS, &contains->schema);
}

static enum status compile_dependencies(struct draft *d, enum keyword keyword)
{
    struct scope *s = d->library->s;
    struct json value = d->values[keyword];
    struct dependency *list = scope_array(s, value.count, sizeof *list);
    struct rule *rule = add_rule(d, keyword);

    rule->count = value.count;
    rule->dependencies = list;
    for (size_t i = 0; i < value.count; i++) {
        struct json v = value.members[i].value;
        list[i].name = value.members[i].name;
        if (keyword == KEYWORD_DEPENDENT_SCHEMAS) {
            TRY(compile_child(d, keyword, list[i].name, v, &list[i].schema));
            continue;
        }
        struct str *names = scope_array(s, v.count, sizeof *names);
        for (size_t k = 0; k < v.count; k++)
            names[k] = json_text(v.items[k]);
        list[i].names = names;
        list[i].count = v.count;
    }
    return OK;
}

// -- members -------------------------------------------------------------------------------------

static enum status compile_patterns(struct draft *d, struct member_rules *rules)
{
    struct json value = d->values[KEYWORD_PATTERN_PROPERTIES];
    struct pattern_rule *list = scope_array(d->library->s, value.count, sizeof *list);

    for (size_t i = 0; i < value.count; i++) {
        struct str source = value.members[i].name;
        TRY(compile_regex(d, KEYWORD_PATTERN_PROPERTIES, source, &list[i].pattern));
        TRY(compile_child(d, KEYWORD_PATTERN_PROPERTIES, source, value.members[i].value,
                          &list[i].schema));
    }
    rules->patterns = list;
    rules->pattern_count = value.count;
    return OK;
}

// Notes a required name: with a bit while there are any, and behind the others in the table when
// `properties` does not have it.
static void require_name(struct member_rules *rules, struct str *names, struct member_rule *members,
                         struct str *required, struct str name)
{
    size_t index = 0;

    for (size_t i = 0; i < rules->required_count; i++)
        if (str_equal(required[i], name))
            return;
    required[rules->required_count] = name;
    while (index < rules->names.count && !str_equal(names[index], name))
        index++;
    if (index == rules->names.count) {
        names[index] = name;
        rules->names.count++;
    }
    if (rules->required_count < REQUIRED_BITS) {
        members[index].required_bit = 1ULL << rules->required_count;
        rules->required_bits |= members[index].required_bit;
    }
    rules->required_count++;
}

static enum status compile_members(struct draft *d)
{
    struct scope *s = d->library->s;
    struct json properties = d->values[KEYWORD_PROPERTIES];
    struct json required = d->values[KEYWORD_REQUIRED];
    struct member_rules *rules = scope_new(s, struct member_rules);
    size_t count_max = (size_t)properties.count + required.count;

    if (!has(d, KEYWORD_PROPERTIES) && !has(d, KEYWORD_PATTERN_PROPERTIES) &&
        !has(d, KEYWORD_ADDITIONAL_PROPERTIES) && !has(d, KEYWORD_REQUIRED))
        return OK;
    if (required.count > REQUIRED_COUNT_MAX)
        return compile_fail(d, TOO_LARGE, KEYWORD_REQUIRED, " has more than %d names",
                            REQUIRED_COUNT_MAX);
    struct str *names = scope_array(s, count_max, sizeof *names);
    struct str *required_names = scope_array(s, required.count, sizeof *required_names);
    struct member_rule *members = scope_array(s, count_max, sizeof *members);
    for (size_t i = 0; i < properties.count; i++) {
        names[i] = properties.members[i].name;
        TRY(compile_child(d, KEYWORD_PROPERTIES, names[i], properties.members[i].value,
                          &members[i].schema));
    }
    rules->names.count = properties.count;
    for (size_t i = 0; i < required.count; i++)
        require_name(rules, names, members, required_names, json_text(required.items[i]));
    rules->names = names_make(s, names, rules->names.count);
    rules->members = members;
    rules->required = required_names;
    TRY(compile_patterns(d, rules));
    add_rule(d, KEYWORD_PROPERTIES)->members = rules;
    return compile_schema(d, KEYWORD_ADDITIONAL_PROPERTIES, &rules->others);
}

// -- references ----------------------------------------------------------------------------------

static enum status compile_reference(struct draft *d, enum keyword keyword, struct target *target,
                                     const struct schema **out)
{
    struct schema_library *l = d->library;
    enum status e =
        library_find(l, d->schema->resource->uri, json_text(d->values[keyword]), target);

    if (e == OK)
        e = compile_target(l, target, out);
    return e == OK ? OK : compile_fail(d, e, keyword, ": %.*s", STR(scope_why(l->s)));
}

static enum status compile_ref(struct draft *d)
{
    struct target target = {0};

    return compile_reference(d, KEYWORD_REF, &target, &add_rule(d, KEYWORD_REF)->schema);
}

static size_t dynamic_name(struct schema_library *l, struct str name)
{
    size_t index = 0;

    while (index < l->dynamic_name_count && !str_equal(l->dynamic_names[index], name))
        index++;
    if (index == l->dynamic_name_count) {
        struct str *longer = scope_array(l->s, index + 1, sizeof *longer);
        if (index)
            memcpy(longer, l->dynamic_names, index * sizeof *longer);
        longer[index] = name;
        l->dynamic_names = longer;
        l->dynamic_name_count++;
    }
    return index;
}

// Core, 8.2.3.2: only a reference that leads to a $dynamicAnchor at first is dynamic.
static enum status compile_dynamic_ref(struct draft *d)
{
    struct target target = {0};
    struct dynamic_ref *ref = scope_new(d->library->s, struct dynamic_ref);

    add_rule(d, KEYWORD_DYNAMIC_REF)->dynamic = ref;
    TRY(compile_reference(d, KEYWORD_DYNAMIC_REF, &target, &ref->initial));
    ref->name = target.dynamic ? dynamic_name(d->library, target.fragment) : DYNAMIC_NONE;
    return OK;
}

// -- all of them ---------------------------------------------------------------------------------

// One case a keyword. Those that are made from several keywords are called even when
// their own is absent.
static enum status compile_rule(struct draft *d, enum keyword keyword)
{
    switch ((int)keyword) {
    case KEYWORD_ITEMS:
        return compile_items(d);
    case KEYWORD_PROPERTIES:
        return compile_members(d);
    default:
        break;
    }
    if (!has(d, keyword))
        return OK;
    switch ((int)keyword) {
    case KEYWORD_MINIMUM:
    case KEYWORD_EXCLUSIVE_MINIMUM:
    case KEYWORD_MAXIMUM:
    case KEYWORD_EXCLUSIVE_MAXIMUM:
        return compile_bound(d, keyword);
    case KEYWORD_CONST:
        return compile_const(d);
    case KEYWORD_MULTIPLE_OF:
        return compile_multiple_of(d);
    case KEYWORD_MIN_LENGTH:
    case KEYWORD_MAX_LENGTH:
    case KEYWORD_MIN_ITEMS:
    case KEYWORD_MAX_ITEMS:
    case KEYWORD_MIN_PROPERTIES:
    case KEYWORD_MAX_PROPERTIES:
        return compile_limit(d, keyword);
    case KEYWORD_PATTERN:
        return compile_pattern(d);
    case KEYWORD_FORMAT:
        return compile_format(d);
    case KEYWORD_ENUM:
        return compile_enum(d);
    case KEYWORD_UNIQUE_ITEMS:
        return compile_unique(d);
    case KEYWORD_DEPENDENT_REQUIRED:
    case KEYWORD_DEPENDENT_SCHEMAS:
        return compile_dependencies(d, keyword);
    case KEYWORD_REF:
        return compile_ref(d);
    case KEYWORD_DYNAMIC_REF:
        return compile_dynamic_ref(d);
    case KEYWORD_ALL_OF:
    case KEYWORD_ANY_OF:
    case KEYWORD_ONE_OF:
        return compile_schemas(d, keyword);
    case KEYWORD_IF:
        return compile_if(d);
    case KEYWORD_CONTAINS:
        return compile_contains(d);
    default: // not, propertyNames, unevaluated...
        return compile_one_schema(d, keyword);
    }
}

enum status compile_rules(struct draft *d)
{
    TRY(compile_type(d));
    for (enum keyword keyword = 0; keyword < KEYWORD_COUNT; keyword++)
        if (keyword_rows[keyword].mode == MODE_RULE)
            TRY(compile_rule(d, keyword));
    if (has(d, KEYWORD_UNEVALUATED_ITEMS))
        d->schema->tracks |= ON_ARRAYS;
    if (has(d, KEYWORD_UNEVALUATED_PROPERTIES))
        d->schema->tracks |= ON_OBJECTS;
    return OK;
}
