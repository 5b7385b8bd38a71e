#include "flow/definition.h"

#include "core/scope.h"
#include "flow/compile_impl.h"
#include "flow/definition_impl.h"

static const struct json_limits limits = {
    .bytes_max = DEFINITION_BYTES_MAX,
    .depth_max = 200,
    .values_max = 400000,
    .duplicates = JSON_KEEP_LAST,
};

// What a definition takes in memory at most, for each byte of its text: many small rules.
enum { ROOM_FACTOR = 128, ROOM_LEAST = 128 << 10 };

// The last of two members with one name counts, as for AWS; whoever writes two states of one name
// should know that the first is lost.
static void warn_of_twins(struct compiler *c, struct str text)
{
    struct json_limits strict = limits;
    struct scope *s = scope_open(ROOM_LEAST + ROOM_FACTOR * text.bytes);
    struct json whole = {0};

    strict.duplicates = JSON_REFUSE;
    if (json_parse(s, text, &strict, &whole) != OK)
        report_warning(c, NULL, "DUPLICATE_NAME", "%.*s", STR(scope_why(s)));
    scope_close(s);
}

static enum status parse(struct compiler *c, struct str text, struct json *out)
{
    if (!scope_has_room(c->s, ROOM_LEAST + ROOM_FACTOR * text.bytes))
        return fail(c->s, TOO_LARGE, "there is no room for a definition of %zu bytes", text.bytes);
    if (str_trim(text).bytes == 0) {
        report(c, NULL, "MISSING_DESCRIPTION", "Received a null or empty workflow input");
        return OK;
    }
    enum status e = json_parse(c->s, text, &limits, out);
    if (e != INVALID)
        return e;
    report(c, NULL, "INVALID_JSON_DESCRIPTION", "%.*s", STR(scope_why(c->s)));
    scope_forgive(c->s);
    *out = (struct json){0};
    return OK;
}

// A state alone becomes a machine of it and of a Succeed for each state that it names.
static struct json machine_around(struct scope *s, struct json state, struct str name)
{
    static const struct json_member succeed = {STR_INIT("Type"), {0}};
    struct transitions all = transitions_of(s, state);
    struct json_member *states = scope_array(s, all.count + 1, sizeof *states);
    struct json_member *machine = scope_array(s, 2, sizeof *machine);
    struct json_member *type = scope_new(s, struct json_member);
    size_t count = 0;

    *type = succeed;
    type->value = json_string(str("Succeed"));
    states[count++] = (struct json_member){name, state};
    for (size_t i = 0; i < all.count; i++) {
        struct json so_far = json_object(states, count);
        if (json_is(json_get(so_far, all.list[i].target), JSON_NONE))
            states[count++] = (struct json_member){all.list[i].target, json_object(type, 1)};
    }
    machine[0] = (struct json_member){str("StartAt"), json_string(name)};
    machine[1] = (struct json_member){str("States"), json_object(states, count)};
    return json_object(machine, 2);
}

static void check(struct compiler *c, struct json whole)
{
    static const struct machine_owner nobody = {MACHINE_NONE, STATE_NONE, 0};
    const struct place root = {0};
    struct str name = c->options->single_name;

    if (c->options->single_state && json_is(whole, JSON_OBJECT))
        whole = machine_around(c->s, whole, name.bytes ? name : str(SINGLE_STATE_NAME));
    (void)compile_machine(c, &root, whole, &nobody);
    if (c->error_count == 0 && !c->options->single_state)
        graph_check(c);
    if (c->error_count == 0)
        advise(c);
}

enum status definition_compile(struct scope *s, struct str text,
                               const struct definition_options *options,
                               const struct definition **out, const struct diagnostic **diagnostics,
                               size_t *diagnostic_count)
{
    struct compiler c = {.s = s, .options = options, .express = options->express};
    struct json whole = {0};

    if (text.bytes > DEFINITION_BYTES_MAX)
        return fail(s, TOO_LARGE, "a definition has at most %d bytes", DEFINITION_BYTES_MAX);
    TRY(parse(&c, text, &whole));
    if (c.error_count == 0)
        check(&c, whole);
    if (c.error_count == 0)
        warn_of_twins(&c, text);
    *diagnostics = c.diagnostics;
    *diagnostic_count = c.diagnostic_count;
    if (c.error_count > 0)
        return fail(s, INVALID, "the definition has %zu mistakes; the first: %.*s", c.error_count,
                    STR(c.diagnostics[0].message));
    struct definition *definition = scope_new(s, struct definition);
    definition->machines = c.machines;
    definition->machine_count = c.machine_count;
    definition->express = options->express;
    *out = definition;
    return OK;
}
