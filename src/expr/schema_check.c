// The walk. A document is first checked without saying anything, which stops at the first rule that
// is broken; only when one was, and the caller wants to know which, it is walked again and every
// violation is written down.
//
// Budget: every schema that is entered costs a step, and loops that compare cost more; depth counts
// schemas inside one another. A run that exceeds either stops, and the document is refused.
#include "expr/schema_run_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "expr/pointer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    MESSAGE_BYTES_MAX = 600,
    POINTER_BYTES_MAX = 4096, // longer ones are cut: they are for people
    WORDS_FIRST = 64,
    WORDS_MAX = 1 << 17,            // 1 MiB of bits
    VIOLATION_BYTES_MAX = 64 << 10, // its texts and those that prepare it
    WORK_BYTES_MAX = 8 << 10,
};

static const char no_memory[] = "the document takes too much memory to check against its schema";

static rule_check *const checks[KEYWORD_COUNT] = {
    [KEYWORD_MINIMUM] = check_minimum,
    [KEYWORD_EXCLUSIVE_MINIMUM] = check_exclusive_minimum,
    [KEYWORD_MAXIMUM] = check_maximum,
    [KEYWORD_EXCLUSIVE_MAXIMUM] = check_exclusive_maximum,
    [KEYWORD_MULTIPLE_OF] = check_multiple_of,
    [KEYWORD_MIN_LENGTH] = check_min_length,
    [KEYWORD_MAX_LENGTH] = check_max_length,
    [KEYWORD_PATTERN] = check_pattern,
    [KEYWORD_FORMAT] = check_format,
    [KEYWORD_ENUM] = check_enum,
    [KEYWORD_CONST] = check_const,
    [KEYWORD_MIN_ITEMS] = check_min_items,
    [KEYWORD_MAX_ITEMS] = check_max_items,
    [KEYWORD_UNIQUE_ITEMS] = check_unique_items,
    [KEYWORD_MIN_PROPERTIES] = check_min_properties,
    [KEYWORD_MAX_PROPERTIES] = check_max_properties,
    [KEYWORD_DEPENDENT_REQUIRED] = check_dependent_required,
    [KEYWORD_REF] = check_ref,
    [KEYWORD_DYNAMIC_REF] = check_dynamic_ref,
    [KEYWORD_ALL_OF] = check_all_of,
    [KEYWORD_ANY_OF] = check_any_of,
    [KEYWORD_ONE_OF] = check_one_of,
    [KEYWORD_NOT] = check_not,
    [KEYWORD_IF] = check_if,
    [KEYWORD_DEPENDENT_SCHEMAS] = check_dependent_schemas,
    [KEYWORD_PROPERTY_NAMES] = check_property_names,
    [KEYWORD_ITEMS] = check_items,
    [KEYWORD_CONTAINS] = check_contains,
    [KEYWORD_PROPERTIES] = check_properties,
    [KEYWORD_UNEVALUATED_ITEMS] = check_unevaluated_items,
    [KEYWORD_UNEVALUATED_PROPERTIES] = check_unevaluated_properties,
};

// -- budget --------------------------------------------------------------------------------------

bool run_stop(struct run *run, const char *why)
{
    if (!run->stopped)
        (void)fail(run->s, REFUSED, "%s", why);
    run->stopped = true;
    run->steps_left = 0;
    return false;
}

bool run_spend(struct run *run, size_t steps)
{
    if (run->steps_left >= steps) {
        run->steps_left -= steps;
        return true;
    }
    return run_stop(run, "the document takes too many steps to check against its schema");
}

bool run_match(struct run *run, const struct pattern *pattern, struct str text)
{
    bool found = false;

    if (!run_spend(run, 1))
        return false;
    if (!run->work && !scope_has_room(run->s, WORK_BYTES_MAX))
        return run_stop(run, no_memory);
    if (!run->work)
        run->work = regex_work_new(run->s, SCHEMA_STEPS_MAX);
    if (regex_search(run->work, pattern->regex, text, 0, &found, NULL) == OK)
        return found;
    run->stopped = true; // the sentence is there already
    run->steps_left = 0;
    return false;
}

// -- what was evaluated --------------------------------------------------------------------------

static bool words_grow(struct run *run, size_t words)
{
    size_t room = run->word_room ? run->word_room * 2 : WORDS_FIRST;

    while (room < words)
        room *= 2;
    if (room > WORDS_MAX || !scope_has_room(run->s, room * sizeof *run->words))
        return run_stop(run, no_memory);
    uint64_t *larger = scope_array(run->s, room, sizeof *larger);
    if (run->word_count)
        memcpy(larger, run->words, run->word_count * sizeof *larger);
    run->words = larger;
    run->word_room = room;
    return true;
}

bool seen_open(struct run *run, size_t count, struct seen *out)
{
    size_t words = (count + 63) / 64;

    *out = (struct seen){.from = run->word_count, .words = words};
    if (!run_spend(run, words))
        return false;
    if (run->word_count + words > run->word_room && !words_grow(run, run->word_count + words))
        return false;
    if (words)
        memset(run->words + run->word_count, 0, words * sizeof *run->words);
    run->word_count += words;
    return true;
}

void seen_close(struct run *run, const struct seen *seen)
{
    run->word_count = seen->from;
}

void seen_add(const struct run *run, struct seen *to, const struct seen *from)
{
    to->all = to->all || from->all;
    for (size_t i = 0; i < from->words; i++)
        run->words[to->from + i] |= run->words[from->from + i];
}

// -- violations ----------------------------------------------------------------------------------

static void put_spot(struct buf *out, const struct spot *spot)
{
    if (!spot->outer)
        return;
    put_spot(out, spot->outer);
    if (out->overflow)
        return;
    if (spot->name)
        pointer_append(out, *spot->name);
    else
        pointer_append_index(out, spot->index);
}

// Names that strangers made up may be as long as the document: then the pointer ends before them.
static struct str spot_pointer(struct scope *s, const struct spot *spot)
{
    struct buf out = buf_make(s, POINTER_BYTES_MAX);

    put_spot(&out, spot);
    return out.data ? str_of(out.data, out.bytes) : str("");
}

static struct str sentence(struct scope *s, const struct spot *spot, struct str pointer,
                           const char *what)
{
    if (spot->is_name)
        return str_format(s, "the name of %.*s %s", STR(pointer), what);
    if (!spot->outer)
        return str_format(s, "the document %s", what);
    return str_format(s, "%.*s %s", STR(pointer), what);
}

// Returns what the schema itself is called where it stands: the last part of its pointer.
static struct str last_name(struct str pointer)
{
    size_t at = pointer.bytes;

    while (at && pointer.data[at - 1] != '/')
        at--;
    return str_slice(pointer, at, pointer.bytes);
}

bool run_has_room(struct run *run)
{
    struct violations *v = run->violations;

    if (!v || run->stopped)
        return false;
    if (v->count == v->count_max) {
        v->more = true;
        return false;
    }
    return scope_has_room(run->s, VIOLATION_BYTES_MAX) || run_stop(run, no_memory);
}

// Cuts a text that was too long for its room at the end of a character.
static void cut_text(char *text, size_t room, int bytes)
{
    if (bytes < 0 || (size_t)bytes < room)
        return;
    text[utf8_find_error(str_of(text, room - 1))] = '\0';
}

bool run_violate(struct run *run, const struct schema *schema, enum keyword keyword,
                 const struct spot *spot, const char *format, ...)
{
    char what[MESSAGE_BYTES_MAX];
    va_list arguments;

    if (!run_has_room(run))
        return false;
    va_start(arguments, format);
    cut_text(what, sizeof what, vsnprintf(what, sizeof what, format, arguments));
    va_end(arguments);

    struct schema_violation *v = &run->violations->list[run->violations->count++];
    struct str place = schema_place(run->s, schema->resource, schema->pointer);
    v->instance = spot_pointer(run->s, spot);
    v->message = sentence(run->s, spot, v->instance, what);
    if (keyword == KEYWORD_COUNT) { // the schema `false`
        v->keyword = last_name(schema->pointer);
        v->schema = place;
        return false;
    }
    v->keyword = keyword_rows[keyword].name;
    v->schema = str_format(run->s, "%.*s/%.*s", STR(place), STR(v->keyword));
    return false;
}

// -- the walk ------------------------------------------------------------------------------------

// Names the allowed types: "a string or null".
static struct str types_what(struct scope *s, const struct schema *schema)
{
    static const struct {
        unsigned type;
        const char *what;
    } names[] = {
        {JSON_OBJECT, "an object"}, {JSON_ARRAY, "an array"},     {JSON_STRING, "a string"},
        {JSON_NUMBER, "a number"},  {JSON_TRUE, "true or false"}, {JSON_NULL, "null"},
    };
    struct buf out = buf_make(s, MESSAGE_BYTES_MAX);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(schema->types >> names[i].type & 1))
            continue;
        buf_put_z(&out, out.bytes ? " or " : "");
        buf_put_z(&out,
                  names[i].type == JSON_NUMBER && schema->whole ? "a whole number" : names[i].what);
    }
    return out.data ? buf_str(&out) : str("nothing");
}

static const char *type_what(struct json value)
{
    switch ((enum json_type)value.type) {
    case JSON_NULL:
        return "null";
    case JSON_FALSE:
        return "false";
    case JSON_TRUE:
        return "true";
    case JSON_NUMBER:
        return "a number";
    case JSON_STRING:
        return "a string";
    case JSON_ARRAY:
        return "an array";
    case JSON_OBJECT:
        return "an object";
    case JSON_NONE:
        break;
    }
    return "nothing";
}

static bool wrong_type(struct run *run, const struct schema *schema, const struct spot *spot)
{
    if (!run_has_room(run))
        return false;
    if (json_is(schema->json, JSON_FALSE))
        return run_violate(run, schema, KEYWORD_COUNT, spot, "is not allowed");
    struct str what = types_what(run->s, schema);
    if (json_is(spot->value, JSON_NUMBER) && schema->types >> JSON_NUMBER & 1)
        return run_violate(run, schema, KEYWORD_TYPE, spot, "must be %.*s, is %.*s", STR(what),
                           STR(str_slice(json_text(spot->value), 0, 40)));
    return run_violate(run, schema, KEYWORD_TYPE, spot, "must be %.*s, is %s", STR(what),
                       type_what(spot->value));
}

static bool run_rules(struct run *run, const struct schema *schema, const struct rule_list *list,
                      const struct spot *spot, struct seen *seen)
{
    bool ok = true;

    for (size_t i = 0; i < list->count; i++) {
        const struct rule *rule = &list->rules[i];
        if (checks[rule->keyword](run, schema, rule, spot, seen))
            continue;
        ok = false;
        if (run_is_quick(run) || run->stopped)
            break;
    }
    return ok;
}

// Core, 11: unevaluated... sees what this schema and those it applied in place have evaluated, and
// nothing of the schemas around it.
static bool run_tracked(struct run *run, const struct schema *schema, const struct rule_list *list,
                        const struct spot *spot, struct seen *outer)
{
    struct seen own;

    if (!seen_open(run, spot->value.count, &own))
        return false;
    bool ok = run_rules(run, schema, list, spot, &own);
    if (ok && outer)
        seen_add(run, outer, &own);
    seen_close(run, &own);
    return ok;
}

static bool run_entered(struct run *run, const struct schema *schema, const struct rule_list *list,
                        const struct spot *spot, struct seen *seen)
{
    const struct dynamic_scope *before = run->dynamic;
    const struct dynamic_scope scope = {schema->resource, before};

    if (run->depth == SCHEMA_DEPTH_MAX)
        return run_stop(run, "the document leads too deep into its schema");
    run->depth++;
    if (!before || before->resource != schema->resource)
        run->dynamic = &scope;
    bool ok = schema->tracks >> spot->value.type & 1 ? run_tracked(run, schema, list, spot, seen)
                                                     : run_rules(run, schema, list, spot, seen);
    run->dynamic = before;
    run->depth--;
    return ok;
}

bool run_schema(struct run *run, const struct schema *schema, const struct spot *spot,
                struct seen *seen)
{
    unsigned type = spot->value.type;
    const struct rule_list *list = &schema->rules[type];

    if (!(schema->types >> type & 1))
        return wrong_type(run, schema, spot);
    if (schema->whole && type == JSON_NUMBER && !number_is_whole(spot->value))
        return wrong_type(run, schema, spot);
    if (list->count == 0)
        return true;
    return run_spend(run, 1) && run_entered(run, schema, list, spot, seen);
}

// Walks again and writes down what is wrong; the first violation is the sentence.
static enum status explain(struct run *run, const struct schema *schema, const struct spot *root,
                           size_t count_max, struct schema_report *report)
{
    struct scope *s = run->s;
    struct violations violations = {.count_max = count_max};

    if (!scope_has_room(s, count_max * sizeof *violations.list))
        return fail(s, REFUSED, "the document breaks its schema");
    violations.list = scope_array(s, count_max, sizeof *violations.list);
    run->violations = &violations;
    run->steps_left = SCHEMA_STEPS_MAX;
    (void)run_schema(run, schema, root, NULL);
    run->violations = NULL;
    if (report)
        *report = (struct schema_report){violations.list, violations.count, violations.more};
    if (run->stopped)
        return REFUSED;
    assert(violations.count > 0);
    return fail(s, REFUSED, "%.*s", STR(violations.list[0].message));
}

enum status schema_check(struct scope *s, const struct schema *schema, struct json instance,
                         size_t violations_max, struct schema_report *report)
{
    struct run run = {.s = s, .steps_left = SCHEMA_STEPS_MAX};
    struct spot root = {.value = instance};

    assert(!json_is(instance, JSON_NONE));
    if (report)
        *report = (struct schema_report){0};
    if (run_schema(&run, schema, &root, NULL) && !run.stopped)
        return OK;
    if (run.stopped)
        return REFUSED;
    if (violations_max == 0 || !report)
        violations_max = 1;
    if (violations_max > SCHEMA_VIOLATIONS_MAX)
        violations_max = SCHEMA_VIOLATIONS_MAX;
    return explain(&run, schema, &root, violations_max, report);
}
