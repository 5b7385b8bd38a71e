// What operators do about sessions: send a bundle anew, accept a signature that came late. The
// reason is theirs and goes into the audit log with their id.
#include "services/signing/sessions_impl.h"

#include "core/scope.h"

static enum status load(struct scope *s, struct call *c, struct bundle *out)
{
    struct str id = call_path(c, "bundleId");

    enum status e = bundle_get(s, call_platform(c)->store, call_principal(c)->tenant, id, out);
    return e == NOT_FOUND ? fail(s, e, "there is no bundle %.*s", STR(id)) : e;
}

static enum status finish(struct scope *s, struct call *c, const struct bundle *b,
                          const char *action)
{
    struct str reason = json_text(json_member(call_json(c), "reason"));
    struct json details = json_with(s, json_object(NULL, 0), str("reason"), json_string(reason));
    struct json answer = json_object(NULL, 0);

    bundle_put(s, call_change(c), b, call_now_us(c));
    change_audit(call_change(c), &(struct audit_entry){.tenant = b->tenant,
                                                       .actor = call_principal(c)->id,
                                                       .action = str(action),
                                                       .subject = b->bundle_id,
                                                       .details = json_to_str(s, details)});
    answer = json_with(s, answer, str("bundle_id"), json_string(b->bundle_id));
    answer = json_with(s, answer, str("status"), json_string(str(bundle_status_name(b->status))));
    answer = json_with(s, answer, str("attempt"), json_i64(s, session_attempt(b)));
    answer = json_with(s, answer, str("session"), json_string(json_text(session_get(b, "state"))));
    call_answer_json(c, 202, answer);
    return OK;
}

enum status bundle_resend(struct scope *s, struct call *c)
{
    struct bundle b = {0};

    TRY(load(s, c, &b));
    TRY(session_resend(s, call_service(c), call_change(c), &b, call_now_us(c)));
    return finish(s, c, &b, "bundle.resent");
}

enum status bundle_accept_late(struct scope *s, struct call *c)
{
    struct bundle b = {0};
    struct str reason = json_text(json_member(call_json(c), "reason"));

    TRY(load(s, c, &b));
    TRY(session_accept_late(s, call_service(c), call_change(c), &b, call_principal(c)->id, reason,
                            call_now_us(c)));
    return finish(s, c, &b, "bundle.late_accepted");
}
