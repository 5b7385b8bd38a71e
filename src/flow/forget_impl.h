// An execution that ended long ago is removed with all that was kept of it.
#ifndef SHEAF_FLOW_FORGET_IMPL_H
#define SHEAF_FLOW_FORGET_IMPL_H

#include "core/json.h"
#include "flow/flow.h"

struct change;

// Removes everything of an execution that ended long enough ago and was not redriven since; the
// root with the change, the rest before. Nothing is done where it is too early.
enum status forget_execution(struct scope *s, struct flow *f, struct change *c, struct str id,
                             uint32_t redrives);
// Removes frames by runs of their numbers (first, last, first, last…). A part is
// done in the change; what is left goes on as another message.
enum status sweep_frames(struct scope *s, struct flow *f, struct change *c, struct str id,
                         struct json runs);

#endif
