// How many executions of one machine run at once. Those beyond the limit are kept as PENDING, in
// the order of their start, and begun by flow_tend() when others have ended. The counts are in
// memory: after a start of the program they are made of what the store has.
#ifndef SHEAF_FLOW_GATES_H
#define SHEAF_FLOW_GATES_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>

struct flow;
struct gates;
struct live;
struct scope;

struct gates *gates_new(void);
void gates_free(struct gates *g);

// Lets a new execution begin, or makes it pending in its change.
enum status gate_enter(struct live *l, bool *may_run);
// Follows a running execution of a machine that ended, or runs again, in the change.
void gate_note(struct live *l, bool ended);
// Begins those whose turn has come; `*left`: there may be more that can be done now.
enum status gates_admit(struct scope *s, struct flow *f, bool *left);

#endif
