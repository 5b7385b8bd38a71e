// What a definition is once it is compiled. Everything is constant, lives as long as the scope of
// definition_compile(), and has been checked: an index is in range, a field stands only where its
// type and query language allow it, so that who runs it needs to ask nothing twice.
//
// A definition is a list of machines, each with its own StartAt and States: 0 is the top one, the
// others are the branches of Parallel states and the item processors of Map states, in the order
// of the text, an outer one before those within it.
#ifndef SHEAF_FLOW_DEFINITION_IMPL_H
#define SHEAF_FLOW_DEFINITION_IMPL_H

#include "core/json.h"
#include "core/str.h"
#include "flow/definition.h"
#include "flow/fields_impl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_NONE UINT32_MAX
#define MACHINE_NONE UINT32_MAX

enum query_language { QUERY_JSONPATH, QUERY_JSONATA };

enum state_type {
    STATE_PASS,
    STATE_TASK,
    STATE_CHOICE,
    STATE_WAIT,
    STATE_SUCCEED,
    STATE_FAIL,
    STATE_PARALLEL,
    STATE_MAP,
    STATE_TYPE_COUNT
};

struct state {
    struct str name;
    enum state_type type;
    enum query_language language; // in force
    struct json source;           // as written
    bool end;                     // End, Succeed, Fail
    uint32_t next;                // STATE_NONE: none (Choice, or `end`)
    // Of every type that may have them.
    struct path_field input_path; // JSONPath
    struct path_field output_path;
    struct path_field result_path;
    const struct template *parameters; // Parameters, Arguments; NULL: not given (Map: see there)
    const struct template *result_selector; // JSONPath
    const struct template *output;          // JSONata
    const struct template *assign;
    struct json result; // Pass, JSONPath: Result; JSON_NONE: not given
    const struct retrier *retriers;
    size_t retrier_count; // at most FRAME_RETRIERS_MAX
    const struct catcher *catchers;
    size_t catcher_count;
    union {
        struct task_state task;
        struct wait_state wait;
        struct fail_state fail;
        struct choice_state choice;
        struct parallel_state parallel;
        struct map_state map;
    };
};

struct machine {
    uint32_t parent;       // MACHINE_NONE: the top one
    uint32_t parent_state; // whose branch or processor it is
    uint32_t index;        // of the branch
    enum query_language language;
    struct str comment;
    uint32_t start;
    const struct state *states;
    size_t state_count;
    int64_t timeout_s; // TimeoutSeconds of the whole; 0: none
};

struct definition {
    const struct machine *machines;
    size_t machine_count;
    bool express;
};

// "Pass". Static.
const char *state_type_name(enum state_type type);

// Returns the index of a state; STATE_NONE: there is none of this name.
uint32_t machine_find(const struct machine *m, struct str name);

#endif
