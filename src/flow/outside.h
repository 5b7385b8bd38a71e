// What those outside do for an execution: task tokens are brought back, activities and functions
// that `sheaf worker` serves are taken and answered.
#ifndef SHEAF_FLOW_OUTSIDE_H
#define SHEAF_FLOW_OUTSIDE_H

#include "core/json.h"
#include "flow/flow.h"

struct change;

enum token_outcome { TOKEN_SUCCESS, TOKEN_FAILURE, TOKEN_HEARTBEAT };
struct token_answer {
    enum token_outcome outcome;
    struct str token;
    struct str output; // JSON text
    struct str error;
    struct str cause;
};
// Errors: INVALID the token is none of ours (InvalidToken) or `output` no JSON (InvalidOutput);
// NOT_FOUND the execution or the wait is over (TaskDoesNotExist); TIMEOUT it came after the
// timeout (TaskTimedOut).
enum status flow_answer(struct scope *s, struct flow *f, const struct owner *owner,
                        struct change *c, const struct token_answer *answer);

// Work for those outside: activities, and functions that `sheaf worker` serves.
struct outside_work {
    struct str token;     // flow_answer() ends it
    struct str input;     // JSON text
    struct str id;        // the same whenever it is handed out again
    int64_t deadline_us;  // 0: none
    struct str execution; // ARN
    struct str function;  // its ARN; empty: it is an activity
    struct str lease;     // of a function: names it for flow_lease_move() and flow_lease_end()
};
enum status flow_activity_create(struct scope *s, struct flow *f, const struct owner *owner,
                                 struct change *c, struct str name, struct json tags,
                                 struct str *arn, int64_t *created_at_us);
enum status flow_activity_delete(struct scope *s, struct flow *f, const struct owner *owner,
                                 struct change *c, struct str arn);
enum status flow_activity_get(struct scope *s, struct flow *f, const struct owner *owner,
                              struct str arn, struct str *name, int64_t *created_at_us);
enum status flow_activity_list(struct scope *s, struct flow *f, const struct owner *owner,
                               size_t limit, struct str cursor, struct json *out, struct str *next);
// Takes the oldest work of an activity (its ARN) or of a function (its name), in the change:
// leased for `lease_s`, then handed out again (functions), or until its timeout (activities).
// NOT_FOUND: there is none now; see flow_watch(). The first take of a function's name makes the
// function known: before, a call of it fails with Lambda.ResourceNotFoundException.
enum status flow_take(struct scope *s, struct flow *f, const struct owner *owner, struct change *c,
                      struct str activity_or_function, struct str worker, int64_t lease_s,
                      struct outside_work *out);
// Lets a lease of a function's work end `lease_s` from now; 0 gives the work back. `*lease` is its
// new name. Errors: NOT_FOUND it has ended.
enum status flow_lease_move(struct scope *s, struct flow *f, const struct owner *owner,
                            struct change *c, struct str function, int64_t lease_s,
                            struct str *lease);
// Ends a lease with the change that answers for the work, so that it is not handed out again to be
// found done. One that has ended already is fine.
void flow_lease_end(struct scope *s, const struct owner *owner, struct change *c,
                    struct str function, struct str lease);
// Is called, on any thread, when an activity, function or execution (its ARN) may have work or
// have ended: for long polls. One watcher for the whole engine.
void flow_watch(struct flow *f, void (*changed)(void *context, struct str what), void *context);

#endif
