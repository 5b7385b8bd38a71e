// Machines: the whole definition, each branch, each item processor.
#include "core/scope.h"
#include "core/utf8.h"
#include "flow/compile_fields_impl.h"

enum { ROOT = 1, BRANCH = 2, PROCESSOR = 4, MACHINES_FIRST = 8 };

static const struct field_rule rules[] = {
    {"Comment", FOR_BOTH, ROOT | BRANCH | PROCESSOR},
    {"StartAt", FOR_BOTH, ROOT | BRANCH | PROCESSOR},
    {"States", FOR_BOTH, ROOT | BRANCH | PROCESSOR},
    {"ProcessorConfig", FOR_BOTH, PROCESSOR},
    {"QueryLanguage", FOR_BOTH, ROOT},
    {"TimeoutSeconds", FOR_BOTH, ROOT},
    {"Version", FOR_BOTH, ROOT},
};

static bool machine_add(struct compiler *c, struct machine machine, struct draft draft)
{
    if (c->machine_count == DEFINITION_MACHINES_MAX)
        return false;
    if (c->machine_count == c->machine_room) {
        size_t room = c->machine_room ? 2 * c->machine_room : MACHINES_FIRST;
        struct machine *machines = scope_array(c->s, room, sizeof *machines);
        struct draft *drafts = scope_array(c->s, room, sizeof *drafts);
        for (size_t i = 0; i < c->machine_count; i++) {
            machines[i] = c->machines[i];
            drafts[i] = c->drafts[i];
        }
        c->machines = machines;
        c->drafts = drafts;
        c->machine_room = room;
    }
    c->drafts[c->machine_count] = draft;
    c->machines[c->machine_count++] = machine;
    return true;
}

static unsigned machine_depth(const struct compiler *c, uint32_t machine)
{
    unsigned depth = 0;

    for (; machine != MACHINE_NONE; machine = c->machines[machine].parent)
        depth++;
    return depth;
}

static void check_name(struct compiler *c, const struct place *at, struct str name)
{
    if (name.bytes == 0 || utf8_count(name) > STATE_NAME_CHARACTERS_MAX)
        report(c, at, "INVALID_STATE_NAME", "State name must be between 1 and %d characters long",
               STATE_NAME_CHARACTERS_MAX);
}

static struct names names_of(struct scope *s, struct json states)
{
    struct str *list = scope_array(s, states.count, sizeof *list);

    for (uint32_t i = 0; i < states.count; i++)
        list[i] = states.members[i].name;
    return names_make(s, list, states.count);
}

uint32_t target_find(const struct compiler *c, uint32_t machine, struct json object,
                     const char *name)
{
    struct json target = json_member(object, name);

    if (!json_is(target, JSON_STRING))
        return STATE_NONE;
    uint32_t index = names_find(&c->drafts[machine].names, json_text(target));
    return index == NAMES_NONE ? STATE_NONE : index;
}

// The root's query language is the one of all machines, whatever the state around one has.
static enum query_language root_language(struct compiler *c, const struct place *at,
                                         struct json object)
{
    static const char *const words[] = {"JSONPath", "JSONata", NULL};

    return field_word(c, at, object, "QueryLanguage", words) == QUERY_JSONATA ? QUERY_JSONATA
                                                                              : QUERY_JSONPATH;
}

static unsigned machine_kind(const struct place *at)
{
    if (!at->up)
        return ROOT;
    return at->name.data ? PROCESSOR : BRANCH;
}

static void compile_states(struct compiler *c, const struct place *at, struct json states,
                           uint32_t number)
{
    struct state *list = scope_array(c->s, states.count, sizeof *list);
    struct place there = place_field(at, "States");

    there.language = c->language;
    c->machines[number].states = list;
    c->machines[number].state_count = states.count;
    for (uint32_t i = 0; i < states.count; i++) {
        struct place here = place_member(&there, states.members[i].name);
        struct machine_owner owner = {.machine = number, .state = i};
        if (c->options->single_state && number == 0)
            here = (struct place){.language = c->language}; // places are within the state
        list[i].name = states.members[i].name;
        check_name(c, &here, list[i].name);
        compile_state(c, &here, states.members[i].value, &owner, &list[i]);
    }
}

static void compile_root(struct compiler *c, const struct place *at, struct json object,
                         struct machine *out)
{
    (void)field_text(c, at, object, "Version");
    out->timeout_s = field_integer(c, at, object, "TimeoutSeconds", 1, SECONDS_MAX, 0);
    out->language = c->language = root_language(c, at, object);
}

uint32_t compile_machine(struct compiler *c, const struct place *at, struct json object,
                         const struct machine_owner *owner)
{
    static const char *const required[] = {"StartAt", "States", NULL};
    struct machine machine = {.parent = owner->machine, .parent_state = owner->state};
    struct draft draft = {.source = object};
    uint32_t number = (uint32_t)c->machine_count;
    struct place here = *at;

    machine.index = owner->index;
    machine.language = c->language;
    if (!json_is(object, JSON_OBJECT)) {
        report_schema(c, at, "Expected value of type Object");
        return MACHINE_NONE;
    }
    unsigned kind = machine_kind(at);
    fields_check(c, at, object, rules, sizeof rules / sizeof *rules, kind);
    (void)fields_require(c, at, object, required);
    if (kind == ROOT)
        compile_root(c, at, object, &machine);
    here.language = c->language;
    machine.comment = field_text(c, at, object, "Comment");
    (void)field_text(c, at, object, "StartAt");
    struct json states = field_object(c, at, object, "States");
    if (json_is(states, JSON_NONE))
        return MACHINE_NONE;
    draft.names = names_of(c->s, states);
    if (kind != ROOT)
        draft.place = place_text(c->s, at);
    c->state_count += states.count;
    if (machine_depth(c, owner->machine) >= DEFINITION_NESTING_MAX ||
        c->state_count > DEFINITION_STATES_MAX || !machine_add(c, machine, draft)) {
        report(c, at, "TOO_DEEPLY_NESTED", "The states are too deeply nested or too many");
        return MACHINE_NONE;
    }
    c->machines[number].start = target_find(c, number, object, "StartAt");
    compile_states(c, &here, states, number);
    return number;
}
