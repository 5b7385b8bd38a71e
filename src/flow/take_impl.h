// Work for those outside, as it is kept until somebody takes it.
#ifndef SHEAF_FLOW_TAKE_IMPL_H
#define SHEAF_FLOW_TAKE_IMPL_H

#include "flow/live_impl.h"

// Puts work up for whoever serves an activity ("a") or a function ("f"), with the message that
// commands.c made of it; tells watchers after the commit.
void outside_put(struct live *l, const char *kind, struct str name, struct json message);
// As outside_put(), without the execution.
void outside_offer(struct scope *s, struct flow *f, struct change *c, const char *kind,
                   struct str name, struct json message);

#endif
