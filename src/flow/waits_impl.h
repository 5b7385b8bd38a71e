// Measures what executions wait for, for the metrics.
#ifndef SHEAF_FLOW_WAITS_IMPL_H
#define SHEAF_FLOW_WAITS_IMPL_H

#include "core/status.h"

struct flow;
struct scope;

enum status waits_measure(struct scope *s, struct flow *f);

#endif
