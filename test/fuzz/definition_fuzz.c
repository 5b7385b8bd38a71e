// Definitions: whatever compiles has machines and states whose numbers are in range, whatever does
// not says why, and neither takes more memory than its text allows.
#include "core/utf8.h"
#include "flow/definition.h"
#include "flow/definition_impl.h"
#include "test/fuzz/fuzz.h"

static void check_next(const struct machine *m, uint32_t next)
{
    assert(next == STATE_NONE || next < m->state_count);
}

static void check_state(const struct definition *d, const struct machine *m, const struct state *st)
{
    check_next(m, st->next);
    assert(st->end || st->type == STATE_CHOICE || st->next != STATE_NONE);
    for (size_t i = 0; i < st->catcher_count; i++)
        check_next(m, st->catchers[i].next);
    if (st->type == STATE_CHOICE)
        for (size_t i = 0; i < st->choice.rule_count; i++)
            check_next(m, st->choice.rules[i].next);
    if (st->type == STATE_PARALLEL)
        for (size_t i = 0; i < st->parallel.branch_count; i++)
            assert(st->parallel.branches[i] < d->machine_count);
    if (st->type == STATE_MAP)
        assert(st->map.processor < d->machine_count);
}

static void check_definition(const struct definition *d)
{
    assert(d->machine_count > 0);
    for (size_t m = 0; m < d->machine_count; m++) {
        const struct machine *machine = &d->machines[m];
        assert(machine->start < machine->state_count);
        for (size_t i = 0; i < machine->state_count; i++)
            check_state(d, machine, &machine->states[i]);
    }
}

static void check_findings(struct scope *s, enum status e, const struct diagnostic *found,
                           size_t count)
{
    size_t errors = 0;

    for (size_t i = 0; i < count; i++) {
        errors += found[i].severity == DIAGNOSTIC_ERROR;
        assert(found[i].code.bytes > 0 && found[i].message.bytes > 0);
        assert(utf8_valid(found[i].message) && utf8_valid(found[i].location));
        assert(found[i].severity != DIAGNOSTIC_ERROR || errors == i + 1); // errors come first
    }
    assert((e == OK) == (errors == 0));
    assert(definition_refusal(s, found, count).bytes > 0);
}

FUZZ
{
    const struct definition_options options = {
        .express = input.bytes % 2 != 0,
        .require_token_timeout = input.bytes % 3 == 0,
        .single_state = input.bytes % 5 == 0,
    };
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;
    // With as much room as it asks for, and no more.
    struct scope *tight = scope_open((160 << 10) + 128 * input.bytes);
    enum status e = definition_compile(tight, input, &options, &d, &found, &count);

    assert(e == OK || e == INVALID || e == TOO_LARGE);
    if (e != TOO_LARGE)
        check_findings(s, e, found, count);
    if (e == OK)
        check_definition(d);
    scope_close(tight);
}
