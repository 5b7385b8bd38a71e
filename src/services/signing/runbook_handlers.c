// POST /bundles/{bundleId}/reprocess, /retry, /stop.
#include "core/scope.h"
#include "services/signing/runbook.h"
#include "services/signing/service_impl.h"

static struct deed deed_of(const struct call *c)
{
    return (struct deed){.actor = call_principal(c)->id,
                         .reason = json_text(json_member(call_json(c), "reason")),
                         .now_us = call_now_us(c)};
}

static enum status load(struct scope *s, const struct call *c, struct bundle *out)
{
    return bundle_get(s, call_platform(c)->store, call_principal(c)->tenant,
                      call_path(c, "bundleId"), out);
}

static void answer(struct scope *s, struct call *c, const struct bundle *b)
{
    struct json out = json_object(NULL, 0);

    out = json_with(s, out, str("bundle_id"), json_string(b->bundle_id));
    out = json_with(s, out, str("status"), json_string(str(bundle_status_name(b->status))));
    out = json_with(s, out, str("execution"), bundle_member(b, "execution"));
    if (json_is(json_member(out, "execution"), JSON_NONE))
        out = json_without(s, out, str("execution"));
    call_answer_json(c, 202, out);
}

enum status reprocess_bundle(struct scope *s, struct call *c)
{
    bool anew = str_is(json_text(json_member(call_json(c), "from")), "start");
    struct deed deed = deed_of(c);
    struct bundle b = {0};

    TRY(load(s, c, &b));
    TRY(bundle_reprocess(s, call_service(c), call_change(c), &b, anew, &deed));
    answer(s, c, &b);
    return OK;
}

enum status retry_bundle(struct scope *s, struct call *c)
{
    struct deed deed = deed_of(c);
    struct bundle b = {0};

    TRY(load(s, c, &b));
    TRY(bundle_retry(s, call_service(c), call_change(c), &b, &deed));
    answer(s, c, &b);
    return OK;
}

enum status stop_bundle(struct scope *s, struct call *c)
{
    struct deed deed = deed_of(c);
    struct bundle b = {0};

    TRY(load(s, c, &b));
    TRY(bundle_stop(s, call_service(c), call_change(c), &b, &deed));
    answer(s, c, &b);
    return OK;
}
