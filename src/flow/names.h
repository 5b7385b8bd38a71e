// What the names that clients choose must look like: of state machines, executions and activities,
// labels of Map states, tags. Pure; each function returns why something is refused, in words that
// follow the name of the field, and an empty text when it is right.
// Source: API reference of Step Functions (CreateStateMachine, StartExecution, Tag); Developer
// Guide, Map state in Distributed mode (Label).
#ifndef SHEAF_FLOW_NAMES_H
#define SHEAF_FLOW_NAMES_H

#include "core/json.h"
#include "core/str.h"

struct scope;

enum {
    NAME_CHARACTERS_MAX = 80,
    LABEL_CHARACTERS_MAX = 40,
    TAG_KEY_CHARACTERS_MAX = 128,
    TAG_VALUE_CHARACTERS_MAX = 256,
    TAGS_MAX = 50,
};

// Of state machines, executions, activities.
struct str name_refusal(struct scope *s, struct str name);

struct str label_refusal(struct scope *s, struct str label);

// Of an array of {"key", "value"}, JSON_NONE is right.
struct str tags_refusal(struct scope *s, struct json tags);

#endif
