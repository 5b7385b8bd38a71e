// What an operator does about a bundle: docs/runbooks/signing.md. Each puts the header into the
// change with an audit entry that has the reason, which names no person. A new execution may wait
// for a commit of its own, as bundle_start().
#ifndef SHEAF_SERVICES_SIGNING_RUNBOOK_H
#define SHEAF_SERVICES_SIGNING_RUNBOOK_H

#include "core/status.h"
#include "services/signing/bundle.h"

struct change;
struct scope;
struct signing;

struct deed {
    struct str actor; // principal's id
    struct str reason;
    int64_t now_us;
};

// Lets a FAILED bundle run again: from what it has (a signature is not asked for twice), or with
// `anew` from the first step, which gives up what was signed. Errors: CONFLICT it is not FAILED, or
// vehicles of it were delivered and it is to begin anew.
enum status bundle_reprocess(struct scope *s, struct signing *self, struct change *c,
                             struct bundle *b, bool anew, const struct deed *deed);

// Delivers the vehicles of a PARTIAL_FAILED bundle that were not delivered. Errors: CONFLICT.
enum status bundle_retry(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                         const struct deed *deed);

// Ends a bundle that is under way: its execution, its signing session; it is FAILED then. Errors:
// CONFLICT it has ended.
enum status bundle_stop(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                        const struct deed *deed);

#endif
