// Beginning an execution: by a client, by another execution, as a child of a Map run.
#ifndef SHEAF_FLOW_BEGIN_IMPL_H
#define SHEAF_FLOW_BEGIN_IMPL_H

#include "flow/live_impl.h"
#include "flow/machines_impl.h"

struct begin {
    struct owner owner;
    const struct machine_found *machine;
    struct str id;
    struct str name;
    struct str arn;
    struct str list_of; // empty: the machine's
    struct json input;
    bool express;
    uint32_t processor; // of the definition: 0, or that of a Map
    struct link parent;
    struct str alias;
};

// Makes the execution in the change and runs it as far as it goes at once.
enum status execution_begin(struct scope *s, struct flow *f, struct change *c,
                            const struct begin *begin, struct live **out);

struct start {
    struct owner owner;
    struct str machine_arn;
    struct str name; // empty: the id
    struct json input;
    struct str id; // empty: a new one
    struct link parent;
    struct str alias;
};
// As flow_start(), with a parent. Errors: as flow_start().
enum status execution_start(struct scope *s, struct flow *f, struct change *c,
                            const struct start *start, struct live **out, bool *existed);

// Finds the id that an ARN stands for. Errors: NOT_FOUND; INVALID it is no ARN of an execution.
enum status execution_find(struct scope *s, struct flow *f, const struct owner *owner,
                           struct str arn, struct str *id);

// What DescribeExecution says of it; `as_json`: input and output as values and not as text.
enum status execution_describe(struct live *l, bool as_json, struct json *out);
// Reads what lies elsewhere.
enum status execution_fill(struct live *l);

#endif
