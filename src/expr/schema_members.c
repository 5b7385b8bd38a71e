// Rules on objects.
#include "expr/schema_run_impl.h"

static struct spot member_spot(const struct spot *object, size_t index)
{
    const struct json_member *member = &object->value.members[index];

    return (struct spot){.value = member->value, .outer = object, .name = &member->name};
}

bool check_min_properties(struct run *run, const struct schema *schema, const struct rule *rule,
                          const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return spot->value.count >= rule->limit ||
           run_violate(run, schema, rule->keyword, spot, "must have at least %zu member%s, has %u",
                       rule->limit, plural(rule->limit), spot->value.count);
}

bool check_max_properties(struct run *run, const struct schema *schema, const struct rule *rule,
                          const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return spot->value.count <= rule->limit ||
           run_violate(run, schema, rule->keyword, spot, "must have at most %zu member%s, has %u",
                       rule->limit, plural(rule->limit), spot->value.count);
}

static bool has_member(struct json object, struct str name)
{
    return !json_is(json_get(object, name), JSON_NONE);
}

static bool check_dependency(struct run *run, const struct schema *schema,
                             const struct dependency *d, const struct spot *spot)
{
    bool ok = true;

    for (size_t i = 0; i < d->count; i++) {
        if (has_member(spot->value, d->names[i]))
            continue;
        ok = run_violate(run, schema, KEYWORD_DEPENDENT_REQUIRED, spot,
                         "must have the member \"%.*s\", as it has \"%.*s\"", STR(d->names[i]),
                         STR(d->name));
        if (run_is_quick(run))
            break;
    }
    return ok;
}

bool check_dependent_required(struct run *run, const struct schema *schema, const struct rule *rule,
                              const struct spot *spot, struct seen *seen)
{
    bool ok = true;
    (void)seen;

    for (uint32_t i = 0; i < rule->count && (ok || !run_is_quick(run)); i++) {
        const struct dependency *d = &rule->dependencies[i];
        if (has_member(spot->value, d->name))
            ok = check_dependency(run, schema, d, spot) && ok;
    }
    return ok;
}

bool check_dependent_schemas(struct run *run, const struct schema *schema, const struct rule *rule,
                             const struct spot *spot, struct seen *seen)
{
    bool ok = true;
    (void)schema;

    for (uint32_t i = 0; i < rule->count && (ok || !run_is_quick(run)); i++) {
        const struct dependency *d = &rule->dependencies[i];
        if (has_member(spot->value, d->name))
            ok = run_schema(run, d->schema, spot, seen) && ok;
    }
    return ok;
}

bool check_property_names(struct run *run, const struct schema *schema, const struct rule *rule,
                          const struct spot *spot, struct seen *seen)
{
    bool ok = true;
    (void)schema;
    (void)seen;

    for (uint32_t i = 0; i < spot->value.count && (ok || !run_is_quick(run)); i++) {
        struct spot name = member_spot(spot, i);
        name.value = json_string(*name.name);
        name.is_name = true;
        if (!run_schema(run, rule->schema, &name, NULL))
            ok = false;
    }
    return ok;
}

// -- properties, patternProperties, additionalProperties, required -------------------------------

// Applies the patterns to one member; `*matched` becomes true when one fits its name.
static bool check_patterns(struct run *run, const struct member_rules *rules,
                           const struct spot *member, bool *matched)
{
    bool ok = true;

    for (size_t i = 0; i < rules->pattern_count && !run->stopped; i++) {
        const struct pattern_rule *p = &rules->patterns[i];
        if (!run_match(run, &p->pattern, *member->name))
            continue;
        *matched = true;
        if (run_schema(run, p->schema, member, NULL))
            continue;
        ok = false;
        if (run_is_quick(run))
            break;
    }
    return ok && !run->stopped;
}

// Checks one member by all that speaks of it; `*found` gets its bit when it is required.
static bool check_member(struct run *run, const struct member_rules *rules,
                         const struct spot *member, uint64_t *found, bool *evaluated)
{
    uint32_t index = names_find(&rules->names, *member->name);
    bool ok = true;

    if (index != NAMES_NONE) {
        const struct member_rule *m = &rules->members[index];
        *found |= m->required_bit;
        *evaluated = m->schema != NULL;
        ok = !m->schema || run_schema(run, m->schema, member, NULL);
    }
    if (rules->pattern_count && (ok || !run_is_quick(run)))
        ok = check_patterns(run, rules, member, evaluated) && ok;
    if (*evaluated || !rules->others)
        return ok;
    *evaluated = true;
    return run_schema(run, rules->others, member, NULL) && ok;
}

static bool check_required(struct run *run, const struct schema *schema,
                           const struct member_rules *rules, const struct spot *spot,
                           uint64_t found)
{
    bool ok = true;

    if (found == rules->required_bits && rules->required_count <= REQUIRED_BITS)
        return true;
    for (size_t i = 0; i < rules->required_count && (ok || !run_is_quick(run)); i++) {
        if (!has_member(spot->value, rules->required[i]))
            ok = run_violate(run, schema, KEYWORD_REQUIRED, spot, "must have the member \"%.*s\"",
                             STR(rules->required[i]));
    }
    return ok;
}

bool check_properties(struct run *run, const struct schema *schema, const struct rule *rule,
                      const struct spot *spot, struct seen *seen)
{
    const struct member_rules *rules = rule->members;
    uint64_t found = 0;
    bool ok = true;

    for (uint32_t i = 0; i < spot->value.count; i++) {
        struct spot member = member_spot(spot, i);
        bool evaluated = false;
        if (!check_member(run, rules, &member, &found, &evaluated)) {
            ok = false;
            if (run_is_quick(run))
                return false;
        }
        if (evaluated)
            seen_mark(run, seen, i);
    }
    return check_required(run, schema, rules, spot, found) && ok;
}

bool check_unevaluated_properties(struct run *run, const struct schema *schema,
                                  const struct rule *rule, const struct spot *spot,
                                  struct seen *seen)
{
    bool ok = true;
    (void)schema;

    for (uint32_t i = 0; i < spot->value.count && (ok || !run_is_quick(run)); i++) {
        struct spot member = member_spot(spot, i);
        if (!seen_has(run, seen, i) && !run_schema(run, rule->schema, &member, NULL))
            ok = false;
    }
    seen->all = true;
    return ok;
}
