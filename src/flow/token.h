// Task tokens: what an outside party must bring back to end a waiting task. A token names the wait
// and is sealed with the flow's key, so that nobody makes one up or takes another tenant's.
#ifndef SHEAF_FLOW_TOKEN_H
#define SHEAF_FLOW_TOKEN_H

#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct flow;
struct scope;

enum { TOKEN_BYTES_MAX = 1024 };

// What is answered with it: the task, or, of a task that makes a call and then waits for its token,
// the call.
enum token_of { TOKEN_OF_TASK = 1, TOKEN_OF_CALL = 2 };

// The same for the same wait.
struct str token_make(struct scope *s, const struct flow *f, enum token_of of, struct str tenant,
                      struct str execution, uint32_t frame, uint32_t wait);

// Reads a token that was made for the tenant; false: it was not.
bool token_read(struct scope *s, const struct flow *f, struct str tenant, struct str token,
                enum token_of *of, struct str *execution, uint32_t *frame, uint32_t *wait);

#endif
