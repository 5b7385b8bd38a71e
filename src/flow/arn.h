// ARNs of what the engine keeps: arn:aws:states:REGION:ACCOUNT:KIND:NAME[:MORE].
#ifndef SHEAF_FLOW_ARN_H
#define SHEAF_FLOW_ARN_H

#include "core/str.h"

#include <stdbool.h>

struct scope;

struct arn {
    struct str service; // "states", "lambda"
    struct str region;
    struct str account;
    struct str kind; // "stateMachine", "execution", "express", "activity", "mapRun", "function"
    struct str name; // of the machine
    struct str rest; // behind it: of the execution; data NULL when there is nothing
};

// Reads one; what is found borrows from `text`. False: it has another form.
bool arn_read(struct str text, struct arn *out);

struct str arn_write(struct scope *s, struct str region, struct str account, const char *kind,
                     struct str name, struct str rest);

// Whether it may name a machine, an execution or an activity: 1 to 80 characters without spaces,
// brackets, wildcards, controls and the special characters of CreateStateMachine's `name`.
bool flow_name_valid(struct str name);

#endif
