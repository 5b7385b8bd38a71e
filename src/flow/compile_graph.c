// Transitions: that their targets are there, that a machine can end, that each state can be
// reached; and that names are used once. Looked at only when all else is right, as AWS does.
#include "core/scope.h"
#include "flow/compile_impl.h"

static void add_target(struct scope *s, struct transitions *out, struct json object,
                       const char *field, struct str before)
{
    struct json target = json_member(object, field);

    if (json_is(target, JSON_STRING))
        out->list[out->count++] =
            (struct transition){json_text(target), str_format(s, "%.*s/%s", STR(before), field)};
}

struct transitions transitions_of(struct scope *s, struct json state)
{
    static const char *const lists[] = {"Choices", "Catch"};
    struct transitions out = {0};
    size_t room = 2;

    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        room += json_member(state, lists[l]).count; // of another type: a few too many
    out.list = scope_array(s, room, sizeof *out.list);
    add_target(s, &out, state, "Next", (struct str){0});
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        struct json list = json_member(state, lists[l]);
        for (uint32_t i = 0; json_is(list, JSON_ARRAY) && i < list.count; i++)
            add_target(s, &out, list.items[i], "Next", str_format(s, "/%s[%u]", lists[l], i));
    }
    add_target(s, &out, state, "Default", (struct str){0});
    return out;
}

// The machine that is looked at.
struct graph {
    struct compiler *c;
    const struct draft *draft;
    const struct machine *machine;
    bool *reached;
    uint32_t *stack; // reached, and their transitions not followed yet
    size_t stack_count;
};

static void report_missing(struct graph *g, struct str place, struct str message)
{
    struct place root = {0};
    struct str whole = str_concat(g->c->s, 2, g->draft->place, place);
    struct place there = place_member(&root, str_slice(whole, 1, whole.bytes));

    report(g->c, &there, "MISSING_TRANSITION_TARGET", "%.*s", STR(message));
}

static void check_target(struct graph *g, struct str target, struct str place)
{
    if (names_find(&g->draft->names, target) == NAMES_NONE)
        report_missing(g, place, str_format(g->c->s, "Missing 'Next' target: %.*s", STR(target)));
}

static void check_targets(struct graph *g)
{
    check_target(g, json_text(json_member(g->draft->source, "StartAt")), str("/StartAt"));
    for (size_t i = 0; i < g->machine->state_count; i++) {
        const struct state *state = &g->machine->states[i];
        struct transitions all = transitions_of(g->c->s, state->source);
        for (size_t t = 0; t < all.count; t++)
            check_target(g, all.list[t].target,
                         str_concat(g->c->s, 3, str("/States/"), state->name, all.list[t].place));
    }
}

static void reach(struct graph *g, struct str target)
{
    uint32_t index = names_find(&g->draft->names, target);

    if (index == NAMES_NONE || g->reached[index])
        return;
    g->reached[index] = true;
    g->stack[g->stack_count++] = index;
}

static void check_reachable(struct graph *g)
{
    size_t count = g->machine->state_count;

    g->reached = scope_array(g->c->s, count, sizeof *g->reached);
    g->stack = scope_array(g->c->s, count, sizeof *g->stack);
    reach(g, json_text(json_member(g->draft->source, "StartAt")));
    while (g->stack_count > 0) {
        const struct state *state = &g->machine->states[g->stack[--g->stack_count]];
        struct transitions all = transitions_of(g->c->s, state->source);
        for (size_t t = 0; t < all.count; t++)
            reach(g, all.list[t].target);
    }
    for (size_t i = 0; i < count; i++) {
        struct str name = g->machine->states[i].name;
        if (!g->reached[i])
            report_missing(g, str_concat(g->c->s, 2, str("/States/"), name),
                           str_format(g->c->s, "State \"%.*s\" is not reachable.", STR(name)));
    }
}

static bool can_end(const struct machine *m)
{
    for (size_t i = 0; i < m->state_count; i++)
        if (m->states[i].end)
            return true;
    return false;
}

static void check_machine(struct compiler *c, uint32_t number)
{
    struct graph g = {c, &c->drafts[number], &c->machines[number], NULL, NULL, 0};

    check_targets(&g);
    if (can_end(g.machine))
        check_reachable(&g);
    else
        report(c, NULL, "MISSING_END_STATE", "Workflow has no terminal state");
}

// States Language: state names are unique within the whole, the machines inside it too.
static void check_names(struct compiler *c)
{
    struct str *all = scope_array(c->s, c->state_count, sizeof *all);
    size_t count = 0;

    for (size_t m = 0; m < c->machine_count; m++)
        for (size_t i = 0; i < c->machines[m].state_count; i++)
            all[count++] = c->machines[m].states[i].name;
    struct names table = names_make(c->s, all, count);
    for (size_t i = 0; i < count; i++)
        if (names_find(&table, all[i]) != i)
            report(c, NULL, "DUPLICATE_STATE_NAME", "Duplicate State name: %.*s", STR(all[i]));
}

static void check_labels(struct compiler *c)
{
    struct str *all = scope_array(c->s, c->state_count, sizeof *all);
    size_t count = 0;

    for (size_t m = 0; m < c->machine_count; m++) {
        for (size_t i = 0; i < c->machines[m].state_count; i++) {
            const struct state *state = &c->machines[m].states[i];
            if (state->type == STATE_MAP && state->map.label.bytes)
                all[count++] = state->map.label;
        }
    }
    struct names table = names_make(c->s, all, count);
    for (size_t i = 0; i < count; i++)
        if (names_find(&table, all[i]) != i)
            report(c, NULL, "DUPLICATE_LABEL_NAME", "Duplicate label: %.*s", STR(all[i]));
}

void graph_check(struct compiler *c)
{
    check_names(c);
    check_labels(c);
    for (size_t m = 0; m < c->machine_count; m++)
        check_machine(c, (uint32_t)m);
}
