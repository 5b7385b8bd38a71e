// What a Task's Resource names: a function, an activity, or an action of a service.
// Source: the States Language, Task State; the Developer Guide of Step Functions, service
// integration patterns.
#ifndef SHEAF_FLOW_RESOURCE_H
#define SHEAF_FLOW_RESOURCE_H

#include "core/str.h"

#include <stdbool.h>

enum resource_kind {
    RESOURCE_FUNCTION,    // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]
    RESOURCE_ACTIVITY,    // arn:aws:states:REGION:ACCOUNT:activity:NAME
    RESOURCE_INTEGRATION, // arn:aws:states:::SERVICE:ACTION[.PATTERN]
};

enum resource_pattern {
    PATTERN_REQUEST, // request and response
    PATTERN_SYNC,    // .sync
    PATTERN_SYNC_2,  // .sync:2
    PATTERN_TOKEN,   // .waitForTaskToken
};

struct resource {
    struct str text; // as written
    enum resource_kind kind;
    enum resource_pattern pattern;
    struct str name;         // function or activity
    struct str service;      // integration: "lambda", "aws-sdk:dynamodb": history's resourceType
    struct str action;       // integration: "putItem", without its pattern
    struct str action_named; // integration: "invoke.waitForTaskToken": history's resource
};

// Reads a Resource; what is found borrows from `text`. False: it is of no form above.
bool resource_parse(struct str text, struct resource *out);

#endif
