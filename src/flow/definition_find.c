// What one asks a definition that is compiled.
#include "flow/definition_impl.h"

#include <assert.h>

static const char *const type_names[STATE_TYPE_COUNT] = {
    [STATE_PASS] = "Pass",         [STATE_TASK] = "Task",       [STATE_CHOICE] = "Choice",
    [STATE_WAIT] = "Wait",         [STATE_SUCCEED] = "Succeed", [STATE_FAIL] = "Fail",
    [STATE_PARALLEL] = "Parallel", [STATE_MAP] = "Map",
};

const char *state_type_name(enum state_type type)
{
    assert((unsigned)type < STATE_TYPE_COUNT);
    return type_names[type];
}

uint32_t machine_find(const struct machine *m, struct str name)
{
    for (size_t i = 0; i < m->state_count; i++)
        if (str_equal(m->states[i].name, name))
            return (uint32_t)i;
    return STATE_NONE;
}
