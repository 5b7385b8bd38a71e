// From JSON to rules. Schemas refer to each other in circles, so compiling one only notes those
// that it leads to; they wait in a list until all are done. What no rule can express, a schema that
// leads to itself without going deeper into the document, is refused at the end.
#include "expr/schema_compile_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "expr/pointer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    MESSAGE_BYTES_MAX = 700,
    DYNAMIC_NAMES_MAX = 256,
    IN_PLACE_DEPTH_MAX = 200, // references without a step into the document
};

const struct keyword_row keyword_rows[KEYWORD_COUNT] = {
#define KEYWORD(id, text, vocabulary_, takes_, mode_, on_)                                         \
    [KEYWORD_##id] = {.name = STR_INIT(text),                                                      \
                      .vocabulary = VOCABULARY_##vocabulary_,                                      \
                      .takes = TAKES_##takes_,                                                     \
                      .mode = MODE_##mode_,                                                        \
                      .on = ON_##on_},
#include "expr/keywords.def"
#undef KEYWORD
};

enum status compile_fail(const struct draft *d, enum status e, enum keyword keyword,
                         const char *format, ...)
{
    char sentence[MESSAGE_BYTES_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    struct schema_library *l = d->library;
    struct str place = schema_place(l->s, d->schema->resource, d->schema->pointer);
    return fail(l->s, e, "%.*s/%.*s%s", STR(place), STR(keyword_rows[keyword].name), sentence);
}

// -- the list of schemas -------------------------------------------------------------------------

static enum status schema_new(struct schema_library *l, const struct resource *resource,
                              struct json json, struct str pointer, struct schema **out)
{
    if (l->schema_count++ == SCHEMA_NODES_MAX)
        return fail(l->s, TOO_LARGE, "the schemas have more than %d parts", SCHEMA_NODES_MAX);
    TRY(library_check_room(l, 0));
    struct schema *schema = scope_new(l->s, struct schema);
    schema->resource = resource;
    schema->pointer = pointer;
    schema->json = json;
    schema->next = l->waiting;
    l->waiting = schema;
    *out = schema;
    return OK;
}

enum status compile_target(struct schema_library *l, const struct target *target,
                           const struct schema **out)
{
    struct json json = target->json;
    struct schema *schema = NULL;
    struct place *place = library_place(l, json);

    if (!json_is(json, JSON_OBJECT) && !json_is(json, JSON_TRUE) && !json_is(json, JSON_FALSE)) {
        struct str at = schema_place(l->s, target->resource, target->pointer);
        return fail(l->s, INVALID, "%.*s must be a schema, is %s", STR(at), json_type_name(json));
    }
    if (place && place->schema) {
        *out = place->schema;
        return OK;
    }
    const struct resource *resource = place ? place->resource : target->resource;
    TRY(schema_new(l, resource, json, place ? place->pointer : target->pointer, &schema));
    if (place)
        place->schema = schema;
    *out = schema;
    return OK;
}

enum status compile_child(struct draft *d, enum keyword keyword, struct str token,
                          struct json value, const struct schema **out)
{
    struct schema_library *l = d->library;
    const struct place *place = library_place(l, value);
    struct target target = {.json = value};

    if (place) {
        target.resource = place->resource;
        target.pointer = place->pointer;
        return compile_target(l, &target, out);
    }
    TRY(library_check_room(l, 2 * token.bytes));
    struct buf pointer = buf_make(l->s, SIZE_MAX / 2);
    buf_put(&pointer, d->schema->pointer);
    pointer_append(&pointer, keyword_rows[keyword].name);
    if (token.data)
        pointer_append(&pointer, token);
    target.pointer = buf_str(&pointer);
    target.resource = library_place(l, d->schema->json)->resource;
    return compile_target(l, &target, out);
}

// -- one schema ----------------------------------------------------------------------------------

static bool all_strings(struct json array)
{
    for (size_t i = 0; json_is(array, JSON_ARRAY) && i < array.count; i++)
        if (!json_is(array.items[i], JSON_STRING))
            return false;
    return json_is(array, JSON_ARRAY);
}

static bool is_count(struct json value)
{
    int64_t count = 0;

    return json_to_i64(value, &count) && count >= 0;
}

// Returns what the value must be; NULL when it is so.
static const char *takes_not(enum takes takes, struct json value)
{
    struct divisor divisor;

    switch (takes) {
    case TAKES_ANYTHING:
    case TAKES_SCHEMA: // seen when it is compiled itself
        return NULL;
    case TAKES_STRING:
        return json_is(value, JSON_STRING) ? NULL : "a string";
    case TAKES_BOOLEAN:
        return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE) ? NULL : "true or false";
    case TAKES_NUMBER:
        return json_is(value, JSON_NUMBER) ? NULL : "a number";
    case TAKES_POSITIVE:
        return json_is(value, JSON_NUMBER) && number_divisor(value, &divisor)
                   ? NULL
                   : "a number above 0 of at most 18 digits";
    case TAKES_COUNT:
        return is_count(value) ? NULL : "a whole number of at least 0";
    case TAKES_ARRAY:
        return json_is(value, JSON_ARRAY) ? NULL : "an array";
    case TAKES_OBJECT:
    case TAKES_NAMED:
        return json_is(value, JSON_OBJECT) ? NULL : "an object";
    case TAKES_TYPES:
        return json_is(value, JSON_STRING) || all_strings(value) ? NULL
                                                                 : "a string or array of strings";
    case TAKES_NAMES:
        return all_strings(value) ? NULL : "an array of strings";
    case TAKES_NAMED_NAMES:
        for (size_t i = 0; json_is(value, JSON_OBJECT) && i < value.count; i++)
            if (!all_strings(value.members[i].value))
                return "an object of arrays of strings";
        return json_is(value, JSON_OBJECT) ? NULL : "an object of arrays of strings";
    case TAKES_SCHEMAS:
        return json_is(value, JSON_ARRAY) && value.count ? NULL : "a non-empty array of schemas";
    }
    return NULL;
}

static enum status draft_read_member(struct draft *d, const struct json_member *member)
{
    struct schema_library *l = d->library;
    uint32_t keyword = names_find(&l->keywords, member->name);

    if (keyword == NAMES_NONE) {
        if (!l->options.refuse_unknown || str_starts(member->name, str("x-")))
            return OK;
        struct str place = schema_place(l->s, d->schema->resource, d->schema->pointer);
        return fail(l->s, INVALID, "%.*s/%.*s is an unknown keyword", STR(place),
                    STR(member->name));
    }
    if (!(keyword_rows[keyword].vocabulary & d->vocabularies))
        return OK;
    const char *what = takes_not(keyword_rows[keyword].takes, member->value);
    if (what)
        return compile_fail(d, INVALID, keyword, " must be %s, is %.*s", what,
                            STR(str_slice(json_to_str(l->s, member->value), 0, 60)));
    d->values[keyword] = member->value;
    return OK;
}

static struct rule_list rules_on(const struct draft *d, enum json_type type)
{
    struct rule *list = NULL;
    size_t count = 0;

    for (size_t i = 0; i < d->rule_count; i++)
        count += keyword_rows[d->rules[i].keyword].on >> type & 1;
    if (count == 0)
        return (struct rule_list){0};
    list = scope_array(d->library->s, count, sizeof *list);
    count = 0;
    for (size_t i = 0; i < d->rule_count; i++)
        if (keyword_rows[d->rules[i].keyword].on >> type & 1)
            list[count++] = d->rules[i];
    return (struct rule_list){list, count};
}

// Gives each type of instance its own list of rules.
static void schema_set_rules(struct draft *d)
{
    struct schema *schema = d->schema;

    schema->rules[JSON_NULL] = rules_on(d, JSON_NULL);
    schema->rules[JSON_FALSE] = schema->rules[JSON_NULL];
    schema->rules[JSON_TRUE] = schema->rules[JSON_NULL];
    for (enum json_type type = JSON_NUMBER; type <= JSON_OBJECT; type++)
        schema->rules[type] = rules_on(d, type);
}

// Returns more than the rules of a schema take, without its patterns.
static size_t rules_bytes(struct json schema)
{
    enum { BYTES_A_VALUE = 256 };
    size_t values = schema.count;

    for (size_t i = 0; i < schema.count; i++) {
        struct json value = schema.members[i].value;
        if (json_is(value, JSON_ARRAY) || json_is(value, JSON_OBJECT))
            values += value.count;
    }
    return values * BYTES_A_VALUE;
}

static enum status schema_compile_one(struct schema_library *l, struct schema *schema)
{
    schema->types = json_is(schema->json, JSON_FALSE) ? 0 : ON_EVERYTHING;
    if (!json_is(schema->json, JSON_OBJECT) || schema->json.count == 0)
        return OK;
    TRY(library_check_room(l, rules_bytes(schema->json)));
    struct draft d = {.library = l, .schema = schema};
    TRY(library_vocabularies(l, library_place(l, schema->json)->resource, &d.vocabularies));
    for (size_t i = 0; i < schema->json.count; i++)
        TRY(draft_read_member(&d, &schema->json.members[i]));
    TRY(compile_rules(&d));
    schema_set_rules(&d);
    return OK;
}

// -- dynamic anchors -----------------------------------------------------------------------------

static const struct dynamic_target *dynamic_target_find(const struct resource *resource,
                                                        size_t name)
{
    const struct dynamic_target *t = resource->dynamic_targets;

    while (t && t->name != name)
        t = t->next;
    return t;
}

// Compiles the anchors of one resource that a $dynamicRef may lead to.
static enum status add_dynamic_targets(struct schema_library *l, struct resource *resource)
{
    for (const struct anchor *a = resource->anchors; a; a = a->next) {
        size_t name = 0;
        while (name < l->dynamic_name_count && !str_equal(l->dynamic_names[name], a->name))
            name++;
        if (!a->dynamic || name == l->dynamic_name_count || dynamic_target_find(resource, name))
            continue;
        struct dynamic_target *t = scope_new(l->s, struct dynamic_target);
        struct target target = {.resource = resource, .json = a->value};
        t->next = resource->dynamic_targets;
        t->name = name;
        TRY(compile_target(l, &target, &t->schema));
        resource->dynamic_targets = t;
    }
    return OK;
}

static enum status compile_waiting(struct schema_library *l)
{
    while (l->waiting) {
        struct schema *schema = l->waiting;
        l->waiting = schema->next;
        schema->next = l->done;
        l->done = schema;
        TRY(schema_compile_one(l, schema));
    }
    return OK;
}

static enum status compile_all(struct schema_library *l)
{
    while (l->waiting) {
        TRY(compile_waiting(l));
        for (struct resource *r = l->resources; r; r = r->next)
            TRY(add_dynamic_targets(l, r));
    }
    return OK;
}

// -- circles without progress --------------------------------------------------------------------

static enum status search(struct schema_library *l, const struct schema *at, unsigned depth);

static enum status search_rule(struct schema_library *l, const struct rule *rule, unsigned depth)
{
    switch ((int)rule->keyword) {
    case KEYWORD_REF:
    case KEYWORD_NOT:
        return search(l, rule->schema, depth);
    case KEYWORD_ALL_OF:
    case KEYWORD_ANY_OF:
    case KEYWORD_ONE_OF:
        for (uint32_t i = 0; i < rule->count; i++)
            TRY(search(l, rule->schemas[i], depth));
        return OK;
    case KEYWORD_IF:
        TRY(search(l, rule->conditional->condition, depth));
        TRY(search(l, rule->conditional->then, depth));
        return search(l, rule->conditional->otherwise, depth);
    case KEYWORD_DEPENDENT_SCHEMAS:
        for (uint32_t i = 0; i < rule->count; i++)
            TRY(search(l, rule->dependencies[i].schema, depth));
        return OK;
    default:
        return OK;
    }
}

static enum status search(struct schema_library *l, const struct schema *at, unsigned depth)
{
    if (!at || at->search == SEARCH_DONE || at->json.count == 0)
        return OK;
    if (at->search == SEARCH_OPEN)
        return fail(l->s, INVALID, "%.*s refers to itself without end",
                    STR(schema_place(l->s, at->resource, at->pointer)));
    if (depth > IN_PLACE_DEPTH_MAX)
        return fail(l->s, TOO_LARGE, "%.*s: a chain of more than %d references",
                    STR(schema_place(l->s, at->resource, at->pointer)), IN_PLACE_DEPTH_MAX);
    struct schema *mark = library_place(l, at->json)->schema;
    assert(mark == at);
    mark->search = SEARCH_OPEN;
    // No reference depends on the type of the value, except that only objects have dependencies.
    for (size_t i = 0; i < at->rules[JSON_OBJECT].count; i++)
        TRY(search_rule(l, &at->rules[JSON_OBJECT].rules[i], depth + 1));
    mark->search = SEARCH_DONE;
    return OK;
}

static enum status search_all(struct schema_library *l)
{
    while (l->done) {
        struct schema *schema = l->done;
        l->done = schema->next;
        TRY(search(l, schema, 0));
    }
    return OK;
}

enum status schema_compile(struct schema_library *l, struct str reference,
                           const struct schema **out)
{
    struct target target = {0};

    TRY(library_find(l, str(""), reference, &target));
    TRY(compile_target(l, &target, out));
    TRY(compile_all(l));
    return search_all(l);
}

enum status schema_compile_json(struct scope *s, struct json document,
                                const struct schema_options *options, const struct schema **out)
{
    struct schema_library *l = schema_library_new(s, options);

    TRY(schema_library_add(l, str("schema"), document));
    return schema_compile(l, str("schema"), out);
}
