// The path that an execution took, drawn from its history: a line a state, in the order in which
// they were entered, with what it took, how often its task was tried, and what went wrong. Branches
// of Parallel and iterations of Map stand below their state, indented.
#ifndef SHEAF_APP_PATH_H
#define SHEAF_APP_PATH_H

#include "core/json.h"

#include <stddef.h>
#include <stdint.h>

struct scope;
struct table;

enum { PATH_LINES_MAX = 200 }; // of one drawing, unless told otherwise

// Draws the events of GetExecutionHistory, oldest first. What has not ended is shown up to
// `now_us`. Returns a table of at most `lines_max` states and, when there are more, how many in
// `*left_out`.
struct table *path_draw(struct scope *s, struct json events, int64_t now_us, size_t lines_max,
                        size_t *left_out);

#endif
