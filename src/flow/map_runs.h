// Runs of distributed Maps: what DescribeMapRun tells that no history does, and what UpdateMapRun
// changes.
#ifndef SHEAF_FLOW_MAP_RUNS_H
#define SHEAF_FLOW_MAP_RUNS_H

#include "flow/flow.h"
#include "flow/frame.h"

struct change;

enum { EXECUTION_STATUSES = EXECUTION_PENDING_REDRIVE + 1 };

struct map_run {
    struct str execution;                  // ARN of the execution whose Map it is
    bool running;                          // then the next two are known
    uint32_t total;                        // children that there will be
    uint32_t concurrency_max;              // 0: no limit
    uint64_t children[EXECUTION_STATUSES]; // begun so far, by how they are
};

// Counts the children: reads all of them. Errors: NOT_FOUND there is no such run, or it has begun
// no child.
enum status flow_map_run_get(struct scope *s, struct flow *f, const struct owner *owner,
                             struct str arn, struct map_run *out);

// Changes how many children run at the same time. Errors: NOT_FOUND as above; CONFLICT the run is
// over, or has not read its items.
enum status flow_map_run_limit(struct scope *s, struct flow *f, const struct owner *owner,
                               struct change *c, struct str arn, uint32_t concurrency_max);

#endif
