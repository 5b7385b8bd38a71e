// Rules on single values: numbers, strings, enumerations.
#include "expr/schema_run_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"

enum { SHOWN_BYTES_MAX = 40, LISTED_BYTES_MAX = 300 };

static struct str shown(struct json number)
{
    return str_slice(json_text(number), 0, SHOWN_BYTES_MAX);
}

bool check_minimum(struct run *run, const struct schema *schema, const struct rule *rule,
                   const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return number_compare(spot->value, &rule->bound) >= 0 ||
           run_violate(run, schema, rule->keyword, spot, "must be at least %.*s, is %.*s",
                       STR(shown(rule->bound.value)), STR(shown(spot->value)));
}

bool check_exclusive_minimum(struct run *run, const struct schema *schema, const struct rule *rule,
                             const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return number_compare(spot->value, &rule->bound) > 0 ||
           run_violate(run, schema, rule->keyword, spot, "must be more than %.*s, is %.*s",
                       STR(shown(rule->bound.value)), STR(shown(spot->value)));
}

bool check_maximum(struct run *run, const struct schema *schema, const struct rule *rule,
                   const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return number_compare(spot->value, &rule->bound) <= 0 ||
           run_violate(run, schema, rule->keyword, spot, "must be at most %.*s, is %.*s",
                       STR(shown(rule->bound.value)), STR(shown(spot->value)));
}

bool check_exclusive_maximum(struct run *run, const struct schema *schema, const struct rule *rule,
                             const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return number_compare(spot->value, &rule->bound) < 0 ||
           run_violate(run, schema, rule->keyword, spot, "must be less than %.*s, is %.*s",
                       STR(shown(rule->bound.value)), STR(shown(spot->value)));
}

bool check_multiple_of(struct run *run, const struct schema *schema, const struct rule *rule,
                       const struct spot *spot, struct seen *seen)
{
    (void)seen;
    if (number_is_multiple(spot->value, rule->divisor))
        return true;
    return run_violate(run, schema, rule->keyword, spot, "must be a multiple of %.*s, is %.*s",
                       STR(shown(json_member(schema->json, "multipleOf"))),
                       STR(shown(spot->value)));
}

// A text has at most as many characters as bytes, and at least a quarter of them.
bool check_min_length(struct run *run, const struct schema *schema, const struct rule *rule,
                      const struct spot *spot, struct seen *seen)
{
    size_t bytes = spot->value.count;
    (void)seen;

    if (bytes / UTF8_BYTES_MAX >= rule->limit)
        return true;
    size_t count = utf8_count(json_text(spot->value));
    return count >= rule->limit || run_violate(run, schema, rule->keyword, spot,
                                               "must have at least %zu character%s, has %zu",
                                               rule->limit, plural(rule->limit), count);
}

bool check_max_length(struct run *run, const struct schema *schema, const struct rule *rule,
                      const struct spot *spot, struct seen *seen)
{
    (void)seen;
    if (spot->value.count <= rule->limit)
        return true;
    size_t count = utf8_count(json_text(spot->value));
    return count <= rule->limit || run_violate(run, schema, rule->keyword, spot,
                                               "must have at most %zu character%s, has %zu",
                                               rule->limit, plural(rule->limit), count);
}

bool check_pattern(struct run *run, const struct schema *schema, const struct rule *rule,
                   const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return run_match(run, rule->pattern, json_text(spot->value)) ||
           run_violate(run, schema, rule->keyword, spot, "must match the pattern %.*s",
                       STR(rule->pattern->source));
}

// A pattern is compiled to see whether it is one, which is dear: it costs steps.
static bool is_regex(struct run *run, struct str text)
{
    enum { COMPILE_STEPS = 1000 };
    const struct regex *regex = NULL;

    if (!run_spend(run, COMPILE_STEPS))
        return false;
    struct scope *own = scope_open(REGEX_COMPILE_BYTES_MAX);
    bool ok = regex_compile(own, text, 0, &regex) == OK;
    scope_close(own);
    return ok;
}

bool check_format(struct run *run, const struct schema *schema, const struct rule *rule,
                  const struct spot *spot, struct seen *seen)
{
    struct str text = json_text(spot->value);
    (void)seen;

    if (rule->format == FORMAT_REGEX ? is_regex(run, text) : format_check(rule->format, text))
        return true;
    return run_violate(run, schema, rule->keyword, spot, "must be %s", format_what(rule->format));
}

static bool in_enumeration(struct run *run, const struct enumeration *e, struct json value)
{
    if (json_is(value, JSON_STRING))
        return names_find(&e->strings, json_text(value)) != NAMES_NONE;
    if (!run_spend(run, e->other_count))
        return false;
    for (size_t i = 0; i < e->other_count; i++)
        if (json_equal(e->others[i], value))
            return true;
    return false;
}

// Lists the values that are allowed, cut where the sentence would get too long.
static struct str listed(struct scope *s, struct json values)
{
    struct buf out = buf_make(s, LISTED_BYTES_MAX);

    for (size_t i = 0; i < values.count && !out.overflow; i++) {
        buf_put_z(&out, i ? ", " : "");
        json_write(&out, values.items[i]);
    }
    return str_format(s, "%.*s%s", (int)out.bytes, out.data ? out.data : "",
                      out.overflow ? "..." : "");
}

bool check_enum(struct run *run, const struct schema *schema, const struct rule *rule,
                const struct spot *spot, struct seen *seen)
{
    (void)seen;
    if (in_enumeration(run, rule->enumeration, spot->value))
        return true;
    if (!run_has_room(run))
        return false;
    return run_violate(run, schema, rule->keyword, spot, "must be one of %.*s",
                       STR(listed(run->s, rule->enumeration->all)));
}

bool check_const(struct run *run, const struct schema *schema, const struct rule *rule,
                 const struct spot *spot, struct seen *seen)
{
    (void)seen;
    if (json_equal(rule->value, spot->value))
        return true;
    if (!run_has_room(run))
        return false;
    return run_violate(run, schema, rule->keyword, spot, "must be %.*s",
                       STR(listed(run->s, json_array(&rule->value, 1))));
}
