// References and combinations of schemas on one value.
#include "expr/schema_run_impl.h"

bool check_ref(struct run *run, const struct schema *schema, const struct rule *rule,
               const struct spot *spot, struct seen *seen)
{
    (void)schema;
    return run_schema(run, rule->schema, spot, seen);
}

// Core, 8.2.3.2: the outermost resource in the dynamic scope that has the anchor.
bool check_dynamic_ref(struct run *run, const struct schema *schema, const struct rule *rule,
                       const struct spot *spot, struct seen *seen)
{
    const struct schema *found = rule->dynamic->initial;
    (void)schema;

    if (rule->dynamic->name == DYNAMIC_NONE)
        return run_schema(run, found, spot, seen);
    for (const struct dynamic_scope *d = run->dynamic; d; d = d->outer) {
        const struct dynamic_target *t = d->resource->dynamic_targets;
        while (t && t->name != rule->dynamic->name)
            t = t->next;
        found = t ? t->schema : found;
    }
    return run_schema(run, found, spot, seen);
}

bool check_all_of(struct run *run, const struct schema *schema, const struct rule *rule,
                  const struct spot *spot, struct seen *seen)
{
    bool ok = true;
    (void)schema;

    for (uint32_t i = 0; i < rule->count && (ok || !run_is_quick(run)); i++)
        ok = run_schema(run, rule->schemas[i], spot, seen) && ok;
    return ok;
}

static bool try_schema(struct run *run, const struct schema *schema, const struct spot *spot,
                       struct seen *seen)
{
    struct seen own;

    if (!seen)
        return run_schema(run, schema, spot, NULL);
    if (!seen_open(run, seen->words * 64, &own))
        return false;
    bool ok = run_schema(run, schema, spot, &own);
    if (ok)
        seen_add(run, seen, &own);
    seen_close(run, &own);
    return ok;
}

// Tries a schema without saying anything: what it evaluated counts only when the value keeps it.
static bool try_silently(struct run *run, const struct schema *schema, const struct spot *spot,
                         struct seen *seen)
{
    struct violations *violations = run->violations;

    run->violations = NULL;
    bool ok = try_schema(run, schema, spot, seen);
    run->violations = violations;
    return ok;
}

// Says that no alternative fits, and what is wrong with the value in the alternative that comes
// nearest: the one whose first violation lies deepest in the document. Most likely that is what the
// sender meant. Alternatives inside alternatives are looked into this way once.
static bool none_fits(struct run *run, const struct schema *schema, const struct rule *rule,
                      const struct spot *spot)
{
    const char *how = rule->keyword == KEYWORD_ANY_OF ? "at least one" : "one";
    struct violations *violations = run->violations;
    struct schema_violation nearest = {0};

    if (run->explaining || !run_has_room(run))
        return run_violate(run, schema, rule->keyword, spot, "must fit %s of %u alternatives", how,
                           rule->count);
    run->explaining = true;
    for (uint32_t i = 0; i < rule->count; i++) {
        struct schema_violation first = {0};
        struct violations own = {.list = &first, .count_max = 1};
        run->violations = &own;
        (void)run_schema(run, rule->schemas[i], spot, NULL);
        if (own.count && (!nearest.message.data || first.instance.bytes > nearest.instance.bytes))
            nearest = first;
    }
    run->explaining = false;
    run->violations = violations;
    return run_violate(run, schema, rule->keyword, spot, "must fit %s of %u alternatives: %.*s",
                       how, rule->count, STR(nearest.message));
}

// One that fits is enough, unless somebody wants to know what they all evaluate.
bool check_any_of(struct run *run, const struct schema *schema, const struct rule *rule,
                  const struct spot *spot, struct seen *seen)
{
    bool ok = false;

    for (uint32_t i = 0; i < rule->count && (!ok || seen); i++)
        ok = try_silently(run, rule->schemas[i], spot, seen) || ok;
    if (run->stopped)
        return false;
    return ok || none_fits(run, schema, rule, spot);
}

bool check_one_of(struct run *run, const struct schema *schema, const struct rule *rule,
                  const struct spot *spot, struct seen *seen)
{
    uint32_t first = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < rule->count; i++) {
        if (!try_silently(run, rule->schemas[i], spot, seen))
            continue;
        if (++count == 2) {
            return run_violate(run, schema, rule->keyword, spot,
                               "must fit only one of %u alternatives, fits number %u and %u",
                               rule->count, first + 1, i + 1);
        }
        first = i;
    }
    if (run->stopped)
        return false;
    return count == 1 || none_fits(run, schema, rule, spot);
}

bool check_not(struct run *run, const struct schema *schema, const struct rule *rule,
               const struct spot *spot, struct seen *seen)
{
    (void)seen; // what a schema under `not` evaluates never counts
    bool fits = try_silently(run, rule->schema, spot, NULL);

    if (run->stopped)
        return false;
    return !fits ||
           run_violate(run, schema, rule->keyword, spot, "must not be what \"not\" describes");
}

bool check_if(struct run *run, const struct schema *schema, const struct rule *rule,
              const struct spot *spot, struct seen *seen)
{
    const struct conditional *c = rule->conditional;
    bool holds = try_silently(run, c->condition, spot, seen);
    const struct schema *next = holds ? c->then : c->otherwise;
    (void)schema;

    if (run->stopped)
        return false;
    return !next || run_schema(run, next, spot, seen);
}
