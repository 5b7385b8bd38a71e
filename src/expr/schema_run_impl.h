// A document on its way through a compiled schema. Nobody outside the JSON Schema module may
// include this.
#ifndef SHEAF_EXPR_SCHEMA_RUN_IMPL_H
#define SHEAF_EXPR_SCHEMA_RUN_IMPL_H

#include "expr/regex.h"
#include "expr/schema.h"
#include "expr/schema_impl.h"

struct scope;

// A value and how it was reached.
struct spot {
    struct json value;
    const struct spot *outer; // NULL: the document
    const struct str *name;   // NULL: an item
    uint32_t index;
    bool is_name; // the value is the name itself, not the member
};

// Which members or items a schema has evaluated; bits on the run's stack.
struct seen {
    size_t from; // first word
    size_t words;
    bool all;
};

// The dynamic scope: resources that were entered, the newest first.
struct dynamic_scope {
    const struct resource *resource;
    const struct dynamic_scope *outer;
};

struct violations {
    struct schema_violation *list;
    size_t count;
    size_t count_max;
    bool more;
};

struct run {
    struct scope *s;
    struct violations *violations; // NULL: only whether it is valid
    const struct dynamic_scope *dynamic;
    unsigned depth;
    size_t steps_left;
    bool stopped;    // a limit was reached: nothing that follows counts
    bool explaining; // why no alternative fits
    struct regex_work *work;
    uint64_t *words; // bits of all that is being tracked
    size_t word_count;
    size_t word_room;
};

// Checks one value against one schema. Evaluated members and items are added to `seen`, unless it
// is NULL.
bool run_schema(struct run *run, const struct schema *schema, const struct spot *spot,
                struct seen *seen);

// Whether a rule that failed may return at once.
static inline bool run_is_quick(const struct run *run)
{
    return !run->violations;
}

// Whether a violation would be written down and has room; asked before a sentence is prepared.
bool run_has_room(struct run *run);

// Notes a violation; the format is the sentence behind the place: "must be at least 1". Always
// false.
bool run_violate(struct run *run, const struct schema *schema, enum keyword keyword,
                 const struct spot *spot, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

// The letter behind a noun that is counted.
static inline const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

// Stops the run with a reason. Always false.
bool run_stop(struct run *run, const char *why);

// Takes steps off the budget; false when they are used up.
bool run_spend(struct run *run, size_t steps);

// Matches a pattern; false as well when the run stops.
bool run_match(struct run *run, const struct pattern *pattern, struct str text);

// Tracks `count` members or items until seen_close().
bool seen_open(struct run *run, size_t count, struct seen *out);
void seen_close(struct run *run, const struct seen *seen);
void seen_add(const struct run *run, struct seen *to, const struct seen *from);

static inline void seen_mark(const struct run *run, struct seen *seen, size_t index)
{
    if (seen)
        run->words[seen->from + index / 64] |= 1ULL << index % 64;
}

static inline bool seen_has(const struct run *run, const struct seen *seen, size_t index)
{
    return seen->all || (run->words[seen->from + index / 64] >> index % 64 & 1);
}

// One function a rule: whether the value keeps it.
typedef bool rule_check(struct run *run, const struct schema *schema, const struct rule *rule,
                        const struct spot *spot, struct seen *seen);

rule_check check_minimum, check_exclusive_minimum, check_maximum, check_exclusive_maximum,
    check_multiple_of, check_min_length, check_max_length, check_pattern, check_format, check_enum,
    check_const;
rule_check check_min_items, check_max_items, check_unique_items, check_items, check_contains,
    check_unevaluated_items;
rule_check check_min_properties, check_max_properties, check_dependent_required,
    check_dependent_schemas, check_property_names, check_properties, check_unevaluated_properties;
rule_check check_ref, check_dynamic_ref, check_all_of, check_any_of, check_one_of, check_not,
    check_if;

#endif
