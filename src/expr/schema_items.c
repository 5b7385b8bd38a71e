// Rules on arrays.
#include "expr/schema_run_impl.h"

#include "core/scope.h"

enum { UNIQUE_PAIRS_MAX = 8 }; // shorter arrays are compared item by item

static struct spot item_spot(const struct spot *array, size_t index)
{
    return (struct spot){
        .value = array->value.items[index], .outer = array, .index = (uint32_t)index};
}

bool check_min_items(struct run *run, const struct schema *schema, const struct rule *rule,
                     const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return spot->value.count >= rule->limit ||
           run_violate(run, schema, rule->keyword, spot, "must have at least %zu item%s, has %u",
                       rule->limit, plural(rule->limit), spot->value.count);
}

bool check_max_items(struct run *run, const struct schema *schema, const struct rule *rule,
                     const struct spot *spot, struct seen *seen)
{
    (void)seen;
    return spot->value.count <= rule->limit ||
           run_violate(run, schema, rule->keyword, spot, "must have at most %zu item%s, has %u",
                       rule->limit, plural(rule->limit), spot->value.count);
}

// -- uniqueItems ---------------------------------------------------------------------------------

static uint64_t mix(uint64_t a, uint64_t b)
{
    a = (a ^ b) * 0x9E3779B97F4A7C15U;
    return a ^ a >> 31;
}

static uint64_t text_hash(struct str text)
{
    uint64_t hash = text.bytes;

    for (; text.bytes > 8; text = str_slice(text, 8, text.bytes))
        hash = mix(hash, names_load(text.data, 8));
    return mix(hash, text.bytes ? names_load(text.data, text.bytes) : 0);
}

// Equal values have equal hashes: numbers however they are written, members in any order.
// NOLINTNEXTLINE(misc-no-recursion): the parser limits the depth.
static uint64_t value_hash(struct run *run, struct json value)
{
    uint64_t hash = 0;

    if (!run_spend(run, 1))
        return 0;
    switch ((enum json_type)value.type) {
    case JSON_NUMBER:
        return mix(JSON_NUMBER, number_hash(value));
    case JSON_STRING:
        return mix(JSON_STRING, text_hash(json_text(value)));
    case JSON_ARRAY:
        for (uint32_t i = 0; i < value.count; i++)
            hash = mix(hash, value_hash(run, value.items[i]));
        break;
    case JSON_OBJECT:
        for (uint32_t i = 0; i < value.count; i++)
            hash += mix(text_hash(value.members[i].name), value_hash(run, value.members[i].value));
        break;
    case JSON_NONE:
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
        break;
    }
    return mix(value.type, hash);
}

static bool equal_pair(struct run *run, struct json array, size_t *first, size_t *second)
{
    for (*second = 1; *second < array.count; ++*second) {
        for (*first = 0; *first < *second; ++*first) {
            if (run_spend(run, 1) && json_equal(array.items[*first], array.items[*second]))
                return true;
        }
    }
    return false;
}

struct slot {
    uint64_t hash;
    size_t index; // plus one; 0 is empty
};

// Looks for an item among those before it and adds it. A stranger who makes hashes collide pays
// with steps.
static bool find_or_add(struct run *run, struct slot *slots, size_t room, struct json array,
                        size_t index, size_t *equal)
{
    uint64_t hash = value_hash(run, array.items[index]);
    size_t at = hash & (room - 1);

    for (; slots[at].index; at = (at + 1) & (room - 1)) {
        *equal = slots[at].index - 1;
        if (!run_spend(run, 1 + array.items[index].count))
            return false;
        if (slots[at].hash == hash && json_equal(array.items[*equal], array.items[index]))
            return true;
    }
    slots[at] = (struct slot){hash, index + 1};
    return false;
}

static bool equal_by_hash(struct run *run, struct json array, size_t *first, size_t *second)
{
    struct scope *own = NULL;
    size_t room = 16;
    bool found = false;

    while (room < (size_t)array.count * 2)
        room *= 2;
    own = scope_open(room * sizeof(struct slot) + 4096);
    struct slot *slots = scope_array(own, room, sizeof *slots);
    for (size_t i = 0; i < array.count && !found && run_spend(run, 1); i++) {
        *second = i;
        found = find_or_add(run, slots, room, array, i, first);
    }
    scope_close(own);
    return found;
}

bool check_unique_items(struct run *run, const struct schema *schema, const struct rule *rule,
                        const struct spot *spot, struct seen *seen)
{
    size_t first = 0;
    size_t second = 0;
    (void)seen;

    bool equal = spot->value.count <= UNIQUE_PAIRS_MAX
                     ? equal_pair(run, spot->value, &first, &second)
                     : equal_by_hash(run, spot->value, &first, &second);
    if (run->stopped)
        return false;
    return !equal || run_violate(run, schema, rule->keyword, spot,
                                 "must not have equal items: %zu and %zu are", first, second);
}

// -- schemas for items ---------------------------------------------------------------------------

bool check_items(struct run *run, const struct schema *schema, const struct rule *rule,
                 const struct spot *spot, struct seen *seen)
{
    const struct item_rules *items = rule->items;
    size_t count = items->rest ? spot->value.count : items->first_count;
    bool ok = true;
    (void)schema;

    for (size_t i = 0; i < count && i < spot->value.count && (ok || !run_is_quick(run)); i++) {
        struct spot item = item_spot(spot, i);
        const struct schema *own = i < items->first_count ? items->first[i] : items->rest;
        if (!run_schema(run, own, &item, NULL))
            ok = false;
        seen_mark(run, seen, i);
    }
    return ok;
}

bool check_contains(struct run *run, const struct schema *schema, const struct rule *rule,
                    const struct spot *spot, struct seen *seen)
{
    const struct contains *contains = rule->contains;
    struct violations *violations = run->violations;
    size_t count = 0;

    run->violations = NULL;
    for (size_t i = 0; i < spot->value.count; i++) {
        struct spot item = item_spot(spot, i);
        if (!run_schema(run, contains->schema, &item, NULL))
            continue;
        seen_mark(run, seen, i);
        count++;
    }
    run->violations = violations;
    if (run->stopped)
        return false;
    if (count < contains->count_min) {
        return run_violate(run, schema, rule->keyword, spot,
                           "must have at least %zu item%s as \"contains\" describes, has %zu",
                           contains->count_min, plural(contains->count_min), count);
    }
    return count <= contains->count_max ||
           run_violate(run, schema, rule->keyword, spot,
                       "must have at most %zu item%s as \"contains\" describes, has %zu",
                       contains->count_max, plural(contains->count_max), count);
}

bool check_unevaluated_items(struct run *run, const struct schema *schema, const struct rule *rule,
                             const struct spot *spot, struct seen *seen)
{
    bool ok = true;
    (void)schema;

    for (size_t i = 0; i < spot->value.count && (ok || !run_is_quick(run)); i++) {
        struct spot item = item_spot(spot, i);
        if (!seen_has(run, seen, i) && !run_schema(run, rule->schema, &item, NULL))
            ok = false;
    }
    seen->all = true;
    return ok;
}
