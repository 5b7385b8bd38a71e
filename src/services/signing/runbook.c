#include "services/signing/runbook.h"

#include "core/scope.h"
#include "flow/executions.h"
#include "services/signing/service_impl.h"
#include "services/signing/sessions.h"

static void audit(struct scope *s, struct change *c, const struct bundle *b, const char *action,
                  const struct deed *deed)
{
    struct json details =
        json_with(s, json_object(NULL, 0), str("reason"), json_string(deed->reason));

    change_audit(c, &(struct audit_entry){.tenant = b->tenant,
                                          .actor = deed->actor,
                                          .action = str(action),
                                          .subject = b->bundle_id,
                                          .details = json_to_str(s, details)});
}

static enum status require(struct scope *s, const struct bundle *b, enum bundle_status wanted,
                           const char *what)
{
    if (b->status == wanted)
        return OK;
    return fail(s, CONFLICT, "bundle %.*s is %s: only one that is %s can be %s", STR(b->bundle_id),
                bundle_status_name(b->status), bundle_status_name(wanted), what);
}

static enum status start_again(struct scope *s, struct signing *self, struct change *c,
                               struct bundle *b, const struct deed *deed)
{
    bundle_set(s, b, "started_at", json_null());
    TRY(bundle_start(s, self, c, b, deed->now_us));
    bundle_put(s, c, b, deed->now_us);
    return OK;
}

// What was made for the attempt before is given up.
static enum status begin_anew(struct scope *s, struct signing *self, struct change *c,
                              struct bundle *b, const struct deed *deed)
{
    static const char *const members[] = {"unsigned",  "original",   "signing_log",    "signed",
                                          "signed_at", "signed_uri", "sign_request_id"};
    int64_t delivered = 0;

    (void)json_to_i64(bundle_member(b, "delivered_count"), &delivered);
    if (delivered > 0)
        return fail(s, CONFLICT, "vehicles of bundle %.*s were delivered: it cannot begin anew",
                    STR(b->bundle_id));
    session_end(s, self, c, b, str("the bundle begins anew"), deed->now_us);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        bundle_set(s, b, members[i], json_null());
    bundle_set(s, b, "begin", json_string(str("process")));
    return OK;
}

enum status bundle_reprocess(struct scope *s, struct signing *self, struct change *c,
                             struct bundle *b, bool anew, const struct deed *deed)
{
    TRY(require(s, b, BUNDLE_FAILED, "reprocessed"));
    if (anew)
        TRY(begin_anew(s, self, c, b, deed));
    TRY(start_again(s, self, c, b, deed));
    audit(s, c, b, anew ? "bundle.reprocessed_anew" : "bundle.reprocessed", deed);
    return OK;
}

enum status bundle_retry(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                         const struct deed *deed)
{
    TRY(require(s, b, BUNDLE_PARTIAL_FAILED, "retried"));
    TRY(start_again(s, self, c, b, deed));
    audit(s, c, b, "bundle.retried", deed);
    return OK;
}

// One that ended by itself meanwhile is fine.
static enum status stop_execution(struct scope *s, struct signing *self, struct change *c,
                                  const struct bundle *b)
{
    struct owner owner = bundle_owner(s, b->tenant);
    struct str arn = json_text(bundle_member(b, "execution"));
    struct execution x = {0};

    if (arn.bytes == 0)
        return OK;
    enum status e = flow_stop(s, self->platform->flow, &owner, c, arn, str("Signing.Stopped"),
                              str("stopped by an operator"), &x);
    if (e != NOT_FOUND && e != CONFLICT)
        return e;
    scope_forgive(s);
    return OK;
}

enum status bundle_stop(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                        const struct deed *deed)
{
    if (bundle_status_is_final(b->status))
        return fail(s, CONFLICT, "bundle %.*s is %s: there is nothing to stop", STR(b->bundle_id),
                    bundle_status_name(b->status));
    TRY(stop_execution(s, self, c, b));
    session_end(s, self, c, b, str("stopped by an operator"), deed->now_us);
    bundle_set(s, b, "why", json_string(str_concat(s, 2, str("stopped: "), deed->reason)));
    bundle_move(s, b, BUNDLE_FAILED, deed->now_us, str("stopped by an operator"));
    bundle_put(s, c, b, deed->now_us);
    audit(s, c, b, "bundle.stopped", deed);
    return OK;
}
